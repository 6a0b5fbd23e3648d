// Bytes that must not outlive their use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace rujukan {

// Overwrites with zeros in a way that the compiler keeps.
void wipe(std::span<std::uint8_t> bytes);

// Keeps the pages of these bytes out of the swap, where the system's limit allows it. They stay
// locked: a page holds more than one secret.
void lock(std::span<std::uint8_t> bytes);

// N secret bytes; wiped when moved from and when destroyed. Move-only.
template <std::size_t N>
class Secret {
 public:
  Secret() { lock(bytes_); }
  explicit Secret(const std::array<std::uint8_t, N>& bytes) : Secret() { bytes_ = bytes; }
  Secret(Secret&& other) noexcept : Secret() { *this = std::move(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  ~Secret() { wipe(bytes_); }

  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  static constexpr std::size_t size() { return N; }
  std::span<const std::uint8_t, N> view() const { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace rujukan
