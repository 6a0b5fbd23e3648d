// Lines, decimals and proofs of the C2SP text formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::merkle {

// Takes the first line from `text`, without its newline. Errors: nullopt when there is no newline.
std::optional<std::string_view> take_line(std::string_view& text);

// Digits without leading zeros, at most 2^63 - 1. Errors: nullopt for anything else.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

// The hash lines of a proof and the empty line after them. Errors: proof.invalid for another line,
// or more than limits::kProofHashes.
Result<std::vector<Digest>> take_proof(std::string_view& text);

}  // namespace rujukan::merkle
