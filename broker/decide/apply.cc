#include "broker/decide/decide.h"

namespace rujukan::decide {
namespace {

Assignment& assignment_of(CaseRecord& record, Need need) {
  for (Assignment& assignment : record.assignments) {
    if (assignment.need == need) return assignment;
  }
  INVARIANT(false);
  return record.assignments.front();
}

Assignment assignment_from(const Event& event) {
  Assignment assignment;
  assignment.need = event.need;
  assignment.function = event.function;
  assignment.rule = event.rule;
  assignment.chain = event.units;
  assignment.accept_within_s = event.accept_within_s;
  assignment.deadline = event.deadline;
  return assignment;
}

void settle(Assignment& assignment, AssignmentState state) {
  assignment.state = state;
  assignment.deadline.reset();
}

void apply_event(CaseRecord& record, const Event& event) {
  switch (event.type) {
    case EventType::kOpened:
      record.lead = event.need;
      return;
    case EventType::kAssigned:
      record.assignments.push_back(assignment_from(event));
      return;
    case EventType::kWithheld:
      record.withheld.push_back(event.need);
      return;
    case EventType::kInformed:
      record.informed = event.units;
      return;
    case EventType::kReceived:
      assignment_of(record, event.need).state = AssignmentState::kReceived;
      return;
    case EventType::kAccepted:
      settle(assignment_of(record, event.need), AssignmentState::kAccepted);
      return;
    case EventType::kEscalated: {
      Assignment& assignment = assignment_of(record, event.need);
      assignment.position = event.position;
      assignment.state = AssignmentState::kRequested;
      assignment.deadline = event.deadline;
      return;
    }
    case EventType::kOverdue:
      assignment_of(record, event.need).deadline = event.deadline;
      return;
    case EventType::kProgressed:
      assignment_of(record, event.need).state = event.state;
      return;
    case EventType::kCompleted:
      settle(assignment_of(record, event.need), AssignmentState::kCompleted);
      return;
    case EventType::kClosed:
      record.status = CaseStatus::kClosed;
      return;
    case EventType::kDeclined:  // the escalation that follows moves it
    case EventType::kNoted:
    case EventType::kDelivered:
      return;
  }
}

}  // namespace

CaseRecord opened_record(const Message& referral, const Outcome& outcome, TimeUs now,
                         ReleaseVersion release) {
  INVARIANT(!outcome.events.empty() && outcome.events.front().type == EventType::kOpened);
  CaseRecord record;
  record.case_id = referral.case_id;
  record.opened_at = now;
  record.release = release;
  record.opener = referral.sender;
  record.facts = std::get<Referral>(referral.body).facts;
  apply(record, outcome);
  return record;
}

void apply(CaseRecord& record, const Outcome& outcome) {
  INVARIANT(!outcome.refusal);
  INVARIANT(outcome.case_version == record.version || outcome.case_version == record.version + 1);
  for (const Event& event : outcome.events) apply_event(record, event);
  record.version = outcome.case_version;
  check_invariants(record);
  INVARIANT(record.owner() == outcome.owner);
}

void check_invariants(const CaseRecord& record) {
  INVARIANT(record.version >= 1);
  INVARIANT(!record.opener.empty());
  std::size_t leads = 0;
  const Assignment* previous = nullptr;
  for (const Assignment& assignment : record.assignments) {
    leads += assignment.need == record.lead ? 1 : 0;
    INVARIANT(previous == nullptr || previous->need < assignment.need);
    INVARIANT(!assignment.chain.empty() && assignment.position < assignment.chain.size());
    INVARIANT(!assignment.unit().empty());
    INVARIANT(assignment.deadline.has_value() == is_pending(assignment.state));
    INVARIANT(record.status == CaseStatus::kOpen || !is_open(assignment.state));
    previous = &assignment;
  }
  INVARIANT(leads == 1);
}

}  // namespace rujukan::decide
