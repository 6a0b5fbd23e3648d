#include "broker/merkle/utf8.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rujukan::merkle {
namespace {

// The length of the sequence that begins with this byte; 0 for a byte that begins none.
std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

// Takes the first code point. Errors: nullopt where the text is not UTF-8. Source: RFC 3629 §4.
std::optional<char32_t> take_code_point(std::string_view& text) {
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const std::size_t length = sequence_length(lead);
  if (length == 0 || length > text.size()) return std::nullopt;
  char32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    point = point << 6 | (next & 0x3FU);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < kSmallest[length] || surrogate || point > 0x10FFFF) return std::nullopt;
  text.remove_prefix(length);
  return point;
}

// Unicode property White_Space.
bool is_space(char32_t point) {
  constexpr std::array<char32_t, 9> kSpaces{0x20,   0x85,   0xA0,   0x1680, 0x2028,
                                            0x2029, 0x202F, 0x205F, 0x3000};
  return (point >= 0x09 && point <= 0x0D) || (point >= 0x2000 && point <= 0x200A) ||
         std::find(kSpaces.begin(), kSpaces.end(), point) != kSpaces.end();
}

template <typename Predicate>
bool all_code_points(std::string_view text, Predicate allowed) {
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (!point || !allowed(*point)) return false;
  }
  return true;
}

}  // namespace

bool is_note_text(std::string_view text) {
  return all_code_points(text, [](char32_t point) { return point >= 0x20 || point == '\n'; });
}

bool is_note_key_name(std::string_view name) {
  return !name.empty() &&
         all_code_points(name, [](char32_t point) { return !is_space(point) && point != '+'; });
}

}  // namespace rujukan::merkle
