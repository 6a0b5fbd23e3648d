#include "broker/decide/decide.h"

#include "broker/decide/events.h"
#include "broker/decide/parties.h"
#include "broker/decide/permitted.h"

namespace rujukan::decide {
namespace {

// Whether a guarantee keeps the sender out of the case.
bool is_kept_out(const Context& context) {
  return on_present_facts(context.table) &&
         !may_know(context.record.facts, context.message.sender, context.table);
}

// One overload per kind; each returns events or a refusal for a message that the table permits.
struct KindDecision {
  const Context& context;
  const Named& named;
  const CaseRecord& record = context.record;
  const Message& message = context.message;

  const Assignment& assignment() const { return *named.assignment; }
  Outcome refused(Error error) const { return refuse(&record, std::move(error)); }
  Event about_it(EventType type) const {
    return assignment_event(type, assignment(), named.assist);
  }

  // Decided by open_case before a record is looked at.
  Outcome operator()(const Referral&) const {
    INVARIANT(false);
    return {};
  }

  Outcome operator()(const Accept& body) const {
    if (body.subject == Subject::kOffer) return accept_offer();
    std::vector<Event> events{about_it(EventType::kAccepted)};
    const bool takes_the_lead =
        named.assist == 0 && body.need < record.lead && may_lead(assignment());
    if (!takes_the_lead) return changed(record, std::move(events));
    // New facts called for a need that leads before the present one: its unit owns from here on.
    const auto& offer = assignment().offer;
    if (offer && on_present_facts(context.table) && !may_own(offer->chain, offer->position)) {
      events.push_back(offer_ended());
    }
    events.push_back(about_it(EventType::kLed));
    if (record.request) events.push_back(request_ended(record));
    return accepted(std::move(events), record.version + 1, message.sender);
  }

  Outcome operator()(const Decline& body) const {
    switch (body.subject) {
      case Subject::kAssignment:
        return decline_assignment(body);
      case Subject::kOffer:
        return decline_offer(body);
      case Subject::kRequest: {
        Event declined = unit_event(EventType::kDeclined, message.sender);
        declined.need = record.lead;
        declined.subject = Subject::kRequest;
        declined.reason = body.reason;
        return changed(record, {std::move(declined)});
      }
    }
    INVARIANT(false);
  }

  // An acknowledgement of a delivery; when it is the responsible unit's, its assignments move on.
  Outcome operator()(const Received&) const {
    std::vector<Event> events;
    if (context.since(Edition::kPresentFacts)) {
      if (auto error = check_mail()) return refused(*std::move(error));
      // What was acknowledged before, once more: it changes nothing.
      const auto& mail = context.mail;
      if (std::find(mail.begin(), mail.end(), Mail::kWaiting) == mail.end()) {
        return unchanged(EventType::kDelivered);
      }
    }
    record.for_each_assignment([&](const Assignment& a, std::uint32_t assist) {
      if (a.unit() == message.sender && a.state == AssignmentState::kRequested) {
        events.push_back(assignment_event(EventType::kReceived, a, assist));
      }
    });
    if (!events.empty()) return changed(record, std::move(events));
    return unchanged(EventType::kDelivered);
  }

  // Who sealed it hears of it, and the case goes on as it would have: an answer is still awaited.
  Outcome operator()(const Unreadable&) const {
    if (!context.since(Edition::kPresentFacts)) {
      return refused({ErrorCode::kPermissionDenied, "body", "from edition 2 on"});
    }
    if (auto error = check_mail()) return refused(*std::move(error));
    return unchanged(EventType::kUnreadable);
  }

  Outcome operator()(const Note&) const {
    if (!message.payload) return refused({ErrorCode::kPayloadMissing, "payload"});
    return unchanged(EventType::kNoted);
  }

  Outcome operator()(const Progress& body) const {
    if (assignment().state == body.state) {
      return refused({ErrorCode::kAssignmentState, "state",
                      "the assignment is " + std::string(name_of(body.state))});
    }
    Event event = about_it(EventType::kProgressed);
    event.state = body.state;
    return changed(record, {std::move(event)});
  }

  Outcome operator()(const Complete&) const { return end(about_it(EventType::kCompleted)); }

  Outcome operator()(const Close&) const {
    const Assignment* open = nullptr;
    record.for_each_assignment([&open](const Assignment& a, std::uint32_t) {
      if (open == nullptr && is_open(a.state)) open = &a;
    });
    if (open != nullptr) {
      return refused(
          {ErrorCode::kCaseOpenAssignments, "case_id",
           std::string(name_of(open->need)) + " is " + std::string(name_of(open->state))});
    }
    return changed(record, {unit_event(EventType::kClosed, message.sender)});
  }

  Outcome operator()(const Transfer& body) const { return offer_transfer(context, named, body); }
  Outcome operator()(const TransferRequest&) const { return request_transfer(context); }
  Outcome operator()(const Assist& body) const { return ask_for_help(context, body); }
  Outcome operator()(const NewFacts& body) const { return add_facts(context, body); }

  Outcome operator()(const Cancel& body) const {
    switch (body.subject) {
      case Subject::kAssignment: {
        Event event = about_it(EventType::kCancelled);
        event.reason = body.reason;
        return end(std::move(event));
      }
      case Subject::kOffer:
        return changed(record, {offer_ended()});
      case Subject::kRequest:
        return changed(record, {request_ended(record)});
    }
    INVARIANT(false);
  }

  Outcome operator()(const Reopen&) const {
    if (record.erased) {
      return refused({ErrorCode::kPayloadErased, "case_id", "nobody could read who needs help"});
    }
    std::optional<Event> event = reopened(context, record.facts);
    if (!event) return refused({ErrorCode::kRoutingNoUnit, "case_id"});
    const UnitId owner = event->unit;
    std::vector<Event> events{*std::move(event)};
    // A release that came into force meanwhile may keep somebody out.
    std::vector<UnitId> informed = record.informed;
    std::erase_if(informed, [this](const UnitId& unit) {
      return !may_know(record.facts, unit, context.table);
    });
    if (on_present_facts(context.table) && informed != record.informed) {
      events.push_back(Event{.type = EventType::kInformed, .units = std::move(informed)});
    }
    return accepted(std::move(events), record.version + 1, owner);
  }

  // The owner proposes; another unit of the case consents, or an administrator's order.
  Outcome operator()(const Erase& body) const {
    if (record.hold) return refused({ErrorCode::kCaseHeld, "case_id"});
    const bool same_basis = record.erasure && record.erasure->legal_basis == body.legal_basis;
    const bool consents = same_basis && record.erasure->by != message.sender &&
                          !(second_agency_erases() && same_agency(record.erasure->by));
    if (!consents && record.owner() != message.sender) {
      return refused({ErrorCode::kCaseNotOwner, "sender",
                      !record.erasure ? "nothing is proposed"
                      : same_basis    ? "a unit of another agency has to agree"
                                      : "another legal basis was proposed"});
    }
    Event event =
        unit_event(consents ? EventType::kErased : EventType::kErasureProposed, message.sender);
    event.legal_basis = body.legal_basis;
    return changed(record, {std::move(event)});
  }

 private:
  // From the position on: each may come to own the case.
  bool may_own(const std::vector<UnitId>& chain, std::size_t position = 0) const {
    return all_permitted(chain, position, routing::RoutingTable::Part::kOwner, record.facts,
                         context.table);
  }
  bool may_lead(const Assignment& assignment) const {
    return !on_present_facts(context.table) || may_own(assignment.chain, assignment.position);
  }
  bool second_agency_erases() const {
    const auto& changes = context.table.release().second_agency_for;
    return std::find(changes.begin(), changes.end(), SecondAgencyFor::kErasure) != changes.end();
  }
  bool same_agency(const UnitId& other) const {
    const Unit* one = context.table.unit(message.sender);
    const Unit* two = context.table.unit(other);
    return one != nullptr && two != nullptr && one->agency == two->agency;
  }

  Outcome unchanged(EventType type) const {
    return accepted({unit_event(type, message.sender)}, record.version, record.owner());
  }

  // A party was told of every entry of its case, so what is not in its mailbox it acknowledged
  // before. Of who has left only the mailbox tells.
  std::optional<Error> check_mail() const {
    INVARIANT(context.mail.size() == entries_named(message).size());
    const bool is_party = contains(parties(record, context.table), message.sender);
    for (std::size_t i = 0; i < context.mail.size(); ++i) {
      const Mail mail = context.mail[i];
      if (mail == Mail::kWaiting || (mail == Mail::kOfCase && is_party)) continue;
      return Error{ErrorCode::kReceivedUnknown, "entries", "the " + std::to_string(i + 1) + "."};
    }
    return std::nullopt;
  }

  Event offer_ended() const {
    Event event = about_it(EventType::kOfferEnded);
    event.unit = assignment().offer->unit();
    return event;
  }

  // With the assignment ends what was awaited of it.
  Outcome end(Event last) const {
    std::vector<Event> events;
    if (assignment().offer) events.push_back(offer_ended());
    events.push_back(std::move(last));
    const bool lead = leads(record, assignment(), named.assist);
    if (lead && record.request) events.push_back(request_ended(record));
    return changed(record, std::move(events));
  }

  Outcome decline_assignment(const Decline& body) const {
    if (assignment().terminal()) return refused({ErrorCode::kAssignmentTerminal, "need"});
    const std::uint32_t next = assignment().position + 1;
    Event declined = about_it(EventType::kDeclined);
    declined.reason = body.reason;
    return escalated(record, assignment(), named.assist, next, context.now, std::move(declined));
  }

  Outcome decline_offer(const Decline& body) const {
    const Offer& offer = *assignment().offer;
    const bool by_facts = offer.basis == OfferBasis::kFacts;
    if (by_facts && offer.terminal()) return refused({ErrorCode::kAssignmentTerminal, "need"});
    Event declined = about_it(EventType::kDeclined);
    declined.unit = message.sender;
    declined.subject = Subject::kOffer;
    declined.reason = body.reason;
    std::vector<Event> events{std::move(declined)};
    if (by_facts) {
      events.push_back(next_offer(assignment(), named.assist, context.now));
    }
    return changed(record, std::move(events));
  }

  Outcome accept_offer() const {
    const Offer& offer = *assignment().offer;
    Event event = about_it(EventType::kTransferred);
    event.unit = message.sender;
    event.function = offer.function;
    event.rule = offer.rule;
    event.units = offer.chain;
    event.position = offer.position;
    event.accept_within_s = assignment().accept_within_s;
    std::vector<Event> events{std::move(event)};
    // Whoever is now responsible need not help itself.
    for (std::size_t i = 0; i < record.assists.size(); ++i) {
      const Assignment& assist = record.assists[i];
      const bool same = named.assist != i + 1 && assist.need == assignment().need &&
                        is_open(assist.state) && assist.unit() == message.sender;
      if (!same) continue;
      if (assist.offer) {
        Event ended =
            assignment_event(EventType::kOfferEnded, assist, static_cast<std::uint32_t>(i + 1));
        ended.unit = assist.offer->unit();
        events.push_back(std::move(ended));
      }
      events.push_back(
          assignment_event(EventType::kCancelled, assist, static_cast<std::uint32_t>(i + 1)));
    }
    const bool lead = leads(record, assignment(), named.assist);
    if (lead && record.request) {
      const bool answered =
          record.request->unit == message.sender || offer.function != assignment().function;
      if (answered) events.push_back(request_ended(record));
    }
    return accepted(std::move(events), record.version + 1, lead ? message.sender : record.owner());
  }
};

// Who was responsible and has no part any more is told where it went: a late answer is no
// stranger's.
std::optional<Error> has_left(const Context& context, Roles roles) {
  const CaseRecord& record = context.record;
  if (!context.since(Edition::kFairWaits) || (roles & kParty) != 0) return std::nullopt;
  if (!contains(record.holders, context.message.sender)) return std::nullopt;
  const auto need = need_of(context.message.body);
  const Assignment* assignment = need ? record.assignment(*need) : nullptr;
  if (assignment == nullptr || !assignment->asked_at) return std::nullopt;
  return Error{ErrorCode::kAssignmentNotYours, "sender", moved_to(record, *assignment)};
}

Outcome decide_heard(const Context& context, Roles roles) {
  const CaseRecord& record = context.record;
  const Message& message = context.message;
  const bool stale =
      compares_version(kind_of(message)) && message.expected_version != record.version;
  const Error is_stale{ErrorCode::kCaseStale, "expected_version",
                       "current " + std::to_string(record.version)};
  if (auto error = has_left(context, roles)) return refuse(nullptr, *std::move(error));
  if (auto error = check_known(record, message, roles, context.table.release().edition)) {
    // Who has not heard of what changed has not heard of the caveat that came with it either.
    const bool heard_less = stale && error->code == ErrorCode::kHandlingMismatch;
    if (heard_less && context.since(Edition::kFairWaits)) return refuse(&record, is_stale);
    // A stranger learns nothing about the case, not even its version.
    const bool stranger = error->code == ErrorCode::kCaseUnknown;
    return refuse(stranger ? nullptr : &record, *std::move(error));
  }
  INVARIANT(!needs_succession(record, context.table, context.now));
  if (stale) return refuse(&record, is_stale);
  const Named named = find_named(record, message);
  if (auto error = check_permitted(record, message, named)) {
    return refuse(&record, *std::move(error));
  }
  Outcome outcome = std::visit(KindDecision{context, named}, message.body);
  if (outcome.refusal) return outcome;
  return check_recipients(context, std::move(outcome));
}

Outcome decide_known(const Context& context) {
  if (!is_kept_out(context)) {
    return decide_heard(context, roles_of(context.record, context.message.sender));
  }
  // It may say that it was told so, and is a stranger otherwise; it learns nothing of the case.
  if (kind_of(context.message) != MessageKind::kReceived) {
    return refuse(nullptr, {ErrorCode::kCaseUnknown, "case_id"});
  }
  Outcome outcome = decide_heard(context, kFormer);
  outcome.case_version = 0;
  outcome.owner = UnitId();
  return outcome;
}

}  // namespace

std::optional<Event> reopened(const Context& context, const Facts& facts) {
  constexpr auto kOwns = routing::RoutingTable::Part::kOwner;
  const routing::RoutingTable& table = context.table;
  const Assignment& lead = context.record.lead_assignment();
  Event event = reopened_as_it_was(context.record, context.now);
  event.units =
      renewed_chain(lead.chain, lead.position, lead.function, {facts, table, context.now, kOwns});
  if (on_present_facts(table) && !all_permitted(event.units, 0, kOwns, facts, table)) {
    // The release or the facts may have changed since the case was closed.
    const auto route = table.route(facts, context.now);
    if (!route) return std::nullopt;
    const auto routed =
        std::ranges::find(route->assignments, lead.need, &routing::RoutedAssignment::need);
    if (routed == route->assignments.end()) return std::nullopt;
    event.function = routed->function;
    event.rule = routed->rule;
    event.units = routed->chain;
  }
  if (event.units.empty()) return std::nullopt;
  event.unit = event.units.front();
  event.position = 0;
  return event;
}

Outcome decide(const CaseRecord* record, const MessageCommand& command,
               const routing::RoutingTable& table, TimeUs now) {
  const Message& message = command.message;
  if (message.release > table.release().version) {
    return refuse(nullptr, {ErrorCode::kReleaseUnknown, "release_version"});
  }
  if (kind_of(message) == MessageKind::kReferral) {
    // Message ids are unique in the log, so a case can only exist if ids were conflated.
    INVARIANT(record == nullptr);
    return open_case(command, table, now);
  }
  // The same answer whether the case does not exist or is none of the sender's business.
  if (record == nullptr) return refuse(nullptr, {ErrorCode::kCaseUnknown, "case_id"});
  return decide_known({*record, message, table, now, command.mail});
}

std::vector<LogIndex> entries_named(const Message& message) {
  if (const auto* received = std::get_if<Received>(&message.body)) return received->entries;
  if (const auto* unreadable = std::get_if<Unreadable>(&message.body)) return {unreadable->entry};
  return {};
}

bool uses_up_id(const Outcome& outcome) {
  if (!outcome.refusal) return true;
  static constexpr ErrorCode kEnvelope[] = {
      ErrorCode::kMessageMalformed,     ErrorCode::kMessageTooLarge,
      ErrorCode::kMessageInvalid,       ErrorCode::kMessageSender,
      ErrorCode::kMessageConflict,      ErrorCode::kPayloadMissing,
      ErrorCode::kPayloadTooLarge,      ErrorCode::kPayloadUnexpected,
      ErrorCode::kPayloadDigest,        ErrorCode::kStationUnknown,
      ErrorCode::kStationUnitNotServed, ErrorCode::kSubmissionKeyUnknown,
      ErrorCode::kLegalBasisUnknown,    ErrorCode::kCustodianUnknown,
      ErrorCode::kIdentityNumber,       ErrorCode::kNameUnknown,
      ErrorCode::kSealMalformed,        ErrorCode::kSealRecipients};
  return std::find(std::begin(kEnvelope), std::end(kEnvelope), outcome.refusal->code) ==
         std::end(kEnvelope);
}

bool withholds_message(const Outcome& outcome, Edition edition) {
  if (!outcome.refusal || edition < Edition::kPresentFacts) return false;
  static constexpr ErrorCode kUnvouched[] = {
      ErrorCode::kMessageMalformed, ErrorCode::kMessageInvalid, ErrorCode::kLegalBasisUnknown,
      ErrorCode::kCustodianUnknown, ErrorCode::kIdentityNumber, ErrorCode::kNameUnknown};
  return std::find(std::begin(kUnvouched), std::end(kUnvouched), outcome.refusal->code) !=
         std::end(kUnvouched);
}

Outcome decide_carry(const CaseRecord& record) {
  Event carried{.type = EventType::kCarried, .need = record.lead};
  carried.unit = record.owner();
  Outcome outcome;
  outcome.events.push_back(std::move(carried));
  outcome.case_version = record.version;
  outcome.owner = record.owner();
  return outcome;
}

}  // namespace rujukan::decide
