// Opening a case: from a referral to its assignments.
#include "broker/base/limits.h"
#include "broker/decide/events.h"
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

Event opened_event(const routing::Route& route) {
  Event event{.type = EventType::kOpened};
  event.need = route.lead;
  event.unit = route.owner();
  return event;
}

// The owners of related cases, as far as they may know of this one.
void inform_owners(routing::Route& route, const MessageCommand& command,
                   const routing::RoutingTable& table, const Facts& facts) {
  for (const CaseRecord* related : command.related) {
    const UnitId& owner = related->owner();
    const Unit* unit = table.unit(owner);
    const bool holds = std::any_of(route.assignments.begin(), route.assignments.end(),
                                   [&](const auto& a) { return a.chain.front() == owner; });
    const bool may_know =
        unit != nullptr && table.permits(*unit, routing::RoutingTable::Part::kInformed, facts);
    if (!holds && may_know) add_unit(route.informed, owner);
  }
}

std::vector<Event> events_of(const routing::Route& route, const MessageCommand& command,
                             TimeUs now) {
  std::vector<Event> events;
  events.reserve(2 + route.assignments.size() + route.withheld.size() + command.related.size());
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
  for (const CaseRecord* related : command.related) {
    Event event = unit_event(EventType::kLinked, related->owner());
    event.case_id = related->case_id;
    events.push_back(std::move(event));
  }
  return events;
}

// A payload sealed for too few cannot be opened by who may own the case; for too many, it leaks.
// Requires: `right` without repeats.
bool same_units(const std::vector<UnitId>& units, const std::vector<UnitId>& right) {
  return units.size() == right.size() &&
         std::all_of(right.begin(), right.end(),
                     [&units](const UnitId& unit) { return contains(units, unit); });
}

// Whoever names a case must have a part in it; for everybody else it does not exist.
std::optional<Error> check_related(const MessageCommand& command,
                                   const routing::RoutingTable& table) {
  const UnitId& sender = command.message.sender;
  for (const CaseRecord* related : command.related) {
    const bool known = related != nullptr && contains(related->told, sender);
    if (!known || (on_present_facts(table) && !may_know(related->facts, sender, table))) {
      return Error{ErrorCode::kCaseUnknown, "related"};
    }
    if (related->related.size() >= limits::kRelatedEver) {
      return Error{ErrorCode::kRelatedLimit, "related"};
    }
  }
  return std::nullopt;
}

// Whoever has a part in the new case, now or when its turn comes, learns which cases its opening
// names.
std::optional<Error> check_told_of_related(const MessageCommand& command,
                                           const routing::Route& route,
                                           const routing::RoutingTable& table) {
  if (!on_present_facts(table)) return std::nullopt;
  std::vector<UnitId> learn = route.recipients();
  add_all(learn, route.informed);
  for (const CaseRecord* related : command.related) {
    const bool may = std::all_of(learn.begin(), learn.end(), [&](const UnitId& unit) {
      return may_know(related->facts, unit, table);
    });
    if (!may) return Error{ErrorCode::kRelatedExcluded, "related"};
  }
  return std::nullopt;
}

}  // namespace

Outcome open_case(const MessageCommand& command, const routing::RoutingTable& table, TimeUs now) {
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
  if (on_present_facts(table)) {
    if (const auto clear = check_consent(facts); !clear) return refuse(nullptr, clear.error());
  }
  if (auto error = check_related(command, table)) return refuse(nullptr, *std::move(error));
  auto route = table.route(facts, now);
  if (!route) return refuse(nullptr, route.error());
  inform_owners(*route, command, table, facts);
  if (auto error = check_told_of_related(command, *route, table)) {
    return refuse(nullptr, *std::move(error));
  }
  if (const auto right = route->recipients(); !same_units(message.recipients, right)) {
    Outcome outcome = refuse(nullptr, {ErrorCode::kRecipientsStale, "recipients"});
    outcome.recipients = right;
    return outcome;
  }
  if (auto early = sealed_too_early(message, table)) {
    Outcome stale = refuse(nullptr, *std::move(early));
    stale.recipients = message.recipients;
    return stale;
  }
  return accepted(events_of(*route, command, now), 1, route->owner());
}

Outcome decide(const CaseRecord& record, const LinkCommand& command,
               const routing::RoutingTable& table) {
  std::vector<Event> events;
  events.push_back(unit_event(EventType::kLinked, command.opened.owner()));
  events.back().case_id = command.opened.case_id;
  const Unit* owner = table.unit(command.opened.owner());
  const bool may_know = owner != nullptr &&
                        table.permits(*owner, routing::RoutingTable::Part::kInformed, record.facts);
  const bool room = record.informed.size() < limits::kInformed;
  if (may_know && room && !contains(named_parties(record), owner->id)) {
    Event informed{.type = EventType::kInformed};
    informed.units = record.informed;
    informed.units.push_back(owner->id);
    events.push_back(std::move(informed));
  }
  // Whoever may not know of the other case is not told, and so must not miss a version.
  if (on_present_facts(table)) return accepted(std::move(events), record.version, record.owner());
  return changed(record, std::move(events));
}

}  // namespace rujukan::decide
