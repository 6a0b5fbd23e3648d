// Rules that never decide, and rules whose order matters.
#include "broker/routing/check_parts.h"

namespace rujukan::routing {

void check_reach(const CheckedTable& table, CheckFindings& findings) {
  constexpr std::size_t kNamed = 5;
  const auto& rules = table.release.rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (table.decisions.reached(i)) continue;
    const auto taken = table.decisions.forestalled(i, kNamed);
    std::vector<std::string> names;
    for (const std::uint32_t by : taken.by) names.push_back(rules[by].id.str());
    std::optional<FactsFile> example;
    if (taken.situation) {
      example = facts_of(table.release, *taken.situation, {{}, instant_of(table.release.validity)});
    }
    findings.at_rule(rules[i].id, {ErrorCode::kTableUnreachableRule,
                                   names.empty() ? "it is for no need"
                                                 : "its cases go to " + listed(names, names.size()),
                                   std::move(example)});
  }
}

void check_overlaps(const CheckedTable& table, CheckFindings& findings) {
  const auto overlaps = table.decisions.overlaps();
  const auto& rules = table.release.rules;
  for (std::size_t i = 0; i < overlaps.size() && i < kMostOverlaps; ++i) {
    const auto& overlap = overlaps[i];
    findings.at_rule(
        rules[overlap.first].id,
        {ErrorCode::kTableOverlap,
         std::string(name_of(overlap.situation.need)) + ": it goes before " +
             rules[overlap.second].id.str(),
         facts_of(table.release, overlap.situation, {{}, instant_of(table.release.validity)}),
         Severity::kWarning});
  }
  if (overlaps.size() > kMostOverlaps) {
    findings.at_file("routing.toml", "rule",
                     {ErrorCode::kTableOverlap,
                      "and " + std::to_string(overlaps.size() - kMostOverlaps) + " more pairs",
                      std::nullopt, Severity::kWarning});
  }
}

}  // namespace rujukan::routing
