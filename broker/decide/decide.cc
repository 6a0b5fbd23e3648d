#include "broker/decide/decide.h"

#include <algorithm>

#include "broker/decide/open.h"
#include "broker/decide/parties.h"
#include "broker/decide/refusal.h"

namespace rujukan::decide {
namespace {

// Changes ownership or responsibility, so the sender must have seen the latest version.
bool compares_version(MessageKind kind) {
  switch (kind) {
    case MessageKind::kAccept:
    case MessageKind::kDecline:
    case MessageKind::kProgress:
    case MessageKind::kComplete:
    case MessageKind::kClose:
      return true;
    case MessageKind::kReferral:
    case MessageKind::kReceived:
    case MessageKind::kNote:
      return false;
  }
  return true;
}

// The unit that owns after an escalation of `need` to chain[position].
const UnitId& owner_after_move(const CaseRecord& record, const Assignment& moved,
                               std::uint32_t position) {
  return moved.need == record.lead ? moved.chain[position] : record.owner();
}

Event move_event(EventType type, const Assignment& assignment, std::uint32_t position,
                 TimeUs deadline) {
  Event event{.type = type};
  event.need = assignment.need;
  event.unit = assignment.chain[position];
  event.position = position;
  event.deadline = deadline;
  return event;
}

Event state_event(EventType type, const Assignment& assignment) {
  Event event{.type = type};
  event.need = assignment.need;
  event.unit = assignment.unit();
  return event;
}

// Checks that concern one assignment, shared by accept, decline, progress and complete.
std::optional<Error> check_responsible(const CaseRecord& record, const Message& message,
                                       Need need) {
  const Assignment* assignment = record.assignment(need);
  if (assignment == nullptr) return Error{ErrorCode::kAssignmentUnknown, "need"};
  if (assignment->unit() != message.sender) return Error{ErrorCode::kAssignmentNotYours, "sender"};
  return std::nullopt;
}

Error wrong_state(const Assignment& assignment) {
  return {ErrorCode::kAssignmentState, "need",
          "the assignment is " + std::string(name_of(assignment.state))};
}

// One overload per kind; each returns events or a refusal for an existing, open case that the
// sender has a part in.
struct KindDecision {
  const CaseRecord& record;
  const Message& message;
  TimeUs now;

  Outcome refused(Error error) const { return refuse(&record, std::move(error)); }
  Outcome changed(Event event) const {
    return accepted({std::move(event)}, record.version + 1, record.owner());
  }

  // Decided by open_case before a record is looked at.
  Outcome operator()(const Referral&) const {
    INVARIANT(false);
    return {};
  }

  Outcome operator()(const Accept& body) const {
    if (const auto error = check_responsible(record, message, body.need)) return refused(*error);
    const Assignment& assignment = *record.assignment(body.need);
    if (!is_pending(assignment.state)) return refused(wrong_state(assignment));
    return changed(state_event(EventType::kAccepted, assignment));
  }

  Outcome operator()(const Decline& body) const {
    if (const auto error = check_responsible(record, message, body.need)) return refused(*error);
    const Assignment& assignment = *record.assignment(body.need);
    if (!is_pending(assignment.state)) return refused(wrong_state(assignment));
    if (assignment.terminal()) return refused({ErrorCode::kAssignmentTerminal, "need"});
    const std::uint32_t next = assignment.position + 1;
    Event declined = state_event(EventType::kDeclined, assignment);
    declined.reason = body.reason;
    const TimeUs deadline = now + Seconds(assignment.accept_within_s);
    return accepted(
        {std::move(declined), move_event(EventType::kEscalated, assignment, next, deadline)},
        record.version + 1, owner_after_move(record, assignment, next));
  }

  // An acknowledgement of a delivery; when it is the responsible unit's, its assignments move on.
  Outcome operator()(const Received&) const {
    std::vector<Event> events;
    for (const Assignment& assignment : record.assignments) {
      if (assignment.unit() == message.sender && assignment.state == AssignmentState::kRequested) {
        events.push_back(state_event(EventType::kReceived, assignment));
      }
    }
    if (!events.empty()) return accepted(std::move(events), record.version + 1, record.owner());
    Event event{.type = EventType::kDelivered};
    event.unit = message.sender;
    return accepted({std::move(event)}, record.version, record.owner());
  }

  Outcome operator()(const Note&) const {
    if (!message.payload) return refused({ErrorCode::kPayloadMissing, "payload"});
    Event event{.type = EventType::kNoted};
    event.unit = message.sender;
    return accepted({std::move(event)}, record.version, record.owner());
  }

  Outcome operator()(const Progress& body) const {
    if (const auto error = check_responsible(record, message, body.need)) return refused(*error);
    const Assignment& assignment = *record.assignment(body.need);
    const bool moves = !is_pending(assignment.state) && is_open(assignment.state) &&
                       assignment.state != body.state;
    if (!moves) return refused(wrong_state(assignment));
    Event event = state_event(EventType::kProgressed, assignment);
    event.state = body.state;
    return changed(std::move(event));
  }

  Outcome operator()(const Complete& body) const {
    if (const auto error = check_responsible(record, message, body.need)) return refused(*error);
    const Assignment& assignment = *record.assignment(body.need);
    if (is_pending(assignment.state) || !is_open(assignment.state)) {
      return refused(wrong_state(assignment));
    }
    return changed(state_event(EventType::kCompleted, assignment));
  }

  Outcome operator()(const Close&) const {
    if (record.owner() != message.sender) return refused({ErrorCode::kCaseNotOwner, "sender"});
    for (const Assignment& assignment : record.assignments) {
      if (is_open(assignment.state)) {
        return refused({ErrorCode::kCaseOpenAssignments, "case_id",
                        std::string(name_of(assignment.need)) + " is " +
                            std::string(name_of(assignment.state))});
      }
    }
    Event event{.type = EventType::kClosed};
    event.unit = message.sender;
    return changed(std::move(event));
  }
};

// Whom a later message of the case may be sealed for.
std::optional<Error> check_recipients(const CaseRecord& record, const Message& message) {
  for (const UnitId& unit : message.recipients) {
    const bool in_chain = std::any_of(record.assignments.begin(), record.assignments.end(),
                                      [&](const Assignment& a) { return contains(a.chain, unit); });
    if (!in_chain && unit != record.opener) {
      return Error{ErrorCode::kRecipientsNotPermitted, "recipients", unit.str()};
    }
  }
  return std::nullopt;
}

std::optional<Error> check_command(const CaseRecord* record, const Message& message) {
  const MessageKind kind = kind_of(message);
  // The same answer whether the case does not exist or is none of the sender's business. A unit
  // that the case has left behind may still acknowledge what it was sent.
  const bool known = record != nullptr &&
                     (contains(parties(*record), message.sender) ||
                      (kind == MessageKind::kReceived && was_responsible(*record, message.sender)));
  if (!known) return Error{ErrorCode::kCaseUnknown, "case_id"};
  if (message.victim_protected != record->facts.victim_protected) {
    return Error{ErrorCode::kHandlingMismatch, "handling"};
  }
  const bool closed = record->status == CaseStatus::kClosed;
  if (closed && kind != MessageKind::kReceived && kind != MessageKind::kNote) {
    return Error{ErrorCode::kCaseClosed, "case_id"};
  }
  if (compares_version(kind) && message.expected_version != record->version) {
    return Error{ErrorCode::kCaseStale, "expected_version",
                 "current " + std::to_string(record->version)};
  }
  return check_recipients(*record, message);
}

}  // namespace

Outcome decide(const CaseRecord* record, const MessageCommand& command,
               const routing::RoutingTable& table, TimeUs now) {
  const Message& message = command.message;
  if (message.release > table.release().version) {
    return refuse(nullptr, {ErrorCode::kReleaseUnknown, "release_version"});
  }
  if (kind_of(message) == MessageKind::kReferral) return open_case(record, command, table, now);
  if (const auto error = check_command(record, message)) {
    // A stranger learns nothing about the case, not even its version.
    const bool stranger = error->code == ErrorCode::kCaseUnknown;
    return refuse(stranger ? nullptr : record, *error);
  }
  return std::visit(KindDecision{*record, message, now}, message.body);
}

Outcome decide(const CaseRecord& record, const DeadlineCommand& command, TimeUs now) {
  const Assignment* assignment = record.assignment(command.need);
  INVARIANT(assignment != nullptr && assignment->deadline && *assignment->deadline <= now);
  const TimeUs deadline = now + Seconds(assignment->accept_within_s);
  if (assignment->terminal()) {
    return accepted({move_event(EventType::kOverdue, *assignment, assignment->position, deadline)},
                    record.version + 1, record.owner());
  }
  const std::uint32_t next = assignment->position + 1;
  return accepted({move_event(EventType::kEscalated, *assignment, next, deadline)},
                  record.version + 1, owner_after_move(record, *assignment, next));
}

bool uses_up_id(const Outcome& outcome) {
  if (!outcome.refusal) return true;
  static constexpr ErrorCode kEnvelope[] = {
      ErrorCode::kMessageMalformed,     ErrorCode::kMessageTooLarge,
      ErrorCode::kMessageInvalid,       ErrorCode::kMessageSender,
      ErrorCode::kMessageConflict,      ErrorCode::kPayloadMissing,
      ErrorCode::kPayloadTooLarge,      ErrorCode::kPayloadUnexpected,
      ErrorCode::kPayloadDigest,        ErrorCode::kStationUnknown,
      ErrorCode::kStationUnitNotServed, ErrorCode::kSubmissionKeyUnknown};
  return std::find(std::begin(kEnvelope), std::end(kEnvelope), outcome.refusal->code) ==
         std::end(kEnvelope);
}

}  // namespace rujukan::decide
