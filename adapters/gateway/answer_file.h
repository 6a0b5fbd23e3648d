// Answer files: what a unit says in a case, as small JSON.
#pragma once

#include <string_view>

#include "adapters/sdk/planner.h"

namespace rujukan::gateway {

// {"kind", "case", "unit"} and, by kind:
//   accept "need"; decline "need", "reason"; either may name an offer by "subject"
//   progress "need", "state"; complete "need"; note "text"
//   transfer "need", "to", "reason"; assist "need", "to"; erase "legal_basis"
//   cancel "need", "of", "reason"; with "subject" "offer" no "of"
//   decline and cancel with "subject" "request": neither "need" nor "of"
//   facts "facts": what is new of them; close, reopen and transfer_request nothing
// "text" may stand with every kind but accept. Errors: answer.invalid (field named; no value is
// repeated).
Result<sdk::Answer> parse_answer(std::string_view text);

}  // namespace rujukan::gateway
