#include "ops/cli/impact_report.h"

#include <nlohmann/json.hpp>

#include "ops/cli/text_table.h"

namespace rujukan::cli {
namespace {

Json describe_change(const audit::OwnerChange& change) {
  Json out = {{"case", to_string(change.case_id)},
              {"since", to_rfc3339(change.since)},
              {"need_now", name_of(change.need_now)},
              {"owner_now", change.owner_now.str()},
              {"rule_now", change.rule_now.str()}};
  const bool routed = !change.not_routed;
  out["need_then"] = routed ? Json(name_of(change.need_then)) : Json();
  out["owner_then"] = routed ? Json(change.owner_then.str()) : Json();
  out["rule_then"] = routed ? Json(change.rule_then.str()) : Json();
  if (!routed) out["error"] = describe(*change.not_routed);
  return out;
}

std::vector<std::string> cells_of(const audit::OwnerChange& change) {
  std::string need(name_of(change.need_now));
  if (!change.not_routed && change.need_then != change.need_now) {
    need += " -> " + std::string(name_of(change.need_then));
  }
  return {to_string(change.case_id),
          need,
          change.owner_now.str(),
          change.not_routed ? to_string(*change.not_routed) : change.owner_then.str(),
          change.rule_now.str(),
          change.not_routed ? "-" : change.rule_then.str(),
          to_rfc3339(change.since)};
}

}  // namespace

Json impact_json(const audit::Impact& impact, const LoadedRelease& release, TimeUs at) {
  Json changes = Json::array();
  for (const audit::OwnerChange& change : impact.changes()) {
    changes.push_back(describe_change(change));
  }
  const audit::PastOpenings& past = impact.past();
  return {{"release",
           {{"version", to_number(release.release.version)}, {"digest", to_hex(release.digest)}}},
          {"at", to_rfc3339(at)},
          {"open_cases", impact.open_cases()},
          {"owner_changes", std::move(changes)},
          {"past",
           {{"openings", past.openings},
            {"owner", past.owner},
            {"assignments", past.assignments},
            {"informed", past.informed},
            {"not_routed", past.not_routed}}}};
}

void print_impact_json(const audit::Impact& impact, const LoadedRelease& release, TimeUs at) {
  print(impact_json(impact, release, at), true);
}

std::string impact_text(const audit::Impact& impact, TimeUs at) {
  std::vector<std::vector<std::string>> rows;
  for (const audit::OwnerChange& change : impact.changes()) rows.push_back(cells_of(change));
  std::string text;
  if (!rows.empty()) {
    text = to_table({"case", "need", "owner now", "owner then", "rule now", "rule then", "since"},
                    rows) +
           "\n";
  }
  const audit::PastOpenings& past = impact.past();
  return text + std::to_string(rows.size()) + " of " + std::to_string(impact.open_cases()) +
         " open cases would have another owner at " + to_rfc3339(at) + ".\nOf " +
         std::to_string(past.openings) + " openings at their time: " + std::to_string(past.owner) +
         " with another owner, " + std::to_string(past.assignments) + " with another assignment, " +
         std::to_string(past.informed) + " with other units informed, " +
         std::to_string(past.not_routed) + " not routed.\n";
}

Json describe(const audit::OpeningChange& change) {
  Json out = {{"index", to_number(change.index)},
              {"time", to_rfc3339(change.at)},
              {"case", to_string(change.case_id)},
              {"owner_was", change.owner_was.str()},
              {"rule_was", change.rule_was.str()}};
  const bool routed = !change.not_routed;
  out["owner_then"] = routed ? Json(change.owner_then.str()) : Json();
  out["rule_then"] = routed ? Json(change.rule_then.str()) : Json();
  if (!routed) out["error"] = describe(*change.not_routed);
  return out;
}

std::string openings_text(const std::vector<audit::OpeningChange>& changes) {
  if (changes.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  rows.reserve(changes.size());
  for (const audit::OpeningChange& change : changes) {
    rows.push_back({std::to_string(to_number(change.index)), to_string(change.case_id),
                    change.owner_was.str(),
                    change.not_routed ? to_string(*change.not_routed) : change.owner_then.str(),
                    change.rule_was.str(), change.not_routed ? "-" : change.rule_then.str(),
                    to_rfc3339(change.at)});
  }
  return to_table({"index", "case", "owner was", "owner then", "rule was", "rule then", "opened"},
                  rows) +
         "\n";
}

}  // namespace rujukan::cli
