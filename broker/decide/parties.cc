#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

std::vector<UnitId> all_but_the_opener(const CaseRecord& record) {
  std::vector<UnitId> units;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t assist) {
    const bool leads = assist == 0 && assignment.need == record.lead;
    // A cancelled assignment leaves its unit without a part, unless that still owns the case.
    if (leads || assignment.state != AssignmentState::kCancelled) {
      add_unit(units, assignment.unit());
    }
    if (assignment.offer) add_unit(units, assignment.offer->unit());
  });
  for (const UnitId& unit : record.informed) add_unit(units, unit);
  if (record.request) {
    add_unit(units, record.request->unit);
    add_unit(units, record.decider());
  }
  return units;
}

}  // namespace

std::vector<UnitId> parties(const CaseRecord& record) {
  std::vector<UnitId> units = all_but_the_opener(record);
  add_unit(units, record.opener);
  return units;
}

std::vector<UnitId> units_to_tell(const CaseRecord* before, const CaseRecord& after,
                                  const Message* message) {
  if (before == nullptr) return all_but_the_opener(after);
  if (message != nullptr && kind_of(*message) == MessageKind::kReceived) return {};
  std::vector<UnitId> units = parties(*before);
  for (const UnitId& unit : parties(after)) add_unit(units, unit);
  // Only an erasure ends a proposal in a closed case.
  const bool erased = before->erasure && !after.erasure && after.status == CaseStatus::kClosed;
  if (erased) add_all(units, after.told);
  if (message != nullptr) {
    units.erase(std::remove(units.begin(), units.end(), message->sender), units.end());
  }
  return units;
}

std::vector<UnitId> new_parties(const CaseRecord& before, const CaseRecord& after) {
  const std::vector<UnitId> old = parties(before);
  std::vector<UnitId> units;
  for (const UnitId& unit : parties(after)) {
    if (!contains(old, unit)) units.push_back(unit);
  }
  return units;
}

bool may_read_payload(const CaseRecord& record, const Message& message, const UnitId& unit) {
  if (!contains(message.recipients, unit)) return false;
  if (unit == record.opener || contains(record.holders, unit)) return true;
  bool offered = false;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    offered = offered || (assignment.offer && assignment.offer->unit() == unit);
  });
  return offered;
}

}  // namespace rujukan::decide
