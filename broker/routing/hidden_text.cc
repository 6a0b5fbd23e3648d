#include "broker/routing/hidden_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <iterator>

#include "broker/routing/findings.h"

namespace rujukan::routing {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kHidden[] = {
    {0x00, 0x1F},         // controls
    {0x7F, 0xA0},         // controls, no-break space
    {0xAD, 0xAD},         // soft hyphen
    {0x034F, 0x034F},     // grapheme joiner
    {0x061C, 0x061C},     // Arabic letter mark
    {0x115F, 0x1160},     // Hangul fillers
    {0x1680, 0x1680},     // a space
    {0x17B4, 0x17B5},     // Khmer inherent vowels
    {0x180B, 0x180F},     // Mongolian selectors
    {0x2000, 0x200F},     // spaces of other widths, zero width, direction marks
    {0x2028, 0x202F},     // separators, embeddings and overrides, a space
    {0x205F, 0x206F},     // a space, joiners, isolates
    {0x3000, 0x3000},     // a space
    {0x3164, 0x3164},     // Hangul filler
    {0xFE00, 0xFE0F},     // variation selectors
    {0xFEFF, 0xFEFF},     // byte order mark
    {0xFFA0, 0xFFA0},     // Hangul filler
    {0xFFF0, 0xFFFB},     // annotations
    {0xE0000, 0xE0FFF}};  // tags and variation selectors
constexpr Range kRightToLeft[] = {
    {0x0590, 0x08FF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFC}, {0x10800, 0x10FFF}, {0x1E800, 0x1EFFF}};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// Of the other scripts none is written from the right, so that any letter beside them mixes.
bool is_left_to_right(char32_t c) {
  const bool ascii = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return ascii || (c >= 0xC0 && !is_in(kRightToLeft, c) && !(c >= 0x2000 && c <= 0x2BFF));
}

char32_t code_point(std::string_view sequence) {
  if (sequence.size() == 1) return static_cast<unsigned char>(sequence[0]);
  char32_t value = static_cast<unsigned char>(sequence[0]) & (0xFFU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1)) {
    value = value << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return value;
}

std::string shown(char32_t c, std::size_t number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(c));
  return text.data() + (" at character " + std::to_string(number));
}

}  // namespace

std::optional<std::string> hidden_in(std::string_view text) {
  std::optional<bool> rightwards;
  std::optional<std::string> turn;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return std::nullopt;
    const char32_t c = code_point(text.substr(0, length));
    text.remove_prefix(length);
    if (is_in(kHidden, c)) return shown(c, number);
    const bool right = is_left_to_right(c);
    if (!right && !is_in(kRightToLeft, c)) continue;
    if (rightwards && *rightwards != right && !turn) {
      turn = "letters of two directions, from " + shown(c, number) + " on";
    }
    rightwards = right;
  }
  return turn;
}

}  // namespace rujukan::routing
