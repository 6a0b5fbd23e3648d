// Whom a guarantee keeps out of a case, by its present facts.
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

using Part = routing::RoutingTable::Part;

// The first unit whose admission the record does not show as it is; nullptr: there is none.
const UnitId* unannounced(const CaseRecord& record, const routing::RoutingTable& table) {
  if (!on_present_facts(table)) return nullptr;
  const auto at = std::find_if(record.told.begin(), record.told.end(), [&](const UnitId& unit) {
    return contains(record.excluded, unit) == may_know(record.facts, unit, table);
  });
  return at == record.told.end() ? nullptr : &*at;
}

}  // namespace

std::optional<std::string> broken_promise(const CaseRecord& record,
                                          const routing::RoutingTable& table) {
  std::optional<std::string> broken;
  if (!on_present_facts(table) || record.status == CaseStatus::kClosed) return broken;
  const auto permitted = [&](const std::vector<UnitId>& chain, std::size_t position, Part part) {
    return all_permitted(chain, position, part, record.facts, table);
  };
  record.for_each_assignment([&](const Assignment& a, std::uint32_t assist) {
    const bool leads = assist == 0 && a.need == record.lead;
    const Part part = leads ? Part::kOwner : Part::kAssigned;
    const std::string need(name_of(a.need));
    if (is_open(a.state) && !permitted(a.chain, a.position, part)) {
      broken = need + ": a guarantee forbids a unit of its chain";
    }
    if (!is_open(a.state) && leads && !permitted({a.unit()}, 0, part)) {
      broken = need + ": a guarantee forbids the owner";
    }
    if (a.offer && !permitted(a.offer->chain, a.offer->position, part)) {
      broken = need + ": a guarantee forbids a unit that it is offered to";
    }
  });
  if (!permitted(record.informed, 0, Part::kInformed)) {
    broken = "a guarantee forbids a unit that is informed";
  }
  if (record.request && !permitted({record.request->unit}, 0, Part::kOwner)) {
    broken = "a guarantee forbids the unit that asks for a transfer";
  }
  return broken;
}

bool needs_exclusion(const CaseRecord& record, const routing::RoutingTable& table) {
  return unannounced(record, table) != nullptr;
}

Outcome decide_exclusion(const CaseRecord& record, const routing::RoutingTable& table) {
  const UnitId* unit = unannounced(record, table);
  INVARIANT(unit != nullptr);
  const bool returns = contains(record.excluded, *unit);
  Event event{.type = returns ? EventType::kReadmitted : EventType::kExcluded};
  event.unit = *unit;
  Outcome outcome;
  outcome.events.push_back(std::move(event));
  return outcome;
}

}  // namespace rujukan::decide
