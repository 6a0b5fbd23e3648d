// Choices out of a fuzzer's input, taken from its front. When it is spent, every choice is the
// first.
#pragma once

#include <algorithm>

#include "broker/base/bytes.h"

namespace rujukan::fuzz {

class DrawnBytes {
 public:
  explicit DrawnBytes(ByteView bytes) : left_(bytes) {}

  bool spent() const { return left_.empty(); }
  std::uint8_t byte() {
    const ByteView one = take(1);
    return one.empty() ? std::uint8_t{0} : one.front();
  }
  // 0 .. count - 1. Requires: 1 <= count <= 256.
  std::size_t below(std::size_t count) { return byte() % count; }
  // Of a span, array or vector that is not empty.
  template <typename List>
  auto& one_of(List& list) {
    return list[below(std::size(list))];
  }
  // At most so many.
  ByteView take(std::size_t most) {
    const ByteView taken = left_.first(std::min(most, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  ByteView rest() { return take(left_.size()); }

 private:
  ByteView left_;
};

}  // namespace rujukan::fuzz
