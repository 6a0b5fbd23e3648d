// Numbers and byte strings one after the other, for bytes that only this program reads again.
#pragma once

#include <cstdint>
#include <string_view>

#include "broker/base/bytes.h"

namespace rujukan {

class Packer {
 public:
  // LEB128: one byte for each seven bits.
  Packer& number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Packer& bytes(ByteView value) {
    number(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  Packer& text(std::string_view value) { return bytes(as_bytes(value)); }
  const Bytes& packed() const { return bytes_; }

 private:
  Bytes bytes_;
};

// After a failure every number is 0 and every string empty.
class Unpacker {
 public:
  explicit Unpacker(ByteView packed) : rest_(packed) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const std::uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }
  ByteView bytes() {
    const std::uint64_t size = number();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const ByteView value = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(value.size());
    return value;
  }
  std::string_view text() { return as_text(bytes()); }
  // A count of things that take at least a byte each, so that it bounds a loop.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > rest_.size()) fail();
    return failed_ ? 0 : static_cast<std::size_t>(value);
  }
  // Everything was read, and nothing failed.
  bool done() const { return !failed_ && rest_.empty(); }

 private:
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace rujukan
