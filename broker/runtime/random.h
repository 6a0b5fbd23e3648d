// Random bytes from the operating system, through libsodium.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "broker/runtime/clock.h"

namespace rujukan {

// Thread: any.
void fill_random(std::span<std::uint8_t> out);

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes() {
  std::array<std::uint8_t, N> out;
  fill_random(out);
  return out;
}

// The bytes of a MessageId or another UUIDv7. Those of one process ascend, within a millisecond
// too. Thread: any. Source: RFC 9562 §6.2, method 1.
std::array<std::uint8_t, 16> new_uuid7(Clock& clock);

}  // namespace rujukan
