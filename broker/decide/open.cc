#include "broker/decide/open.h"

#include <algorithm>

#include "broker/decide/refusal.h"

namespace rujukan::decide {
namespace {

Event opened_event(const routing::Route& route) {
  Event event{.type = EventType::kOpened};
  event.need = route.lead;
  event.unit = route.owner();
  return event;
}

Event assigned_event(const routing::RoutedAssignment& assignment, std::uint32_t accept_within_s,
                     TimeUs now) {
  Event event{.type = EventType::kAssigned};
  event.need = assignment.need;
  event.unit = assignment.chain.front();
  event.function = assignment.function;
  event.rule = assignment.rule;
  event.units = assignment.chain;
  event.accept_within_s = accept_within_s;
  event.deadline = now + Seconds(accept_within_s);
  return event;
}

std::vector<Event> events_of(const routing::Route& route, TimeUs now) {
  std::vector<Event> events;
  events.push_back(opened_event(route));
  for (const routing::RoutedAssignment& assignment : route.assignments) {
    events.push_back(assigned_event(assignment, route.accept_within_s, now));
  }
  for (std::size_t i = 0; i < route.withheld.size(); ++i) {
    Event event{.type = EventType::kWithheld};
    event.need = route.withheld[i];
    event.rule = route.withheld_rules[i];
    events.push_back(std::move(event));
  }
  if (!route.informed.empty()) {
    Event event{.type = EventType::kInformed};
    event.units = route.informed;
    events.push_back(std::move(event));
  }
  return events;
}

// A payload sealed for too few cannot be opened by who may own the case; for too many, it leaks.
bool same_units(std::vector<UnitId> left, std::vector<UnitId> right) {
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

}  // namespace

Outcome open_case(const CaseRecord* record, const MessageCommand& command,
                  const routing::RoutingTable& table, TimeUs now) {
  // Message ids are unique in the log, so a case can only exist if ids were conflated.
  INVARIANT(record == nullptr);
  const Message& message = command.message;
  const Facts& facts = std::get<Referral>(message.body).facts;
  if (!message.payload) return refuse(nullptr, {ErrorCode::kPayloadMissing, "payload"});
  const Release& release = table.release();
  if (release.validity.until && now >= *release.validity.until) {
    return refuse(nullptr, {ErrorCode::kReleaseExpired, "release_version"});
  }
  const Unit* sender = table.unit(message.sender);
  if (sender == nullptr || !sender->validity.covers(now)) {
    return refuse(nullptr, {ErrorCode::kPermissionDenied, "sender", "the unit is not active"});
  }
  if (const auto allowed = table.may_open(sender->agency, facts); !allowed) {
    return refuse(nullptr, allowed.error());
  }
  const auto route = table.route(facts, now);
  if (!route) return refuse(nullptr, route.error());
  if (const auto right = route->recipients(); !same_units(message.recipients, right)) {
    Outcome outcome = refuse(nullptr, {ErrorCode::kRecipientsStale, "recipients"});
    outcome.recipients = right;
    return outcome;
  }
  return accepted(events_of(*route, now), 1, route->owner());
}

}  // namespace rujukan::decide
