#include "broker/runtime/random.h"

#include <sodium.h>

#include "broker/crypto/sodium_ready.h"
#include "broker/model/ids.h"

namespace rujukan {

void fill_random(std::span<std::uint8_t> out) {
  if (out.empty()) return;  // its data may be null, which randombytes_buf does not take
  ensure_sodium();
  randombytes_buf(out.data(), out.size());
}

std::array<std::uint8_t, 16> new_uuid7(Clock& clock) {
  return make_uuid7(to_us(clock.now()) / 1000, random_bytes<10>());
}

}  // namespace rujukan
