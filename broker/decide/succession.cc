// What becomes of a case when a unit ends that holds or awaits a part of it.
#include "broker/decide/events.h"
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

bool is_active(const UnitId& id, const routing::RoutingTable& table, TimeUs now) {
  const Unit* unit = table.unit(id);
  return unit != nullptr && unit->validity.covers(now);
}

bool all_active(const std::vector<UnitId>& chain, std::uint32_t position,
                const routing::RoutingTable& table, TimeUs now) {
  return std::all_of(chain.begin() + position, chain.end(),
                     [&](const UnitId& unit) { return is_active(unit, table, now); });
}

// The unit of the lead assignment owns the case, also when that one is done.
bool has_to_go_on(const CaseRecord& record, const Assignment& assignment, std::uint32_t assist) {
  return is_open(assignment.state) || leads(record, assignment, assist);
}

// Whether those are active who hold it or may have to; of one that is done, who holds it.
bool can_go_on(const Assignment& assignment, const routing::RoutingTable& table, TimeUs now) {
  if (!is_open(assignment.state)) return is_active(assignment.unit(), table, now);
  return all_active(assignment.chain, assignment.position, table, now);
}

// Of those that hold or await a part.
bool has_ended_units(const CaseRecord& record, const routing::RoutingTable& table, TimeUs now) {
  if (!table.any_inactive(now)) return false;
  bool needed = record.request && !is_active(record.request->unit, table, now);
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t assist) {
    if (needed || !has_to_go_on(record, assignment, assist)) return;
    needed = !can_go_on(assignment, table, now);
    if (assignment.offer) {
      needed =
          needed || !all_active(assignment.offer->chain, assignment.offer->position, table, now);
    }
  });
  return needed;
}

// Decides for one record.
class Succession {
 public:
  Succession(const CaseRecord& record, const routing::RoutingTable& table, TimeUs now)
      : record_(record), table_(table), now_(now), owner_(record.owner()) {}

  std::optional<Outcome> decide() {
    bool lost = false;
    record_.for_each_assignment([&](const Assignment& assignment, std::uint32_t assist) {
      if (has_to_go_on(record_, assignment, assist)) lost = lost || !renew(assignment, assist);
    });
    if (lost) return std::nullopt;
    if (record_.request) {
      const UnitId& unit = record_.request->unit;
      if (unit == owner_ || !is_active(unit, table_, now_)) {
        events_.push_back(request_ended(record_));
      }
    }
    INVARIANT(!events_.empty());
    return accepted(std::move(events_), record_.version + 1, owner_);
  }

 private:
  // False: there is no unit for it.
  bool renew(const Assignment& assignment, std::uint32_t assist) {
    UnitId holder = assignment.unit();
    if (!can_go_on(assignment, table_, now_)) {
      Event moved = assignment_event(EventType::kMoved, assignment, assist);
      moved.function = assignment.function;
      moved.rule = assignment.rule;
      moved.units = new_chain(assignment, assist, moved);
      if (moved.units.empty()) return false;
      moved.unit = moved.units.front();
      moved.accept_within_s = assignment.accept_within_s;
      const bool stays = moved.unit == assignment.unit();
      // What is done stays done; its new unit owns the case.
      const bool asked = !stays && is_open(assignment.state);
      moved.state = asked ? AssignmentState::kRequested : assignment.state;
      moved.deadline = assignment.deadline;
      if (asked) moved.deadline = now_ + Seconds(assignment.accept_within_s);
      holder = moved.unit;
      if (leads(record_, assignment, assist)) owner_ = holder;
      events_.push_back(std::move(moved));
    }
    if (assignment.offer) renew_offer(assignment, assist, holder);
    return true;
  }

  // The successor's; without one, what the table says for the case; else the next of the chain.
  std::vector<UnitId> new_chain(const Assignment& assignment, std::uint32_t assist,
                                Event& moved) const {
    const bool ended = !is_active(assignment.unit(), table_, now_);
    const Renewal renewal = renewal_of(assignment, assist);
    const Unit* successor = table_.stand_in(assignment.unit(), now_);
    const bool succeeded =
        successor != nullptr && table_.permits(*successor, renewal.part, record_.facts);
    auto renewed =
        renewed_chain(assignment.chain, assignment.position, assignment.function, renewal);
    const bool forbidden =
        on_present_facts(table_) && !all_permitted(renewed, 0, renewal.part, record_.facts, table_);
    if (((ended && !succeeded) || forbidden) && assist == 0) {
      const auto route = table_.route(record_.facts, now_);
      if (route) {
        for (const routing::RoutedAssignment& routed : route->assignments) {
          if (routed.need != assignment.need) continue;
          moved.function = routed.function;
          moved.rule = routed.rule;
          return routed.chain;
        }
      }
    }
    return forbidden ? std::vector<UnitId>() : std::move(renewed);
  }

  Renewal renewal_of(const Assignment& assignment, std::uint32_t assist) const {
    using Part = routing::RoutingTable::Part;
    const Part part = leads(record_, assignment, assist) ? Part::kOwner : Part::kAssigned;
    return {record_.facts, table_, now_, part};
  }

  void renew_offer(const Assignment& assignment, std::uint32_t assist, const UnitId& holder) {
    const Offer& offer = *assignment.offer;
    if (all_active(offer.chain, offer.position, table_, now_) && offer.unit() != holder) return;
    const bool goes_on =
        table_.stand_in(offer.unit(), now_) != nullptr || offer.basis == OfferBasis::kFacts;
    const auto chain =
        renewed_chain(offer.chain, offer.position, offer.function, renewal_of(assignment, assist));
    const bool forbidden =
        on_present_facts(table_) &&
        !all_permitted(chain, 0, renewal_of(assignment, assist).part, record_.facts, table_);
    if (!goes_on || chain.empty() || chain.front() == holder || forbidden) {
      Event ended = assignment_event(EventType::kOfferEnded, assignment, assist);
      ended.unit = offer.unit();
      events_.push_back(std::move(ended));
      return;
    }
    Event renewed = assignment_event(EventType::kOffered, assignment, assist);
    renewed.basis = offer.basis;
    renewed.function = offer.function;
    renewed.rule = offer.rule;
    renewed.unit = chain.front();
    renewed.units = chain;
    renewed.accept_within_s = offer.answer_within_s;
    const bool stays = chain.front() == offer.unit();
    renewed.deadline = stays ? offer.deadline : now_ + Seconds(offer.answer_within_s);
    events_.push_back(std::move(renewed));
  }

  const CaseRecord& record_;
  const routing::RoutingTable& table_;
  const TimeUs now_;
  UnitId owner_;
  std::vector<Event> events_;
};

}  // namespace

std::vector<UnitId> renewed_chain(const std::vector<UnitId>& chain, std::uint32_t position,
                                  const FunctionId& function, const Renewal& renewal) {
  std::vector<UnitId> renewed;
  const Unit* last = nullptr;
  for (auto unit = chain.begin() + position; unit != chain.end(); ++unit) {
    const Unit* active = renewal.table.stand_in(*unit, renewal.now);
    if (active == nullptr) continue;
    const bool stays = active->id == *unit;
    if (!stays && !renewal.table.permits(*active, renewal.part, renewal.facts)) continue;
    add_unit(renewed, active->id);
    last = active;
  }
  if (last != nullptr && last->level == Level::kNational) return renewed;
  const Unit* terminal = renewal.table.terminal(function, renewal.now);
  if (terminal == nullptr) return {};
  add_unit(renewed, terminal->id);
  return renewed;
}

bool needs_succession(const CaseRecord& record, const routing::RoutingTable& table, TimeUs now) {
  if (record.status == CaseStatus::kClosed) return false;
  return broken_promise(record, table) || has_ended_units(record, table, now);
}

std::optional<Outcome> decide_succession(const CaseRecord& record,
                                         const routing::RoutingTable& table, TimeUs now) {
  // At first whoever may not have a part any longer, so that nobody who may not succeeds it.
  if (broken_promise(record, table)) return review(record, table, now);
  return Succession(record, table, now).decide();
}

}  // namespace rujukan::decide
