#include <algorithm>

#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

// Folds events. An event that does not fit the record is a defect of who decided it.
class Folding {
 public:
  Folding(CaseRecord& record, const Message* message, std::uint32_t version,
          std::optional<TimeUs> at)
      : record_(record), message_(message), version_(version), at_(at) {}

  void fold(const Event& event);

 private:
  Assignment& assignment_of(const Event& event) {
    if (event.assist != 0) {
      INVARIANT(event.assist <= record_.assists.size());
      return record_.assists[event.assist - 1];
    }
    auto& list = record_.assignments;
    const auto at = std::find_if(list.begin(), list.end(),
                                 [&event](const Assignment& a) { return a.need == event.need; });
    INVARIANT(at != list.end());
    return *at;
  }
  Offer& offer_of(const Event& event) {
    Assignment& assignment = assignment_of(event);
    INVARIANT(assignment.offer);
    return *assignment.offer;
  }
  bool leads(const Event& event) const { return event.assist == 0 && event.need == record_.lead; }

  void assign(const Event& event);
  void withhold(const Event& event);
  void decline(const Event& event);
  void escalate(const Event& event);
  void postpone(const Event& event);
  void offer(const Event& event);
  void hand_over(const Event& event, AssignmentState state, std::optional<TimeUs> deadline);
  void transfer(const Event& event);
  void reopen(const Event& event);
  void request(const Event& event);
  void add_facts(const Event& event);
  void propose();
  void close() {
    record_.status = CaseStatus::kClosed;
    record_.proposed.reset();
  }
  void exclude(const Event& event);
  void hold(const Event& event);
  void erase(const Event& event);
  static void settle(Assignment& assignment, AssignmentState state) {
    assignment.state = state;
    assignment.deadline.reset();
    if (!is_open(state)) assignment.offer.reset();
  }

  CaseRecord& record_;
  const Message* message_;
  const std::uint32_t version_;  // after the events
  const std::optional<TimeUs> at_;
};

void Folding::assign(const Event& event) {
  Assignment assignment;
  assignment.need = event.need;
  assignment.function = event.function;
  assignment.rule = event.rule;
  assignment.chain = event.units;
  assignment.accept_within_s = event.accept_within_s;
  assignment.deadline = event.deadline;
  assignment.asked_at = at_;
  if (event.assist != 0) {
    INVARIANT(event.assist == record_.assists.size() + 1);
    record_.assists.push_back(std::move(assignment));
    return;
  }
  auto& withheld = record_.withheld;
  withheld.erase(std::remove(withheld.begin(), withheld.end(), event.need), withheld.end());
  auto& list = record_.assignments;
  const auto at = std::find_if(list.begin(), list.end(),
                               [&event](const Assignment& a) { return a.need >= event.need; });
  if (at != list.end() && at->need == event.need) {
    INVARIANT(!is_open(at->state));
    *at = std::move(assignment);
  } else {
    list.insert(at, std::move(assignment));
  }
}

void Folding::withhold(const Event& event) {
  record_.withheld.push_back(event.need);
  for (auto* list : {&record_.assignments, &record_.assists}) {
    for (Assignment& assignment : *list) {
      const bool ends = assignment.need == event.need && is_open(assignment.state);
      if (ends) settle(assignment, AssignmentState::kCancelled);
    }
  }
}

void Folding::decline(const Event& event) {
  // Of an assignment, or of an offer by new facts: the escalation that follows moves it.
  if (event.subject == Subject::kRequest) record_.request.reset();
  if (event.subject != Subject::kOffer) return;
  Assignment& assignment = assignment_of(event);
  INVARIANT(assignment.offer);
  if (assignment.offer->basis == OfferBasis::kTransfer) assignment.offer.reset();
}

void Folding::escalate(const Event& event) {
  switch (event.subject) {
    case Subject::kAssignment: {
      Assignment& assignment = assignment_of(event);
      assignment.position = event.position;
      assignment.state = AssignmentState::kRequested;
      assignment.deadline = event.deadline;
      assignment.asked_at = at_;
      if (leads(event) && record_.request) {
        record_.request->position = std::max(record_.request->position, event.position);
      }
      return;
    }
    case Subject::kOffer:
      INVARIANT(event.deadline);
      offer_of(event).position = event.position;
      offer_of(event).deadline = *event.deadline;
      offer_of(event).asked_at = at_;
      return;
    case Subject::kRequest:
      INVARIANT(record_.request && event.deadline);
      record_.request->position = event.position;
      record_.request->deadline = *event.deadline;
      record_.request->asked_at = at_;
      return;
  }
}

void Folding::postpone(const Event& event) {
  INVARIANT(event.deadline);
  switch (event.subject) {
    case Subject::kAssignment:
      assignment_of(event).deadline = event.deadline;
      return;
    case Subject::kOffer:
      offer_of(event).deadline = *event.deadline;
      return;
    case Subject::kRequest:
      INVARIANT(record_.request);
      record_.request->deadline = *event.deadline;
      return;
  }
}

void Folding::offer(const Event& event) {
  INVARIANT(event.deadline);
  Assignment& assignment = assignment_of(event);
  Offer offer{event.basis,
              {},
              event.function,
              event.rule,
              event.units,
              event.position,
              event.accept_within_s,
              *event.deadline,
              at_};
  if (event.basis == OfferBasis::kTransfer) {
    // Without a message an offer that stood is renewed, because its unit ended.
    INVARIANT(message_ != nullptr || assignment.offer);
    offer.by = message_ != nullptr ? message_->sender : assignment.offer->by;
  }
  assignment.offer = std::move(offer);
}

void Folding::hand_over(const Event& event, AssignmentState state, std::optional<TimeUs> deadline) {
  Assignment& assignment = assignment_of(event);
  assignment.function = event.function;
  assignment.rule = event.rule;
  assignment.chain = event.units;
  assignment.position = event.position;
  assignment.state = state;
  assignment.deadline = deadline;
  assignment.asked_at = at_;
  assignment.accept_within_s = event.accept_within_s;
  // A request waits for the new owner.
  if (leads(event) && record_.request) record_.request->position = event.position;
}

void Folding::add_facts(const Event& event) {
  INVARIANT(message_ != nullptr && std::holds_alternative<NewFacts>(message_->body));
  const auto& body = std::get<NewFacts>(message_->body);
  record_.facts = body.facts;
  record_.proposed.reset();
  if (body.facts_version) record_.facts_version = version_;
  for (auto* list : {&record_.assignments, &record_.assists}) {
    for (Assignment& assignment : *list) {
      assignment.accept_within_s = event.accept_within_s;
      // More urgent facts shorten what is awaited; less urgent ones lengthen nothing.
      if (assignment.deadline) assignment.deadline = std::min(assignment.deadline, event.deadline);
    }
  }
}

void Folding::transfer(const Event& event) {
  hand_over(event, AssignmentState::kAccepted, std::nullopt);
  assignment_of(event).offer.reset();
}

void Folding::reopen(const Event& event) {
  record_.status = CaseStatus::kOpen;
  record_.erasure.reset();
  hand_over(event, AssignmentState::kRequested, event.deadline);
}

void Folding::request(const Event& event) {
  INVARIANT(event.deadline);
  record_.request = {event.unit, event.position, event.accept_within_s, *event.deadline, at_};
}

void Folding::propose() {
  INVARIANT(message_ != nullptr && std::holds_alternative<NewFacts>(message_->body));
  record_.proposed = {message_->sender, std::get<NewFacts>(message_->body).facts};
}

void Folding::exclude(const Event& event) {
  const bool returns = event.type == EventType::kReadmitted;
  INVARIANT(contains(record_.excluded, event.unit) == returns);
  INVARIANT(contains(record_.told, event.unit));
  if (returns) {
    std::erase(record_.excluded, event.unit);
  } else {
    record_.excluded.push_back(event.unit);
  }
}

void Folding::hold(const Event& event) {
  INVARIANT(record_.hold.has_value() == (event.type == EventType::kHoldLifted));
  record_.hold.reset();
  if (event.type == EventType::kHeld) record_.hold = LegalHold{event.legal_basis};
}

void Folding::erase(const Event& event) {
  INVARIANT(!record_.hold);
  record_.erasure.reset();
  if (event.type == EventType::kErased) {
    record_.erased = true;
  } else {
    record_.erasure = {event.unit, event.legal_basis};
  }
}

void Folding::fold(const Event& event) {
  switch (event.type) {
    case EventType::kOpened:
    case EventType::kLed:
      record_.lead = event.need;
      return;
    case EventType::kAssigned:
      return assign(event);
    case EventType::kWithheld:
      return withhold(event);
    case EventType::kInformed:
      record_.informed = event.units;
      return;
    case EventType::kReceived:
      assignment_of(event).state = AssignmentState::kReceived;
      return;
    case EventType::kAccepted:
      return settle(assignment_of(event), AssignmentState::kAccepted);
    case EventType::kDeclined:
      return decline(event);
    case EventType::kEscalated:
      return escalate(event);
    case EventType::kOverdue:
      return postpone(event);
    case EventType::kProgressed:
      assignment_of(event).state = event.state;
      return;
    case EventType::kCompleted:
      return settle(assignment_of(event), AssignmentState::kCompleted);
    case EventType::kCancelled:
      return settle(assignment_of(event), AssignmentState::kCancelled);
    case EventType::kOffered:
      return offer(event);
    case EventType::kOfferEnded:
      return assignment_of(event).offer.reset();
    case EventType::kTransferred:
      return transfer(event);
    case EventType::kMoved:
      return hand_over(event, event.state, event.deadline);
    case EventType::kReopened:
      return reopen(event);
    case EventType::kTransferRequested:
      return request(event);
    case EventType::kRequestEnded:
      return record_.request.reset();
    case EventType::kFactsAdded:
      return add_facts(event);
    case EventType::kLinked:
      return record_.related.push_back(event.case_id);
    case EventType::kFactsProposed:
      return propose();
    case EventType::kExcluded:
    case EventType::kReadmitted:
      return exclude(event);
    case EventType::kClosed:
      return close();
    case EventType::kErasureProposed:
    case EventType::kErased:
      return erase(event);
    case EventType::kHeld:
    case EventType::kHoldLifted:
      return hold(event);
    case EventType::kNoted:
    case EventType::kDelivered:
    case EventType::kUnreadable:
    case EventType::kCarried:
      return;
  }
}

bool seals_the_case(MessageKind kind) {
  return kind == MessageKind::kReferral || kind == MessageKind::kTransfer ||
         kind == MessageKind::kAssist || kind == MessageKind::kFacts ||
         kind == MessageKind::kReopen;
}

// Who has a part, is responsible, may read: each list only grows.
void remember(CaseRecord& record, const Message* message) {
  add_all(record.told, named_parties(record));
  record.for_each_assignment([&record](const Assignment& assignment, std::uint32_t) {
    add_unit(record.holders, assignment.unit());
  });
  if (message == nullptr || !seals_the_case(kind_of(*message))) return;
  add_all(record.readers, message->recipients);
}

std::optional<std::string> broken(const CaseRecord& record, const Assignment& assignment) {
  const std::string need(name_of(assignment.need));
  if (assignment.chain.empty() || assignment.position >= assignment.chain.size() ||
      assignment.unit().empty()) {
    return need + " has no unit";
  }
  if (assignment.deadline.has_value() != is_pending(assignment.state)) {
    return need + " has a deadline other than while an accept is awaited";
  }
  if (record.status == CaseStatus::kClosed && is_open(assignment.state)) {
    return need + " is open in a closed case";
  }
  if (!assignment.offer) return std::nullopt;
  const Offer& offer = *assignment.offer;
  if (!is_open(assignment.state)) return need + " is offered and not open";
  if (offer.chain.empty() || offer.position >= offer.chain.size()) return need + " has no offer";
  if (offer.unit() == assignment.unit()) return need + " is offered to the unit that holds it";
  return std::nullopt;
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
  record.readers.push_back(referral.sender);
  apply(record, outcome, &referral);
  return record;
}

void apply(CaseRecord& record, const Outcome& outcome, const Message* message,
           std::optional<TimeUs> at) {
  INVARIANT(!outcome.refusal);
  // To somebody who has no part in the case.
  const bool names_nobody = outcome.owner.empty();
  const std::uint32_t version = names_nobody ? record.version : outcome.case_version;
  INVARIANT(version == record.version || version == record.version + 1);
  INVARIANT(!names_nobody || outcome.case_version == 0);
  Folding folding(record, message, version, at);
  for (const Event& event : outcome.events) folding.fold(event);
  record.version = version;
  remember(record, message);
  const auto fault = broken_invariant(record);
  INVARIANT(!fault);
  INVARIANT(names_nobody || record.owner() == outcome.owner);
}

std::optional<TimeUs> kept_time(TimeUs entry_time, const Release& in_force) {
  if (in_force.edition < Edition::kFairWaits) return std::nullopt;
  return entry_time;
}

std::optional<std::string> broken_invariant(const CaseRecord& record) {
  if (record.version == 0) return "the version is 0";
  if (record.opener.empty()) return "nobody opened it";
  std::size_t leads = 0;
  const Assignment* previous = nullptr;
  for (const Assignment& assignment : record.assignments) {
    leads += assignment.need == record.lead ? 1 : 0;
    if (previous != nullptr && previous->need >= assignment.need) return "needs are out of order";
    if (auto fault = broken(record, assignment)) return fault;
    previous = &assignment;
  }
  if (leads != 1) return std::to_string(leads) + " assignments lead";
  for (const Assignment& assist : record.assists) {
    if (auto fault = broken(record, assist)) return fault;
  }
  if (!record.request) return std::nullopt;
  if (record.status == CaseStatus::kClosed) return "a transfer is requested of a closed case";
  if (record.request->position >= record.lead_assignment().chain.size()) {
    return "nobody is to answer the transfer request";
  }
  if (record.request->unit == record.owner()) return "the owner requests a transfer to itself";
  return std::nullopt;
}

std::optional<std::string> broken_invariant(const CaseRecord& record,
                                            const routing::RoutingTable& table, TimeUs now) {
  auto fault = broken_promise(record, table);
  if (record.status == CaseStatus::kClosed) return fault;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t assist) {
    const bool leads = assist == 0 && assignment.need == record.lead;
    if (!is_open(assignment.state) && !leads) return;
    const Unit* holder = table.unit(assignment.unit());
    if (holder == nullptr || !holder->validity.covers(now)) {
      fault = assignment.unit().str() + " is not active";
    }
    if (!is_open(assignment.state)) return;
    const Unit* last = table.unit(assignment.chain.back());
    if (last == nullptr || last->level != Level::kNational) {
      fault = "the chain of " + std::string(name_of(assignment.need)) + " ends in no national unit";
    }
  });
  return fault;
}

}  // namespace rujukan::decide
