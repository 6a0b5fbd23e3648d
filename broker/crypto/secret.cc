#include "broker/crypto/secret.h"

#include <sodium.h>

namespace rujukan {

void wipe(std::span<std::uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace rujukan
