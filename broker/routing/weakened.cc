#include "broker/routing/weakened.h"

#include <algorithm>
#include <set>

namespace rujukan::routing {
namespace {

using What = Weakened::What;

const Rule* find_rule(const Release& release, const RuleId& id) {
  const auto at = std::find_if(release.rules.begin(), release.rules.end(),
                               [&id](const Rule& rule) { return rule.id == id; });
  return at == release.rules.end() ? nullptr : &*at;
}

void add_guarantees(const Release& before, const Release& after, std::vector<Weakened>& out) {
  if (before.guarantees.empty() || !after.guarantees.empty()) return;
  Weakened found{What::kGuarantees, "", {}, ""};
  for (const Guarantee& guarantee : before.guarantees) found.lost.push_back(guarantee.id.str());
  out.push_back(std::move(found));
}

void add_owners(const Release& before, const Release& after, std::vector<Weakened>& out) {
  for (const Permission& now : after.permissions) {
    const bool watched = std::any_of(
        before.permissions.begin(), before.permissions.end(),
        [&now](const Permission& old) { return old.agency == now.agency && !old.may_own; });
    if (watched && now.may_own) out.push_back({What::kMayOwn, now.agency.str(), {}, ""});
  }
}

// Where a rule takes over and a unit is no longer informed.
void add_informs(const Release& before, const Release& after, const RouteChanges& routes,
                 std::vector<Weakened>& out) {
  std::set<std::pair<RuleId, RuleId>> taken;
  for (const RouteChange& change : routes.other) {
    const bool loses = change.part == ChangedPart::kInformed && !change.before.units.empty();
    if (loses && change.before.rule != change.after.rule) {
      taken.emplace(change.after.rule, change.before.rule);
    }
  }
  for (const auto& [now, old] : taken) {
    const Rule* takes = find_rule(after, now);
    const Rule* had = find_rule(before, old);
    if (takes == nullptr || had == nullptr) continue;
    Weakened found{What::kInform, now.str(), {}, old.str()};
    for (const Inform& inform : had->inform) {
      if (std::count(takes->inform.begin(), takes->inform.end(), inform) == 0) {
        found.lost.push_back(inform_text(inform));
      }
    }
    if (!found.lost.empty()) out.push_back(std::move(found));
  }
}

}  // namespace

std::string_view name_of(Weakened::What what) {
  switch (what) {
    case What::kGuarantees:
      return "guarantees";
    case What::kMayOwn:
      return "may_own";
    case What::kInform:
      return "inform";
  }
  return "?";
}

std::string inform_text(const Inform& inform) {
  std::string text = inform.function.str() + " " + std::string(name_of(inform.level));
  if (inform.of) text += " of " + std::string(name_of(*inform.of));
  return text;
}

std::vector<Weakened> weakened(const Release& before, const Release& after,
                               const RouteChanges& routes) {
  std::vector<Weakened> out;
  add_guarantees(before, after, out);
  add_owners(before, after, out);
  add_informs(before, after, routes, out);
  return out;
}

}  // namespace rujukan::routing
