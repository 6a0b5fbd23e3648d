#include "broker/crypto/secret.h"

#include <sodium.h>

namespace rujukan {

void wipe(std::span<std::uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

void lock(std::span<std::uint8_t> bytes) {
  // Without permission they are not locked; the caller has no other place for them.
  [[maybe_unused]] const int not_permitted = sodium_mlock(bytes.data(), bytes.size());
}

}  // namespace rujukan
