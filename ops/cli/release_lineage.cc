#include "ops/cli/release_lineage.h"

#include "broker/decide/activation.h"

namespace rujukan::cli {

Result<void> check_may_follow(const Release& next, const Release* previous, TimeUs at) {
  if (auto may = decide::check_activation(next, previous, at); !may) return may;
  const auto table = routing::RoutingTable::build(next);
  if (!table) return table.error();
  return decide::check_terminals(**table, at);
}

std::vector<std::string> grave_changes(const Release& next, const Release& previous) {
  std::vector<std::string> out;
  if (next.threshold != previous.threshold) {
    out.push_back("THE THRESHOLD CHANGES: from the next release on " +
                  std::to_string(next.threshold) + " administrators have to sign, instead of " +
                  std::to_string(previous.threshold));
  }
  if (next.log_origin != previous.log_origin) {
    out.push_back("THE LOG CHANGES: a new shard begins, " + next.log_origin + " after " +
                  previous.log_origin);
  }
  return out;
}

}  // namespace rujukan::cli
