// Making events and outcomes.
#pragma once

#include <algorithm>
#include <string>

#include "broker/decide/decide.h"
#include "broker/decide/permitted.h"

namespace rujukan::decide {

// What every kind is decided from.
struct Context {
  const CaseRecord& record;
  const Message& message;
  const routing::RoutingTable& table;
  TimeUs now;
  std::span<const Mail> mail = {};
  // Whether a rule that came with this edition holds.
  bool since(Edition edition) const { return table.release().edition >= edition; }
};

// "moved to polda.x at 2026-11-27T13:31:00.000000Z": whose the assignment is, and since when.
inline std::string moved_to(const CaseRecord& record, const Assignment& assignment) {
  return "moved to " + assignment.unit().str() + " at " +
         to_rfc3339(assignment.asked_at.value_or(record.opened_at));
}

// A refusal that says where the case stands.
inline Outcome refuse(const CaseRecord* record, Error error) {
  Outcome outcome;
  outcome.refusal = std::move(error);
  if (record != nullptr) {
    outcome.case_version = record->version;
    outcome.owner = record->owner();
  }
  return outcome;
}

// Sealed under an older release than the one in which a recipient or a key to seal for it last
// changed: it has to be sealed anew. nullopt: it was not.
std::optional<Error> sealed_too_early(const Message& message, const routing::RoutingTable& table);

// The outcome of events that follow on `record`: its version, and the owner that `owner` names.
inline Outcome accepted(std::vector<Event> events, std::uint32_t version, UnitId owner) {
  Outcome outcome;
  outcome.events = std::move(events);
  outcome.case_version = version;
  outcome.owner = std::move(owner);
  return outcome;
}
// Of events that change the record and leave its owner.
inline Outcome changed(const CaseRecord& record, std::vector<Event> events) {
  return accepted(std::move(events), record.version + 1, record.owner());
}

inline bool leads(const CaseRecord& record, const Assignment& assignment, std::uint32_t assist) {
  return assist == 0 && assignment.need == record.lead;
}

// About an assignment and the unit responsible for it.
inline Event assignment_event(EventType type, const Assignment& assignment, std::uint32_t assist) {
  Event event{.type = type};
  event.need = assignment.need;
  event.unit = assignment.unit();
  event.assist = assist;
  return event;
}
// About the case and one unit.
inline Event unit_event(EventType type, const UnitId& unit) {
  Event event{.type = type};
  event.unit = unit;
  return event;
}
inline Event request_ended(const CaseRecord& record) {
  Event event = unit_event(EventType::kRequestEnded, record.request->unit);
  event.need = record.lead;
  return event;
}
// The offer goes to the next unit of its chain; when that one has become responsible meanwhile,
// there is nothing left to offer.
Event next_offer(const Assignment& assignment, std::uint32_t assist, TimeUs now);
// The assignment goes to chain[position]; `before` stands before that in the outcome.
Outcome escalated(const CaseRecord& record, const Assignment& assignment, std::uint32_t assist,
                  std::uint32_t position, TimeUs now, std::optional<Event> before = {});

// The lead's assignment of a closed case, open again with a deadline as it was when it ended.
inline Event reopened_as_it_was(const CaseRecord& record, TimeUs now) {
  const Assignment& lead = record.lead_assignment();
  Event event = assignment_event(EventType::kReopened, lead, 0);
  event.function = lead.function;
  event.rule = lead.rule;
  event.units = lead.chain;
  event.position = lead.position;
  event.accept_within_s = lead.accept_within_s;
  event.deadline = now + Seconds(lead.accept_within_s);
  return event;
}
// A step to chain[position], or, for kOverdue, another notice there.
inline Event step_event(EventType type, Subject subject, const std::vector<UnitId>& chain,
                        std::uint32_t position, TimeUs deadline) {
  Event event{.type = type};
  event.subject = subject;
  event.unit = chain[position];
  event.position = position;
  event.deadline = deadline;
  return event;
}
// An assignment that a unit is asked to accept.
inline Event assigned_event(const routing::RoutedAssignment& routed, std::uint32_t accept_within_s,
                            TimeUs now) {
  Event event{.type = EventType::kAssigned};
  event.need = routed.need;
  event.unit = routed.chain.front();
  event.function = routed.function;
  event.rule = routed.rule;
  event.units = routed.chain;
  event.accept_within_s = accept_within_s;
  event.deadline = now + Seconds(accept_within_s);
  return event;
}

// The parts of decide(), each in the file that its name tells.
Outcome open_case(const MessageCommand& command, const routing::RoutingTable& table, TimeUs now);
Outcome add_facts(const Context& context, const NewFacts& body);
// The lead's unit of a closed case, or whoever stands in its place, is asked to accept again, with
// a deadline. nullopt: by these facts nobody may own a case that the need leads.
std::optional<Event> reopened(const Context& context, const Facts& facts);
// By the facts as they stand, when the table forbids somebody a part that an older one gave.
// nullopt: the table has nobody for it.
std::optional<Outcome> review(const CaseRecord& record, const routing::RoutingTable& table,
                              TimeUs now);
Outcome offer_transfer(const Context& context, const Named& named, const Transfer& body);
Outcome request_transfer(const Context& context);
Outcome ask_for_help(const Context& context, const Assist& body);

// The outcome, or a refusal: whoever may have to act must be able to read the case, and nobody
// else. Requires: an outcome of the message without refusal.
Outcome check_recipients(const Context& context, Outcome outcome);

// Under which a chain is renewed.
struct Renewal {
  const Facts& facts;
  const routing::RoutingTable& table;
  TimeUs now;
  routing::RoutingTable::Part part;
};
// Of the chain from its position on, what is active now, stand-ins in the place of those that
// ended, up to the nation's unit; without stand-ins that a guarantee keeps out. Empty when the
// nation has none.
std::vector<UnitId> renewed_chain(const std::vector<UnitId>& chain, std::uint32_t position,
                                  const FunctionId& function, const Renewal& renewal);

}  // namespace rujukan::decide
