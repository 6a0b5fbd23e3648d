#include "broker/model/ids.h"

#include <algorithm>

#include "broker/base/limits.h"

namespace rujukan {

std::string uuid_to_string(const std::array<std::uint8_t, 16>& bytes) {
  std::string hex = to_hex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) hex.insert(at, 1, '-');
  return hex;
}

std::optional<std::array<std::uint8_t, 16>> uuid_from_string(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
    } else {
      hex += text[i];
    }
  }
  const auto bytes = from_hex(hex);
  if (!bytes) return std::nullopt;
  return to_array<16>(*bytes);
}

std::array<std::uint8_t, 16> make_uuid7(std::uint64_t unix_ms,
                                        const std::array<std::uint8_t, 10>& random) {
  std::array<std::uint8_t, 16> out;
  for (std::size_t i = 0; i < 6; ++i) {
    out[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  }
  std::copy(random.begin(), random.end(), out.begin() + 6);
  out[6] = static_cast<std::uint8_t>(0x70 | (out[6] & 0x0F));
  out[8] = static_cast<std::uint8_t>(0x80 | (out[8] & 0x3F));
  return out;
}

bool is_uuid7(const std::array<std::uint8_t, 16>& bytes) {
  return (bytes[6] & 0xF0) == 0x70 && (bytes[8] & 0xC0) == 0x80;
}

bool is_valid_id(std::string_view text) {
  const auto has_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return is_valid_rule_id(text) && std::none_of(text.begin(), text.end(), has_upper);
}

bool is_valid_rule_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= limits::kIdBytes &&
         std::all_of(text.begin(), text.end(), allowed);
}

bool has_identity_number(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits == limits::kIdentityDigits) return true;
  }
  return false;
}

bool is_valid_area_code(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text == "XX") return true;
  if (text.size() == 2) return digit(text[0]) && digit(text[1]);
  return text.size() == 5 && text[2] == '.' && digit(text[0]) && digit(text[1]) && digit(text[3]) &&
         digit(text[4]);
}

}  // namespace rujukan
