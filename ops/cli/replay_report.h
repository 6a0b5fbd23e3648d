// What a replay came to, as JSON and for people.
#pragma once

#include "broker/audit/replay.h"
#include "ops/cli/describe.h"

namespace rujukan::cli {

// The state that it came to, what it counted, and where the log says otherwise than the rules.
Json replay_json(audit::Replay& replay);
// The same in lines; a divergence first, with both sides.
std::string replay_text(audit::Replay& replay);

}  // namespace rujukan::cli
