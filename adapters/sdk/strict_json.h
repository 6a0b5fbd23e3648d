// JSON from outside: UTF-8 without a byte order mark, one object, no repeated key, bounded in size
// and depth. Nothing is repaired.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "broker/base/result.h"

namespace rujukan {

// Deeper records exist nowhere; and printing a value recurses.
inline constexpr int kJsonDepth = 32;

// `refusal` is the code of every error here. Errors: its field names the repeated key, if that is
// it.
Result<nlohmann::json> parse_json_object(std::string_view text, std::size_t max_bytes,
                                         ErrorCode refusal);

}  // namespace rujukan
