#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

using Part = routing::RoutingTable::Part;

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

// Less those that a guarantee keeps out.
std::vector<UnitId> admitted(std::vector<UnitId> units, const Facts& facts,
                             const routing::RoutingTable& table) {
  std::erase_if(units, [&](const UnitId& unit) { return !may_know(facts, unit, table); });
  return units;
}

}  // namespace

bool may_know(const Facts& facts, const UnitId& id, const routing::RoutingTable& table) {
  const Unit* unit = table.unit(id);
  return unit != nullptr && table.permits(*unit, Part::kInformed, facts);
}

std::vector<UnitId> named_parties(const CaseRecord& record) {
  std::vector<UnitId> units = all_but_the_opener(record);
  add_unit(units, record.opener);
  return units;
}

std::vector<UnitId> parties(const CaseRecord& record, const routing::RoutingTable& table) {
  return admitted(named_parties(record), record.facts, table);
}

std::vector<UnitId> units_to_tell(const CaseRecord* before, const CaseRecord& after,
                                  const Message* message, const routing::RoutingTable& table) {
  if (before == nullptr) return admitted(all_but_the_opener(after), after.facts, table);
  if (message != nullptr && kind_of(*message) == MessageKind::kReceived) return {};
  std::vector<UnitId> units = named_parties(*before);
  add_all(units, named_parties(after));
  // Only an erasure ends a proposal in a closed case.
  const bool erased = before->erasure && !after.erasure && after.status == CaseStatus::kClosed;
  if (erased) add_all(units, after.told);
  if (message != nullptr) std::erase(units, message->sender);
  // What holds after the entry decides who is told of it: not those that it keeps out.
  return admitted(std::move(units), after.facts, table);
}

std::vector<UnitId> new_parties(const CaseRecord& before, const CaseRecord& after,
                                const routing::RoutingTable& table) {
  const std::vector<UnitId> old = parties(before, table);
  std::vector<UnitId> units = parties(after, table);
  std::erase_if(units, [&old](const UnitId& unit) { return contains(old, unit); });
  return units;
}

bool may_be_told(const Cause& cause, const CaseRecord* linked, const UnitId& unit,
                 const routing::RoutingTable& table) {
  if (std::holds_alternative<ExclusionCause>(cause)) return false;
  return linked == nullptr || may_know(linked->facts, unit, table);
}

Telling telling_of(const Entry& entry, const CaseRecord* before, const CaseRecord& after,
                   const Message* message, const CaseRecord* linked,
                   const routing::RoutingTable& table) {
  Telling telling;
  if (std::holds_alternative<CarryCause>(entry.cause)) return telling;
  if (std::holds_alternative<ExclusionCause>(entry.cause)) {
    const Event& event = entry.outcome.events.front();
    if (event.type == EventType::kReadmitted) {
      telling.take_notices.push_back(event.unit);
    } else {
      telling.take_back.push_back(event.unit);
      telling.tell.push_back(event.unit);
    }
    return telling;
  }
  telling.tell = units_to_tell(before, after, message, table);
  std::erase_if(telling.tell,
                [&](const UnitId& unit) { return !may_be_told(entry.cause, linked, unit, table); });
  if (before == nullptr) return telling;
  telling.tell_history = new_parties(*before, after, table);
  if (before->facts == after.facts) return telling;
  for (const UnitId& unit : after.told) {
    const bool out = may_know(before->facts, unit, table) && !may_know(after.facts, unit, table);
    if (out) telling.take_back.push_back(unit);
  }
  return telling;
}

bool changes_who_knows(const Entry& entry, const CaseRecord& before, const CaseRecord& after) {
  return std::holds_alternative<ExclusionCause>(entry.cause) || before.facts != after.facts;
}

LinkTelling link_telling_of(const CaseRecord& before, const CaseRecord& after,
                            const CaseRecord& named, const routing::RoutingTable& table) {
  LinkTelling telling;
  for (const UnitId& unit : named.told) {
    if (!may_know(after.facts, unit, table)) telling.take_back.push_back(unit);
  }
  for (const UnitId& unit : parties(named, table)) {
    const bool in = !may_know(before.facts, unit, table) && may_know(after.facts, unit, table);
    if (in) telling.tell.push_back(unit);
  }
  return telling;
}

bool stands_in(const UnitId& unit, const UnitId& recipient, const routing::RoutingTable& table,
               TimeUs now) {
  const Unit* active = table.stand_in(recipient, now);
  return active != nullptr && active->id == unit && unit != recipient;
}

bool may_read_payload(const CaseRecord& record, const Message& message, const UnitId& unit,
                      const routing::RoutingTable& table, TimeUs now) {
  const auto& recipients = message.recipients;
  const bool sealed_for_it =
      contains(recipients, unit) ||
      std::any_of(recipients.begin(), recipients.end(),
                  [&](const UnitId& recipient) { return stands_in(unit, recipient, table, now); });
  if (!sealed_for_it) return false;
  if (!may_know(record.facts, unit, table)) return false;
  if (unit == record.opener || contains(record.holders, unit)) return true;
  bool offered = false;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    offered = offered || (assignment.offer && assignment.offer->unit() == unit);
  });
  return offered;
}

bool all_permitted(const std::vector<UnitId>& chain, std::size_t position, Part part,
                   const Facts& facts, const routing::RoutingTable& table) {
  return std::all_of(chain.begin() + static_cast<std::ptrdiff_t>(position), chain.end(),
                     [&](const UnitId& id) {
                       const Unit* unit = table.unit(id);
                       return unit != nullptr && table.permits(*unit, part, facts);
                     });
}

}  // namespace rujukan::decide
