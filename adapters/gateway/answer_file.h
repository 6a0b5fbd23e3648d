// Answer files: what a unit says in a case, as small JSON.
#pragma once

#include <string_view>

#include "adapters/sdk/planner.h"

namespace rujukan::gateway {

// {"kind", "case", "unit"} and, by kind: accept "need"; decline "need", "reason"; progress "need",
// "state"; complete "need"; note "text"; close nothing. "text" may stand with decline, progress,
// complete and close as well. Errors: answer.invalid (field named; no value is repeated).
Result<sdk::Answer> parse_answer(std::string_view text);

}  // namespace rujukan::gateway
