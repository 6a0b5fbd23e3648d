// Lines and decimals of the C2SP text formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rujukan::merkle {

// Takes the first line from `text`, without its newline. Errors: nullopt when there is no newline.
std::optional<std::string_view> take_line(std::string_view& text);

// Digits without leading zeros, at most 2^63 - 1. Errors: nullopt for anything else.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

}  // namespace rujukan::merkle
