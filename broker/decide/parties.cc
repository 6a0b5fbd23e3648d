#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

void add(std::vector<UnitId>& units, const UnitId& unit) {
  if (!contains(units, unit)) units.push_back(unit);
}

void remove(std::vector<UnitId>& units, const UnitId& unit) {
  units.erase(std::remove(units.begin(), units.end(), unit), units.end());
}

std::vector<UnitId> assigned_and_informed(const CaseRecord& record) {
  std::vector<UnitId> units;
  for (const Assignment& assignment : record.assignments) add(units, assignment.unit());
  for (const UnitId& unit : record.informed) add(units, unit);
  return units;
}

}  // namespace

bool was_responsible(const CaseRecord& record, const UnitId& unit) {
  for (const Assignment& a : record.assignments) {
    const auto end = a.chain.begin() + a.position + 1;
    if (std::find(a.chain.begin(), end, unit) != end) return true;
  }
  return false;
}

std::vector<UnitId> parties(const CaseRecord& record) {
  std::vector<UnitId> units = assigned_and_informed(record);
  add(units, record.opener);
  return units;
}

std::vector<UnitId> units_to_tell(const CaseRecord* before, const CaseRecord& after,
                                  const Message* message) {
  if (before == nullptr) return assigned_and_informed(after);
  if (message != nullptr && kind_of(*message) == MessageKind::kReceived) return {};
  std::vector<UnitId> units = parties(*before);
  for (const UnitId& unit : parties(after)) add(units, unit);
  if (message != nullptr) remove(units, message->sender);
  return units;
}

std::vector<UnitId> new_parties(const CaseRecord& before, const CaseRecord& after) {
  const std::vector<UnitId> old = parties(before);
  std::vector<UnitId> units;
  for (const UnitId& unit : parties(after)) {
    if (!contains(old, unit) && !was_responsible(before, unit)) units.push_back(unit);
  }
  return units;
}

bool may_read_payload(const CaseRecord& record, const Message& message, const UnitId& unit) {
  return contains(message.recipients, unit) &&
         (unit == record.opener || was_responsible(record, unit));
}

}  // namespace rujukan::decide
