#include "tests/sim/model.h"

#include <algorithm>
#include <utility>

#include "broker/decide/decide.h"

namespace rujukan::sim {
namespace {

bool is_active(const UnitId& id, const routing::RoutingTable& table, TimeUs now) {
  const Unit* unit = table.unit(id);
  return unit != nullptr && unit->validity.covers(now);
}

bool no_police(const Facts& facts) {
  return facts.victim_age == VictimAge::kAdult && facts.consent == Consent::kWithheldPolice;
}

bool promises(const routing::RoutingTable& table, std::string_view guarantee) {
  const auto& all = table.release().guarantees;
  return std::any_of(all.begin(), all.end(),
                     [guarantee](const Guarantee& g) { return g.id.view() == guarantee; });
}

bool is_police(const UnitId& id, const routing::RoutingTable& table) {
  const Unit* unit = table.unit(id);
  return unit != nullptr && unit->agency.view() == "police";
}

// Whose online case it is belongs to the police, unless the victim is an adult.
bool may_own_online(const UnitId& id, const Facts& facts, const routing::RoutingTable& table) {
  return !promises(table, "G3") || facts.mode != Mode::kOnline ||
         facts.victim_age == VictimAge::kAdult || is_police(id, table);
}

template <typename T>
bool keeps(const std::vector<T>& before, const std::vector<T>& after) {
  return std::all_of(before.begin(), before.end(), [&](const T& value) {
    return std::find(after.begin(), after.end(), value) != after.end();
  });
}

// What the domain promises about the agencies of a case.
class Promises {
 public:
  Promises(const CaseRecord& record, const routing::RoutingTable& table)
      : record_(record), table_(table) {}

  std::optional<std::string> broken() {
    record_.for_each_assignment([this](const Assignment& assignment, std::uint32_t assist) {
      const bool leads = assist == 0 && assignment.need == record_.lead;
      if (leads) responsible(assignment.unit(), "owner");
      if (leads && !may_own_online(assignment.unit(), record_.facts, table_)) {
        fault_ = assignment.unit().str() + " owns an online case of somebody who is no adult";
      }
      if (!is_open(assignment.state)) return;
      for (std::size_t i = assignment.position; i < assignment.chain.size(); ++i) {
        responsible(assignment.chain[i], "chain");
      }
      if (!assignment.offer) return;
      const Offer& offer = *assignment.offer;
      for (std::size_t i = offer.position; i < offer.chain.size(); ++i) {
        responsible(offer.chain[i], "offer");
      }
    });
    for (const UnitId& unit : record_.informed) told(unit, "informed");
    if (record_.request) responsible(record_.request->unit, "request");
    return fault_;
  }

 private:
  void told(const UnitId& id, const char* as) {
    if (!is_kept_out(id, record_.facts, table_)) return;
    fault_ = id.str() + " is kept out, and among the " + as;
  }
  void responsible(const UnitId& id, const char* as) {
    told(id, as);
    const Unit* unit = table_.unit(id);
    if (unit != nullptr && unit->agency.view() == "kpai")
      fault_ = "oversight is the " + std::string(as);
  }

  const CaseRecord& record_;
  const routing::RoutingTable& table_;
  std::optional<std::string> fault_;
};

// Whoever is asked is of the function that is asked for.
std::optional<std::string> asks_the_wrong(const CaseRecord& record,
                                          const routing::RoutingTable& table) {
  std::optional<std::string> fault;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    const Unit* unit = table.unit(assignment.unit());
    if (!is_open(assignment.state) || unit == nullptr) return;
    if (unit->function == assignment.function) return;
    fault = unit->id.str() + " is asked as " + assignment.function.str();
  });
  return fault;
}

// Nothing waits for ever: whatever has to be answered has a time by which something happens.
std::optional<std::string> waits_for_ever(const CaseRecord& record) {
  bool awaits = record.request.has_value();
  record.for_each_assignment([&awaits](const Assignment& assignment, std::uint32_t) {
    const bool unanswered = assignment.state == AssignmentState::kRequested ||
                            assignment.state == AssignmentState::kReceived;
    awaits = awaits || unanswered || assignment.offer.has_value();
  });
  const bool closed = record.status == CaseStatus::kClosed;
  if (closed && awaits) return "something is awaited in a closed case";
  if (record.next_due().has_value() != awaits) {
    return awaits ? "something is awaited for ever" : "a deadline for nothing";
  }
  return std::nullopt;
}

// Whether a closed case opens again by facts or under a release by which its owner may not own it.
bool may_reopen_for_another(const CaseRecord& before, const Message& message,
                            const routing::RoutingTable& table, TimeUs now) {
  if (before.status != CaseStatus::kClosed) return false;
  const auto* more = std::get_if<NewFacts>(&message.body);
  if (more == nullptr && !std::holds_alternative<Reopen>(message.body)) return false;
  const bool holds = more != nullptr && !only_proposes(before, message, table);
  const Facts& facts = holds ? more->facts : before.facts;
  const UnitId& owner = before.owner();
  return !is_active(owner, table, now) || is_kept_out(owner, facts, table) ||
         !may_own_online(owner, facts, table);
}

}  // namespace

bool PayloadModel::permits(const Order& order) const {
  switch (order.kind) {
    case OrderKind::kHold:
      return !held_;
    case OrderKind::kLiftHold:
      return held_;
    case OrderKind::kConsentToErasure:
      return !held_ && proposed_ == order.legal_basis;
  }
  return false;
}

bool PayloadModel::follow(const Event& event) {
  const EventType type = event.type;
  if (type == EventType::kHeld) return !std::exchange(held_, true);
  if (type == EventType::kHoldLifted) return std::exchange(held_, false);
  if (type == EventType::kReopened) proposed_.clear();
  if (type == EventType::kErased) {
    return !held_ && std::exchange(proposed_, {}) == event.legal_basis;
  }
  if (type != EventType::kErasureProposed) return true;
  proposed_ = event.legal_basis;
  return !held_;
}

std::optional<UnitId> owner_after(const CaseRecord& before, const Message& message,
                                  const routing::RoutingTable& table, TimeUs now) {
  const Assignment& lead = before.lead_assignment();
  const UnitId& owner = lead.unit();
  const UnitId& sender = message.sender;
  if (const auto* accept = std::get_if<Accept>(&message.body)) {
    if (accept->subject == Subject::kOffer) {
      const bool of_lead = accept->need == lead.need && lead.offer && lead.offer->unit() == sender;
      return of_lead ? sender : owner;
    }
    const Assignment* own = before.assignment(accept->need);
    const bool leads_before = accept->need < lead.need && own != nullptr && own->unit() == sender &&
                              is_pending(own->state);
    return leads_before ? sender : owner;
  }
  if (const auto* decline = std::get_if<Decline>(&message.body)) {
    const bool of_lead = decline->subject == Subject::kAssignment && decline->need == lead.need &&
                         sender == owner && is_pending(lead.state) && !lead.terminal();
    return of_lead ? lead.chain[lead.position + 1] : owner;
  }
  if (may_reopen_for_another(before, message, table, now)) return std::nullopt;
  if (const auto* more = std::get_if<NewFacts>(&message.body)) {
    if (only_proposes(before, message, table)) return owner;
    // Only where the facts exclude a unit of its chain, or nobody may be asked for its need.
    if (no_police(more->facts) && !no_police(before.facts)) return std::nullopt;
    if (!may_own_online(owner, more->facts, table)) return std::nullopt;
    return owner;
  }
  return owner;
}

UnitId owner_after(const CaseRecord& before, const CaseRecord::Due& missed) {
  const Assignment& lead = before.lead_assignment();
  const bool of_lead = missed.subject == Subject::kAssignment && missed.assist == 0 &&
                       missed.need == lead.need && !lead.terminal();
  return of_lead ? lead.chain[lead.position + 1] : lead.unit();
}

std::optional<UnitId> owner_after_succession(const CaseRecord& before,
                                             const routing::RoutingTable& table, TimeUs now) {
  const UnitId& owner = before.owner();
  const bool may =
      !is_kept_out(owner, before.facts, table) && may_own_online(owner, before.facts, table);
  if (may && is_active(owner, table, now)) return owner;
  return std::nullopt;
}

bool is_kept_out(const UnitId& id, const Facts& facts, const routing::RoutingTable& table) {
  const Unit* unit = table.unit(id);
  if (unit == nullptr || facts.victim_age != VictimAge::kAdult) return false;
  const bool police = unit->agency.view() == "police";
  return (police && no_police(facts) && promises(table, "G1")) ||
         (unit->agency.view() == "kpai" && promises(table, "G5"));
}

bool only_proposes(const CaseRecord& before, const Message& message,
                   const routing::RoutingTable& table) {
  const auto* more = std::get_if<NewFacts>(&message.body);
  if (more == nullptr) return false;
  const Facts& old = before.facts;
  const bool lifts =
      old.consent == Consent::kWithheldPolice && more->facts.consent != Consent::kWithheldPolice;
  const bool grows_up =
      (old.victim_age == VictimAge::kAdult) != (more->facts.victim_age == VictimAge::kAdult);
  if (!lifts && !grows_up) return false;
  if (!before.proposed || before.proposed->facts != more->facts) return true;
  return table.unit(before.proposed->by)->agency == table.unit(message.sender)->agency;
}

std::optional<std::string> untold_exclusion(const CaseRecord& record,
                                            const routing::RoutingTable& table) {
  for (const UnitId& unit : record.told) {
    const auto& out = record.excluded;
    const bool told = std::find(out.begin(), out.end(), unit) != out.end();
    if (told == is_kept_out(unit, record.facts, table)) continue;
    return unit.str() + (told ? " is kept out by nothing" : " is kept out and was not told");
  }
  return std::nullopt;
}

bool may_be_accepted(const CaseRecord& before, const Message& message,
                     const routing::RoutingTable& table) {
  const bool acknowledges = std::holds_alternative<Received>(message.body);
  if (!acknowledges && is_kept_out(message.sender, before.facts, table)) return false;
  if (compares_version(kind_of(message)) && message.expected_version != before.version)
    return false;
  const auto* more = std::get_if<NewFacts>(&message.body);
  if (more == nullptr) return true;
  const Facts& old = before.facts;
  const Facts& facts = more->facts;
  if (more->facts_version != before.facts_version) return false;
  if (facts.victim_age == VictimAge::kUnknown && facts.consent == Consent::kWithheldPolice) {
    return false;
  }
  return keeps(old.categories, facts.categories) && keeps(old.victims, facts.victims) &&
         keeps(old.suspects, facts.suspects) && keeps(old.incidents, facts.incidents) &&
         keeps(old.needs, facts.needs) && (facts.victim_protected || !old.victim_protected);
}

std::optional<std::string> unanswered_need(const CaseRecord& before, const CaseRecord& after,
                                           const routing::RoutingTable& table, TimeUs now) {
  const auto old = table.route(before.facts, now);
  const auto route = table.route(after.facts, now);
  if (!route) return "the facts do not route";
  for (const routing::RoutedAssignment& routed : route->assignments) {
    const bool called_before =
        old && std::any_of(old->assignments.begin(), old->assignments.end(),
                           [&routed](const auto& r) { return r.need == routed.need; });
    const Assignment* held = after.assignment(routed.need);
    const bool leads = routed.need == before.lead;
    const bool asked = held != nullptr && (leads || held->state != AssignmentState::kCancelled);
    if (!called_before && !asked) return "nobody is asked for " + std::string(name_of(routed.need));
  }
  return std::nullopt;
}

std::optional<std::string> fault_of(const CaseRecord& record, const routing::RoutingTable& table,
                                    TimeUs now) {
  if (auto fault = decide::broken_invariant(record)) return fault;
  if (auto fault = waits_for_ever(record)) return fault;
  if (auto fault = asks_the_wrong(record, table)) return fault;
  if (record.status == CaseStatus::kClosed) return std::nullopt;
  if (auto fault = decide::broken_invariant(record, table, now)) return fault;
  if (!is_active(record.owner(), table, now)) return "the owner is not active";
  return Promises(record, table).broken();
}

}  // namespace rujukan::sim
