// How an evaluation of the routing table is shown.
#pragma once

#include <string>

#include "broker/routing/explain.h"
#include "ops/cli/describe.h"

namespace rujukan::cli {

Json describe(const routing::Explanation& explanation);

// For people; ends with a line feed. `facts`: those that were explained.
std::string to_text(const routing::Explanation& explanation, const Facts& facts);

}  // namespace rujukan::cli
