// What follows when nobody answered in time, and the steps along a chain.
#include "broker/decide/events.h"

namespace rujukan::decide {
namespace {

// When the last unit of a chain is reminded again: after as long again as it was waited for, so
// that notices get rarer, and a week at most.
TimeUs next_notice(const CaseRecord& record, std::chrono::microseconds within,
                   std::optional<TimeUs> asked_at, const routing::RoutingTable& table, TimeUs now) {
  if (table.release().edition < Edition::kFairWaits) return now + within;
  constexpr std::chrono::microseconds kMost = std::chrono::weeks(1);
  const auto waited = now - asked_at.value_or(record.opened_at);
  return now + std::max(within, std::min(waited, kMost));
}

}  // namespace

Event next_offer(const Assignment& assignment, std::uint32_t assist, TimeUs now) {
  const Offer& offer = *assignment.offer;
  const std::uint32_t next = offer.position + 1;
  if (offer.chain[next] == assignment.unit()) {
    Event ended = assignment_event(EventType::kOfferEnded, assignment, assist);
    ended.unit = offer.unit();
    return ended;
  }
  Event event = step_event(EventType::kEscalated, Subject::kOffer, offer.chain, next,
                           now + Seconds(offer.answer_within_s));
  event.need = assignment.need;
  event.assist = assist;
  return event;
}

Outcome escalated(const CaseRecord& record, const Assignment& assignment, std::uint32_t assist,
                  std::uint32_t position, TimeUs now, std::optional<Event> before) {
  std::vector<Event> events;
  if (before) events.push_back(*std::move(before));
  const UnitId& next = assignment.chain[position];
  if (assignment.offer && assignment.offer->unit() == next) {
    Event ended = assignment_event(EventType::kOfferEnded, assignment, assist);
    ended.unit = next;
    events.push_back(std::move(ended));
  }
  Event event = step_event(EventType::kEscalated, Subject::kAssignment, assignment.chain, position,
                           now + Seconds(assignment.accept_within_s));
  event.need = assignment.need;
  event.assist = assist;
  events.push_back(std::move(event));
  const bool lead = leads(record, assignment, assist);
  if (lead && record.request && record.request->unit == next) {
    events.push_back(request_ended(record));
  }
  return accepted(std::move(events), record.version + 1, lead ? next : record.owner());
}

Outcome decide(const CaseRecord& record, const DeadlineCommand& command,
               const routing::RoutingTable& table, TimeUs now) {
  const auto again = [&](std::uint32_t within_s, std::optional<TimeUs> asked_at) {
    return next_notice(record, Seconds(within_s), asked_at, table, now);
  };
  if (command.subject == Subject::kRequest) {
    INVARIANT(record.request && record.request->deadline <= now);
    const std::vector<UnitId>& chain = record.lead_assignment().chain;
    const std::uint32_t position = record.request->position;
    const bool last = position + 1 == chain.size();
    const auto& request = *record.request;
    Event event = last ? step_event(EventType::kOverdue, Subject::kRequest, chain, position,
                                    again(request.answer_within_s, request.asked_at))
                       : step_event(EventType::kEscalated, Subject::kRequest, chain, position + 1,
                                    now + Seconds(request.answer_within_s));
    event.need = record.lead;
    return changed(record, {std::move(event)});
  }
  const Assignment* assignment = record.assignment(command.need, command.assist);
  INVARIANT(assignment != nullptr);
  if (command.subject == Subject::kOffer) {
    INVARIANT(assignment->offer && assignment->offer->deadline <= now);
    const Offer& offer = *assignment->offer;
    Event event = assignment_event(EventType::kOfferEnded, *assignment, command.assist);
    event.unit = offer.unit();
    if (offer.basis == OfferBasis::kTransfer) return changed(record, {std::move(event)});
    if (!offer.terminal()) {
      return changed(record, {next_offer(*assignment, command.assist, now)});
    }
    event = step_event(EventType::kOverdue, Subject::kOffer, offer.chain, offer.position,
                       again(offer.answer_within_s, offer.asked_at));
    event.need = assignment->need;
    event.assist = command.assist;
    return changed(record, {std::move(event)});
  }
  INVARIANT(assignment->deadline && *assignment->deadline <= now);
  if (!assignment->terminal()) {
    return escalated(record, *assignment, command.assist, assignment->position + 1, now);
  }
  Event event =
      step_event(EventType::kOverdue, Subject::kAssignment, assignment->chain, assignment->position,
                 again(assignment->accept_within_s, assignment->asked_at));
  event.need = assignment->need;
  event.assist = command.assist;
  return changed(record, {std::move(event)});
}

}  // namespace rujukan::decide
