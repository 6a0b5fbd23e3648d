// Byte strings and their text forms.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rujukan {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
// A SHA-256 value.
using Digest = std::array<std::uint8_t, 32>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
// Errors: nullopt on odd length or a character that is not hexadecimal.
std::optional<Bytes> from_hex(std::string_view text);

// RFC 4648 §4, padded.
std::string to_base64(ByteView bytes);
// Errors: nullopt unless the text is exactly what to_base64 gives (canonical form only).
std::optional<Bytes> from_base64(std::string_view text);

// The length-prefixed tuple that is signed or hashed: for each part u32be length, then the part.
Bytes tuple_bytes(std::initializer_list<ByteView> parts);

void append_u16be(Bytes& out, std::uint16_t value);
void append_u32be(Bytes& out, std::uint32_t value);
void append_u64be(Bytes& out, std::uint64_t value);
// Requires: at least 2, 4, 8 bytes.
std::uint16_t read_u16be(ByteView in);
std::uint32_t read_u32be(ByteView in);
std::uint64_t read_u64be(ByteView in);

template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> to_array(ByteView bytes) {
  if (bytes.size() != N) return std::nullopt;
  std::array<std::uint8_t, N> out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

}  // namespace rujukan
