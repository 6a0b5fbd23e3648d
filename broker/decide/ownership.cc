#include "broker/decide/ownership.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/decide/legal_events.h"

namespace rujukan::decide {
namespace {

std::string about(const Event& event, std::string_view what) {
  return std::string(name_of(event.type)) + " " + std::string(name_of(event.need)) + ": " +
         std::string(what);
}

}  // namespace

// The events of one entry, one after the other.
struct OwnershipCheck::Fold {
  OwnershipCheck& check;
  Case& state;
  const Entry& entry;
  const Message* message;

  Part* find(Need need, std::uint32_t assist) {
    const auto at = std::find_if(state.parts.begin(), state.parts.end(), [&](const Part& part) {
      return part.assist == assist && part.need == need;
    });
    return at == state.parts.end() ? nullptr : &*at;
  }
  std::size_t length(const Step& step) const { return check.chains_[step.chain].size(); }

  Fault fold(const Event& event) {
    if (!may_bring(entry, message, event)) return about(event, "not by this cause");
    if (state.closed && !may_follow_closing(event.type)) return about(event, "the case is closed");
    switch (event.type) {
      case EventType::kOpened:
        return about(event, "not the first event of an opening");
      case EventType::kAssigned:
        return assign(event);
      case EventType::kWithheld:
        return withhold(event);
      case EventType::kReopened:
        if (!state.closed) return about(event, "the case is open");
        if (event.need != state.lead) return about(event, "the need does not lead");
        state.closed = false;
        state.erasure_proposed = false;
        return hold(event);
      case EventType::kClosed:
        return close(event);
      case EventType::kEscalated:
      case EventType::kOverdue:
        return step(event);
      case EventType::kTransferRequested:
        if (event.unit.empty()) return about(event, "nobody asks");
        state.requester = check.number_of(event.unit);
        return std::nullopt;
      case EventType::kRequestEnded:
        if (state.requester == 0) return about(event, "no transfer was requested");
        state.requester = 0;
        return std::nullopt;
      case EventType::kDeclined:
        if (event.subject != Subject::kRequest) return of_part(event);
        if (state.requester == 0) return about(event, "no transfer was requested");
        state.requester = 0;
        return std::nullopt;
      case EventType::kReceived:
      case EventType::kAccepted:
      case EventType::kProgressed:
      case EventType::kCompleted:
      case EventType::kCancelled:
      case EventType::kOffered:
      case EventType::kOfferEnded:
      case EventType::kTransferred:
      case EventType::kMoved:
      case EventType::kLed:
        return of_part(event);
      case EventType::kErasureProposed:
      case EventType::kErased:
      case EventType::kHeld:
      case EventType::kHoldLifted:
        return of_payloads(event);
      case EventType::kInformed:
        inform(event);
        return std::nullopt;
      case EventType::kFactsAdded:
      case EventType::kFactsProposed:
        return of_facts(event);
      case EventType::kExcluded:
      case EventType::kReadmitted:
        return exclude(event);
      case EventType::kNoted:
      case EventType::kDelivered:
      case EventType::kUnreadable:
      case EventType::kLinked:
      case EventType::kCarried:
        return std::nullopt;
    }
    return about(event, "an unknown event");
  }

 private:
  void inform(const Event& event) {
    state.informed.clear();
    for (const UnitId& unit : event.units) state.informed.push_back(check.number_of(unit));
  }

  Fault of_facts(const Event& event) {
    const auto* body = message == nullptr ? nullptr : std::get_if<NewFacts>(&message->body);
    if (body == nullptr) return about(event, "without facts");
    const Traits after = traits_of(body->facts);
    const UnitNumber sender = check.number_of(message->sender);
    Bytes facts = bytes_of(body->facts);
    if (event.type == EventType::kFactsProposed) {
      state.proposal = {sender, std::move(facts)};
      return std::nullopt;
    }
    const Proposal proposed = std::exchange(state.proposal, {});
    const bool alone = asks_for_second_agency(state.traits, after);
    state.traits = after;
    if (!alone) return std::nullopt;
    if (proposed.by == 0 || proposed.facts != facts) {
      return about(event, "nobody proposed these facts, and one unit may not decide them alone");
    }
    const AgencyId* proposer = check.agency_of(proposed.by);
    const AgencyId* second = check.agency_of(sender);
    if (proposer != nullptr && second != nullptr && *proposer != *second) return std::nullopt;
    return about(event, "the unit that proposed them is of the same agency");
  }

  bool asks_for_second_agency(const Traits& before, const Traits& after) const {
    if (check.release_ == nullptr || !before.known) return false;
    const auto& list = check.release_->second_agency_for;
    const auto listed = [&list](SecondAgencyFor change) {
      return std::find(list.begin(), list.end(), change) != list.end();
    };
    constexpr auto kWithheld = Consent::kWithheldPolice;
    constexpr auto kAdult = VictimAge::kAdult;
    const bool lifted = before.consent == kWithheld && after.consent != kWithheld;
    const bool adulthood = (before.victim_age == kAdult) != (after.victim_age == kAdult);
    return (lifted && listed(SecondAgencyFor::kWithdrawalLifted)) ||
           (adulthood && listed(SecondAgencyFor::kAdulthoodChanged));
  }

  Fault exclude(const Event& event) {
    const UnitNumber unit = check.number_of(event.unit);
    const auto at = std::find(state.excluded.begin(), state.excluded.end(), unit);
    const bool returns = event.type == EventType::kReadmitted;
    if (returns != (at != state.excluded.end())) {
      return about(event, event.unit.str() + (returns ? " was not kept out" : " is kept out"));
    }
    if (check.release_ != nullptr && state.traits.known &&
        check.is_kept_out(unit, state) == returns) {
      return about(event, "the guarantees say otherwise of " + event.unit.str());
    }
    if (returns) {
      state.excluded.erase(at);
    } else {
      state.excluded.push_back(unit);
    }
    return std::nullopt;
  }

  Fault take(const Event& event, Step& step) {
    if (event.position >= event.units.size())
      return about(event, "the position is not in the chain");
    if (event.position > std::numeric_limits<std::uint16_t>::max()) {
      return about(event, "the chain is too long");
    }
    if (event.units[event.position] != event.unit) {
      return about(event, event.unit.str() + " is not the unit of the chain's position");
    }
    step = {check.chain_of(event.units), static_cast<std::uint16_t>(event.position)};
    return std::nullopt;
  }

  static void end(Part& part) {
    part.done = true;
    part.offered = {};
  }

  Fault withhold(const Event& event) {
    for (Part& part : state.parts) {
      if (part.need == event.need) end(part);
    }
    return std::nullopt;
  }

  Fault assign(const Event& event) {
    Part part;
    part.need = event.need;
    part.assist = static_cast<std::uint16_t>(event.assist);
    if (event.position != 0) return about(event, "not to the first of the chain");
    if (auto fault = take(event, part.held)) return fault;
    if (event.assist != 0) {
      const auto assists = static_cast<std::size_t>(
          std::count_if(state.parts.begin(), state.parts.end(),
                        [](const Part& other) { return other.assist != 0; }));
      if (event.assist != assists + 1) return about(event, "assists are not numbered in order");
      state.parts.push_back(part);
      return std::nullopt;
    }
    Part* held = find(event.need, 0);
    if (held == nullptr) {
      state.parts.push_back(part);
      return std::nullopt;
    }
    if (!held->done) return about(event, "it is assigned already");
    *held = part;
    return std::nullopt;
  }

  // Of an assignment that has a unit with another one.
  Fault hold(const Event& event) {
    Part* part = find(event.need, event.assist);
    if (part == nullptr) return about(event, "there is no such assignment");
    part->done = false;
    return take(event, part->held);
  }

  Fault close(const Event& event) {
    const auto open = std::find_if(state.parts.begin(), state.parts.end(),
                                   [](const Part& part) { return !part.done; });
    if (open != state.parts.end()) {
      return "closed: " + std::string(name_of(open->need)) + " is open";
    }
    const UnitId* owner = check.owner_of(state);
    if (owner == nullptr || event.unit != *owner) {
      return "closed: by " + event.unit.str() + ", who does not own the case";
    }
    state.closed = true;
    state.proposal = {};
    return std::nullopt;
  }

  // To the next unit of a chain, or once more to the last.
  Fault step(const Event& event) {
    const bool on = event.type == EventType::kEscalated;
    const bool of_request = event.subject == Subject::kRequest;
    Part* part = of_request ? find(state.lead, 0) : find(event.need, event.assist);
    if (part == nullptr) return about(event, "there is no such assignment");
    if (of_request && state.requester == 0) return about(event, "no transfer was requested");
    const bool of_offer = event.subject == Subject::kOffer;
    if (of_offer && !part->offered.present) return about(event, "nothing is offered");
    if (!of_request && part->done) return about(event, "the assignment is done");
    Step& at = of_offer ? part->offered.step : part->held;
    if (event.position >= length(at)) return about(event, "the position is not in the chain");
    const Step next{at.chain, static_cast<std::uint16_t>(event.position)};
    if (check.unit_of(next) != event.unit) {
      return about(event, event.unit.str() + " is not the unit of the chain's position");
    }
    if (of_request) return std::nullopt;
    if (event.position != at.position + (on ? 1U : 0U))
      return about(event, "not the next position");
    at = next;
    return std::nullopt;
  }

  // A hold stands at most once, and what is erased was proposed and is not held.
  Fault of_payloads(const Event& event) {
    const std::string name(name_of(event.type));
    const bool lifts = event.type == EventType::kHoldLifted;
    if (lifts != state.held) return name + (lifts ? ": nothing is held" : ": a hold stands");
    if (event.type == EventType::kHeld || lifts) {
      state.held = !lifts;
      return std::nullopt;
    }
    if (!state.closed) return name + ": the case is open";
    const bool erases = event.type == EventType::kErased;
    if (erases && !state.erasure_proposed) return name + ": nothing was proposed";
    state.erasure_proposed = !erases;
    return std::nullopt;
  }

  Fault of_part(const Event& event) {
    using enum EventType;
    Part* part = find(event.need, event.assist);
    if (part == nullptr) return about(event, "there is no such assignment");
    if (event.type == kMoved) return move(event, *part);
    if (part->done) return about(event, "the assignment is done");
    if (event.type == kOffered) return offer(event, *part);
    const bool declines_offer = event.type == kDeclined && event.subject == Subject::kOffer;
    if (event.type == kOfferEnded || event.type == kTransferred || declines_offer) {
      return of_offer(event, *part);
    }
    if (auto fault = by_holder(event, *part)) return fault;
    if (event.type == kCompleted || event.type == kCancelled) end(*part);
    if (event.type == kLed) {
      if (event.assist != 0) return about(event, "help does not lead");
      state.lead = event.need;
    }
    return std::nullopt;
  }

  // What is done stays done: who led it to its end and has ended itself is succeeded as the owner.
  Fault move(const Event& event, Part& part) {
    const bool stays_done = event.need == state.lead && event.assist == 0 && !is_open(event.state);
    if (part.done && !stays_done) return about(event, "the assignment is done");
    if (!part.done && !is_open(event.state)) return about(event, "the assignment is not done");
    return take(event, part.held);
  }

  Fault offer(const Event& event, Part& part) {
    Step step;
    if (auto fault = take(event, step)) return fault;
    part.offered = {step, true, event.basis == OfferBasis::kFacts};
    return std::nullopt;
  }

  Fault by_holder(const Event& event, const Part& part) const {
    if (check.unit_of(part.held) == event.unit) return std::nullopt;
    return about(
        event, event.unit.str() + " is not responsible, " + check.unit_of(part.held).str() + " is");
  }

  Fault of_offer(const Event& event, Part& part) {
    if (!part.offered.present) return about(event, "nothing is offered");
    if (check.unit_of(part.offered.step) != event.unit) {
      return about(event, "it is not offered to " + event.unit.str());
    }
    if (event.type == EventType::kDeclined && part.offered.stays_when_declined) return std::nullopt;
    const Step offered = part.offered.step;
    part.offered = {};
    if (event.type != EventType::kTransferred) return std::nullopt;
    if (auto fault = take(event, part.held)) return fault;
    const bool as_offered =
        part.held.chain == offered.chain && part.held.position == offered.position;
    return as_offered ? std::nullopt : Fault(about(event, "another chain than was offered"));
  }
};

OwnershipCheck::UnitNumber OwnershipCheck::number_of(const UnitId& unit) {
  const auto [at, is_new] = numbers_.emplace(unit, static_cast<UnitNumber>(units_.size()));
  if (is_new) units_.push_back(unit);
  return at->second;
}

OwnershipCheck::ChainNumber OwnershipCheck::chain_of(const std::vector<UnitId>& units) {
  std::vector<UnitNumber> chain;
  chain.reserve(units.size());
  for (const UnitId& unit : units) chain.push_back(number_of(unit));
  const auto [at, is_new] =
      chain_numbers_.emplace(std::move(chain), static_cast<ChainNumber>(chains_.size()));
  if (is_new) chains_.push_back(at->first);
  return at->second;
}

const UnitId& OwnershipCheck::unit_of(const Step& step) const {
  return units_[chains_[step.chain][step.position]];
}

// nullptr unless exactly one assignment leads.
const UnitId* OwnershipCheck::owner_of(const Case& state) const {
  const Part* lead = nullptr;
  for (const Part& part : state.parts) {
    if (part.assist != 0 || part.need != state.lead) continue;
    if (lead != nullptr) return nullptr;
    lead = &part;
  }
  return lead == nullptr ? nullptr : &unit_of(lead->held);
}

std::optional<std::string> OwnershipCheck::fold(Case& state, const Entry& entry,
                                                const Message* message) {
  const auto& events = entry.outcome.events;
  if (const auto* deadline = std::get_if<DeadlineCause>(&entry.cause)) {
    const auto names = [deadline](const Part& part) {
      return part.need == deadline->need && part.assist == deadline->assist;
    };
    if (std::none_of(state.parts.begin(), state.parts.end(), names)) {
      return "a deadline of an assignment that there is not";
    }
  }
  Fold folding{*this, state, entry, message};
  const bool opens = message != nullptr && kind_of(*message) == MessageKind::kReferral;
  for (std::size_t i = opens ? 1 : 0; i < events.size(); ++i) {
    if (auto fault = folding.fold(events[i])) return fault;
  }
  return std::nullopt;
}

}  // namespace rujukan::decide
