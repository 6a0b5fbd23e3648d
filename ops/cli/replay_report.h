// What a replay came to, as JSON and for people.
#pragma once

#include "broker/audit/replay.h"
#include "broker/audit/replay_log.h"
#include "ops/cli/describe.h"

namespace rujukan::cli {

struct ReplayReport {
  const audit::ReplayedLog& log;
  audit::Replay& replay;
  std::optional<CaseRecord> record;  // that was asked for
};

Json replay_json(const ReplayReport& report);
std::string replay_text(const ReplayReport& report);
// The parts of them that a verification prints too.
Json describe(const audit::Divergence& divergence);
std::string divergence_text(const audit::Divergence& divergence);
Json describe(const audit::ReplayCounts& counts);
std::string counts_text(const audit::ReplayCounts& counts);

}  // namespace rujukan::cli
