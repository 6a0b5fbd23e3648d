// Test vectors as they are printed: hexadecimal. A wrong one is a defect of the test.
#pragma once

#include <string_view>

#include "broker/base/bytes.h"

namespace rujukan::test {

inline Bytes hex(std::string_view text) { return from_hex(text).value(); }

template <std::size_t N>
std::array<std::uint8_t, N> hex_array(std::string_view text) {
  return to_array<N>(hex(text)).value();
}

}  // namespace rujukan::test
