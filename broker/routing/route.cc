// RoutingTable::lookup and ::route: one evaluation, as pointers and as ids.
#include <algorithm>

#include "broker/routing/evaluation.h"

namespace rujukan::routing {

Result<void> RoutingTable::lookup(const Facts& facts, TimeUs at, Lookup& out) const {
  CodedFacts coded;
  if (auto read = read_facts(*index_->directory, facts, at, coded); !read) return read;
  Unwatched unwatched;
  return Evaluation(*index_, coded, at, unwatched).run(out);
}

Result<Route> RoutingTable::route(const Facts& facts, TimeUs at) const {
  Lookup found;
  if (auto done = lookup(facts, at, found); !done) return done.error();
  Route route;
  route.assignments.reserve(found.assigned.size());
  for (const Lookup::Assigned& assigned : found.assigned) {
    RoutedAssignment& out = route.assignments.emplace_back();
    out.need = assigned.need;
    out.function = assigned.rule->function;
    out.rule = assigned.rule->id;
    out.chain.reserve(assigned.chain.size());
    for (const Unit* unit : assigned.chain) out.chain.push_back(unit->id);
  }
  for (const Lookup::Withheld& withheld : found.withheld) {
    route.withheld.push_back(withheld.need);
    route.withheld_rules.push_back(withheld.rule->id);
  }
  route.informed.reserve(found.informed.size());
  for (const Unit* unit : found.informed) route.informed.push_back(unit->id);
  route.lead = found.lead;
  route.accept_within_s = found.accept_within_s;
  return route;
}

std::vector<UnitId> Route::recipients() const {
  std::vector<UnitId> all;
  for (const RoutedAssignment& assignment : assignments) {
    for (const UnitId& unit : assignment.chain) {
      if (std::find(all.begin(), all.end(), unit) == all.end()) all.push_back(unit);
    }
  }
  return all;
}

}  // namespace rujukan::routing
