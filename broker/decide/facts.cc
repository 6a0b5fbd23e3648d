// New facts: the table is evaluated again.
#include "broker/decide/events.h"
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

using Part = routing::RoutingTable::Part;

template <typename T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}
template <typename T>
std::vector<T> added(const std::vector<T>& before, const std::vector<T>& after) {
  std::vector<T> out;
  for (const T& value : after) {
    if (!holds(before, value)) out.push_back(value);
  }
  return out;
}

// Lists may grow; single values may change; nothing listed is taken back.
std::optional<Error> check_appended(const Facts& before, const Facts& after) {
  const auto lost = [](const auto& old_list, const auto& new_list) {
    return !added(new_list, old_list).empty();
  };
  const std::pair<const char*, bool> lists[] = {
      {"categories", lost(before.categories, after.categories)},
      {"victims", lost(before.victims, after.victims)},
      {"suspects", lost(before.suspects, after.suspects)},
      {"incidents", lost(before.incidents, after.incidents)},
      {"needs", lost(before.needs, after.needs)},
      {"legal_bases", lost(before.legal_bases, after.legal_bases)}};
  for (const auto& [field, is_lost] : lists) {
    if (is_lost) return Error{ErrorCode::kFactsNotAppended, field, "a value is gone"};
  }
  if (before == after) return Error{ErrorCode::kFactsNotAppended, "facts", "nothing is new"};
  return std::nullopt;
}

// The case under new facts; or under its facts by another table, of which only what the table's
// guarantees forbid follows.
class Reevaluation {
 public:
  Reevaluation(const CaseRecord& record, const routing::RoutingTable& table, TimeUs now,
               const Facts& facts, const routing::Route& route)
      : record_(record), table_(table), now_(now), facts_(facts), route_(route) {}

  // `added`: the event of new facts; nullopt for another table.
  Outcome decide(std::optional<Event> added) {
    by_facts_ = added.has_value();
    if (added) events_.push_back(*std::move(added));
    withhold();
    choose_lead();
    for (const routing::RoutedAssignment& routed : route_.assignments) reconsider(routed);
    exclude();
    inform();
    if (lead_moves_) {
      Event led{.type = EventType::kLed};
      led.need = route_.lead;
      led.unit = owner_;
      events_.push_back(std::move(led));
    }
    end_request();
    return accepted(std::move(events_), record_.version + 1, owner_);
  }

  // Of a case that stays closed: who may know of it follows from the facts, and nothing else.
  Outcome note(Event added) {
    owner_ = record_.owner();
    by_facts_ = false;
    events_.push_back(std::move(added));
    inform();
    return accepted(std::move(events_), record_.version + 1, owner_);
  }

 private:
  bool permitted(const UnitId& id, Part part) const {
    return all_permitted({id}, 0, part, facts_, table_);
  }
  bool permitted(const std::vector<UnitId>& chain, std::uint32_t position, Part part) const {
    return all_permitted(chain, position, part, facts_, table_);
  }
  // What the units of a need's own assignment must be permitted. Requires: choose_lead().
  Part part_of(Need need) const {
    return on_present_facts(table_) && will_lead(need) ? Part::kOwner : Part::kAssigned;
  }

  void withhold() {
    for (std::size_t i = 0; i < route_.withheld.size(); ++i) {
      if (holds(record_.withheld, route_.withheld[i])) continue;
      Event event{.type = EventType::kWithheld};
      event.need = route_.withheld[i];
      event.rule = route_.withheld_rules[i];
      events_.push_back(std::move(event));
    }
  }

  bool is_assigned(Need need) const {
    return std::any_of(route_.assignments.begin(), route_.assignments.end(),
                       [need](const auto& routed) { return routed.need == need; });
  }

  // Of a need that the table no longer assigns, and whose unit the new facts exclude.
  bool is_dropped(const Assignment& assignment) const {
    return is_open(assignment.state) && !is_assigned(assignment.need) &&
           !permitted(assignment.chain, assignment.position, Part::kAssigned);
  }

  // Of a need that was cancelled, and that the facts so far did not call for: older facts may have
  // excluded whoever had it. The lead is its owner's to take up again.
  bool is_called_for_anew(const Assignment* held) const {
    if (held == nullptr || held->state != AssignmentState::kCancelled) return false;
    if (held->need == record_.lead) return false;
    const auto so_far = table_.route(record_.facts, now_);
    return !so_far ||
           std::none_of(so_far->assignments.begin(), so_far->assignments.end(),
                        [held](const auto& routed) { return routed.need == held->need; });
  }

  // Whether the need may go on leading: its unit may own the case, or gives way to one that may.
  bool may_lead_on(const Assignment& lead) const {
    if (permitted(lead.unit(), Part::kOwner)) return true;
    if (!is_open(lead.state)) return false;
    return std::any_of(route_.assignments.begin(), route_.assignments.end(), [&](const auto& r) {
      return r.need == lead.need && permitted(r.chain, 0, Part::kOwner);
    });
  }

  // The lead stays with its need, and so the case with its owner, unless nobody may answer that
  // need any longer, or a guarantee gives the case to others.
  void choose_lead() {
    const Assignment& lead = record_.lead_assignment();
    // Whoever is done with it owns the case all the same.
    const bool done_and_excluded = !is_open(lead.state) && !permitted(lead.unit(), Part::kAssigned);
    lead_moves_ = holds(route_.withheld, lead.need) || is_dropped(lead) || done_and_excluded ||
                  (on_present_facts(table_) && !may_lead_on(lead));
    owner_ = record_.owner();
  }

  bool will_lead(Need need) const { return need == (lead_moves_ ? route_.lead : record_.lead); }

  void reconsider(const routing::RoutedAssignment& routed) {
    const Assignment* held = record_.assignment(routed.need);
    const bool must_lead = lead_moves_ && routed.need == route_.lead;
    // A need that was done stays done, unless it was withheld and is so no longer.
    const bool comes_back =
        must_lead ||
        (by_facts_ && (holds(record_.withheld, routed.need) || is_called_for_anew(held)));
    if (held == nullptr && !by_facts_ && !must_lead) return;
    if (held == nullptr || (comes_back && !is_open(held->state))) {
      events_.push_back(assigned_event(routed, route_.accept_within_s, now_));
      if (must_lead) owner_ = routed.chain.front();
      return;
    }
    if (must_lead) owner_ = held->unit();
    if (!is_open(held->state)) return;
    if (!permitted(held->chain, held->position, part_of(routed.need))) {
      move(*held, routed);
      return;
    }
    if (!by_facts_) {
      const bool forbidden = held->offer && !permitted(held->offer->chain, held->offer->position,
                                                       part_of(routed.need));
      if (forbidden) end_offer(*held, 0);
      return;
    }
    if (routed.chain == held->chain || contains(routed.chain, held->unit())) {
      // The unit that holds it is right; an offer that older facts called for is not.
      const bool overtaken = held->offer && (held->offer->basis == OfferBasis::kFacts ||
                                             !permitted(held->offer->chain, held->offer->position,
                                                        part_of(routed.need)));
      if (overtaken) end_offer(*held, 0);
      return;
    }
    if (held->offer && held->offer->chain == routed.chain) return;
    offer(*held, routed);
  }

  // At once: the new facts leave the unit that holds it no part in the case.
  void move(const Assignment& held, const routing::RoutedAssignment& routed) {
    if (held.offer) end_offer(held, 0);
    Event event = assigned_event(routed, route_.accept_within_s, now_);
    event.type = EventType::kMoved;
    event.state = AssignmentState::kRequested;
    if (will_lead(routed.need)) owner_ = event.unit;
    events_.push_back(std::move(event));
  }

  void offer(const Assignment& held, const routing::RoutedAssignment& routed) {
    if (held.offer) end_offer(held, 0);
    Event event = assigned_event(routed, route_.accept_within_s, now_);
    event.type = EventType::kOffered;
    event.basis = OfferBasis::kFacts;
    // Else facts that change again and again would put off for ever who has to answer.
    if (held.offer) event.deadline = std::min(*event.deadline, held.offer->deadline);
    events_.push_back(std::move(event));
  }

  void end_offer(const Assignment& assignment, std::uint32_t assist) {
    Event event = assignment_event(EventType::kOfferEnded, assignment, assist);
    event.unit = assignment.offer->unit();
    events_.push_back(std::move(event));
  }

  // Needs that are neither assigned nor withheld any longer stay with who works on them; units
  // that the facts exclude do not.
  void exclude() {
    record_.for_each_assignment([this](const Assignment& assignment, std::uint32_t assist) {
      if (!is_open(assignment.state) || holds(route_.withheld, assignment.need)) return;
      const bool out = assist == 0
                           ? is_dropped(assignment)
                           : !permitted(assignment.chain, assignment.position, Part::kAssigned);
      if (out) {
        events_.push_back(assignment_event(EventType::kCancelled, assignment, assist));
        return;
      }
      const bool reconsidered = assist == 0 && is_assigned(assignment.need);
      const bool offer_out = assignment.offer && !reconsidered &&
                             !permitted(assignment.offer->chain, assignment.offer->position,
                                        assist == 0 ? part_of(assignment.need) : Part::kAssigned);
      if (offer_out) end_offer(assignment, assist);
    });
  }

  void inform() {
    std::vector<UnitId> units;
    for (const auto* list : {&record_.informed, &route_.informed}) {
      if (list == &route_.informed && !by_facts_) continue;
      for (const UnitId& unit : *list) {
        if (permitted(unit, Part::kInformed)) add_unit(units, unit);
      }
    }
    if (units == record_.informed) return;
    Event event{.type = EventType::kInformed};
    event.units = std::move(units);
    events_.push_back(std::move(event));
  }

  void end_request() {
    if (!record_.request) return;
    const UnitId& unit = record_.request->unit;
    const bool stands = !lead_moves_ && unit != owner_ && permitted(unit, Part::kOwner);
    if (!stands) events_.push_back(request_ended(record_));
  }

  const CaseRecord& record_;
  const routing::RoutingTable& table_;
  const TimeUs now_;
  const Facts& facts_;
  const routing::Route& route_;
  bool by_facts_ = true;
  bool lead_moves_ = false;
  UnitId owner_;
  std::vector<Event> events_;
};

// What the sender's agency may not ask for, it may not add either.
Result<void> may_add(const Context& context, const Facts& facts) {
  Facts more;
  more.categories = added(context.record.facts.categories, facts.categories);
  more.needs = added(context.record.facts.needs, facts.needs);
  if (more.categories.empty() && more.needs.empty()) return {};
  const Unit* sender = context.table.unit(context.message.sender);
  INVARIANT(sender != nullptr);
  return context.table.may_open(sender->agency, more);
}

// The sender saw the facts that it changes: it names their version, however often it was told that
// the case has moved on.
std::optional<Error> check_seen(const CaseRecord& record, const NewFacts& body) {
  if (body.facts_version == record.facts_version) return std::nullopt;
  return Error{ErrorCode::kCaseStale, "facts_seen",
               "they hold since version " + std::to_string(record.facts_version)};
}

// Whether a unit of another agency proposed the same facts before.
bool agrees(const Context& context, const NewFacts& body) {
  const auto& proposed = context.record.proposed;
  if (!proposed || proposed->facts != body.facts) return false;
  const Unit* proposer = context.table.unit(proposed->by);
  const Unit* sender = context.table.unit(context.message.sender);
  INVARIANT(proposer != nullptr && sender != nullptr);
  return proposer->agency != sender->agency;
}

}  // namespace

Result<void> check_consent(const Facts& facts) {
  const bool unclear =
      facts.consent == Consent::kWithheldPolice && facts.victim_age == VictimAge::kUnknown;
  if (!unclear) return {};
  return Error{ErrorCode::kFactsInvalid, "consent",
               "withheld_police counts for an adult only: say whether the victim is one"};
}

bool needs_second_agency(const Facts& before, const Facts& after, const Release& release) {
  const auto required = [&release](SecondAgencyFor change) {
    return holds(release.second_agency_for, change);
  };
  const bool lifted =
      before.consent == Consent::kWithheldPolice && after.consent != Consent::kWithheldPolice;
  if (lifted && required(SecondAgencyFor::kWithdrawalLifted)) return true;
  const bool changed =
      (before.victim_age == VictimAge::kAdult) != (after.victim_age == VictimAge::kAdult);
  return changed && required(SecondAgencyFor::kAdulthoodChanged);
}

Outcome add_facts(const Context& context, const NewFacts& body) {
  const CaseRecord& record = context.record;
  const routing::RoutingTable& table = context.table;
  if (on_present_facts(table)) {
    if (auto error = check_seen(record, body)) return refuse(&record, *std::move(error));
    if (const auto clear = check_consent(body.facts); !clear) {
      return refuse(&record, clear.error());
    }
  }
  if (auto error = check_appended(record.facts, body.facts)) {
    return refuse(&record, *std::move(error));
  }
  if (const auto allowed = may_add(context, body.facts); !allowed) {
    return refuse(&record, allowed.error());
  }
  const auto route = table.route(body.facts, context.now);
  if (!route) return refuse(&record, route.error());
  const UnitId& sender = context.message.sender;
  const bool proposes =
      needs_second_agency(record.facts, body.facts, table.release()) && !agrees(context, body);
  if (proposes) return changed(record, {unit_event(EventType::kFactsProposed, sender)});
  Event added = unit_event(EventType::kFactsAdded, sender);
  added.accept_within_s = route->accept_within_s;
  added.deadline = context.now + Seconds(route->accept_within_s);
  const auto reevaluation = [&](const CaseRecord& of) {
    return Reevaluation(of, table, context.now, body.facts, *route);
  };
  if (record.status == CaseStatus::kOpen) return reevaluation(record).decide(std::move(added));
  // Nobody could read any more who needs help; who is kept out is so all the same.
  if (record.erased) return reevaluation(record).note(std::move(added));
  // Where the facts let nobody own it under the need that led, it returns to whom it had, and they
  // have to move it on at once.
  const std::optional<Event> renewed = reopened(context, body.facts);
  const Event event = renewed.value_or(reopened_as_it_was(record, context.now));
  Outcome outcome = accepted({event}, record.version + 1, event.unit);
  CaseRecord open = record;
  apply(open, outcome, nullptr);
  Outcome then = reevaluation(open).decide(std::move(added));
  if (!renewed && then.owner == event.unit) {
    return refuse(&record, {ErrorCode::kRoutingNoUnit, "case_id"});
  }
  std::ranges::move(then.events, std::back_inserter(outcome.events));
  outcome.owner = std::move(then.owner);
  return outcome;
}

std::optional<Outcome> review(const CaseRecord& record, const routing::RoutingTable& table,
                              TimeUs now) {
  const auto route = table.route(record.facts, now);
  if (!route) return std::nullopt;
  Outcome outcome = Reevaluation(record, table, now, record.facts, *route).decide(std::nullopt);
  CaseRecord after = record;
  apply(after, outcome, nullptr);
  if (outcome.events.empty() || broken_promise(after, table)) return std::nullopt;
  return outcome;
}

}  // namespace rujukan::decide
