#include "broker/sequencer/ends_watch.h"

#include <map>

#include "broker/routing/expiry.h"
#include "broker/runtime/trace.h"

namespace rujukan::sequencer {
namespace {

constexpr std::chrono::hours kEvery{24};

}  // namespace

void EndsWatch::look(const Release& release, TimeUs now, SteadyTime steady) {
  if (looked_ && steady - *looked_ < kEvery) return;
  looked_ = steady;
  // A line for the release and one for each step of its keys.
  std::map<std::pair<bool, int>, std::pair<routing::Expiry, std::size_t>> lines;
  for (const routing::Expiry& one : routing::expiring(release, now)) {
    ++lines.try_emplace({one.unit.empty(), one.within_days}, one, 0).first->second.second;
  }
  for (const auto& [step, line] : lines) {
    const auto& [first, count] = line;
    trace::warning(step.first ? "release.ends" : "keys.end", {{"within_days", step.second},
                                                              {"first", first.what},
                                                              {"at", to_rfc3339(first.at)},
                                                              {"count", count}});
  }
}

}  // namespace rujukan::sequencer
