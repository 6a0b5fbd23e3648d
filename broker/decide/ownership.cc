#include "broker/decide/ownership.h"

#include <algorithm>
#include <limits>

#include "broker/decide/legal_events.h"
#include "broker/wire/case_codec.h"

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
        for (Part& part : state.parts) {
          if (part.need == event.need) end(part);
        }
        return std::nullopt;
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
      case EventType::kNoted:
      case EventType::kDelivered:
      case EventType::kFactsAdded:
      case EventType::kLinked:
      case EventType::kCarried:
        return std::nullopt;
    }
    return about(event, "an unknown event");
  }

 private:
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
    if (part->done) return about(event, "the assignment is done");
    if (event.type == kMoved) return take(event, part->held);
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

std::optional<std::string> OwnershipCheck::add(const Entry& entry, const Message* message,
                                               Edition edition) {
  if (entry.outcome.refusal) return add_refusal(entry, message);
  if (!concerns_case(entry.cause)) {
    const bool empty = entry.outcome.events.empty() && entry.outcome.owner.empty() &&
                       entry.outcome.case_version == 0;
    return empty ? std::nullopt : Fault("an entry without a case changes one");
  }
  if (const CaseId* id = case_of(entry.cause)) return add_later(entry, nullptr, *id);
  if (message == nullptr) return "an accepted message cannot be read";
  if (kind_of(*message) == MessageKind::kReferral) return add_opening(entry, *message);
  const auto at = cases_.find(message->case_id);
  const bool strict = edition >= Edition::kPresentFacts && at != cases_.end();
  const Fault mail = strict ? check_received(at->second, entry, *message) : std::nullopt;
  Fault fault = add_later(entry, message, message->case_id);
  return fault ? fault : mail;
}

std::optional<std::string> OwnershipCheck::add_refusal(const Entry& entry,
                                                       const Message* message) const {
  const Outcome& outcome = entry.outcome;
  if (!outcome.events.empty()) return "a refusal has events";
  // A stranger is told nothing.
  if (outcome.owner.empty() && outcome.case_version == 0) return std::nullopt;
  const CaseId* id = message != nullptr ? &message->case_id : case_of(entry.cause);
  const auto at = id == nullptr ? cases_.end() : cases_.find(*id);
  if (at == cases_.end()) return "a refusal names the owner of a case that was never opened";
  const Case& state = at->second;
  if (state.faulty) return std::nullopt;
  const UnitId* owner = owner_of(state);
  if (owner == nullptr || outcome.owner != *owner) {
    return "a refusal names the owner " + outcome.owner.str() + ", the case has " +
           (owner == nullptr ? "none" : owner->str());
  }
  if (outcome.case_version != state.version) {
    return "a refusal names version " + std::to_string(outcome.case_version) + ", the case has " +
           std::to_string(state.version);
  }
  return std::nullopt;
}

std::optional<std::string> OwnershipCheck::add_opening(const Entry& entry,
                                                       const Message& referral) {
  const auto [at, is_new] = cases_.try_emplace(referral.case_id);
  if (!is_new) {
    summary_.sound -= at->second.faulty ? 0 : 1;
    at->second.faulty = true;
    return "case " + to_string(referral.case_id) + " is opened twice";
  }
  ++summary_.cases;
  ++summary_.open;
  Case& state = at->second;
  const auto& events = entry.outcome.events;
  Fault fault;
  if (events.empty() || events.front().type != EventType::kOpened) {
    fault = "an opening does not begin with the event opened";
  } else {
    state.lead = events.front().need;
    fault = fold(state, entry, &referral);
    if (!fault) fault = check_after(state, entry, 0);
    const UnitId* owner = owner_of(state);
    if (!fault && *owner != events.front().unit) {
      fault = about(events.front(),
                    "names " + events.front().unit.str() + ", its assignment " + owner->str());
    }
  }
  state.version = entry.outcome.case_version;
  remember(state, entry, &referral);
  state.parts.shrink_to_fit();
  state.faulty = fault.has_value();
  summary_.sound += fault ? 0 : 1;
  return fault;
}

std::optional<std::string> OwnershipCheck::add_later(const Entry& entry, const Message* message,
                                                     const CaseId& id) {
  auto at = cases_.find(id);
  const auto* carry = std::get_if<CarryCause>(&entry.cause);
  if (at == cases_.end() && carry != nullptr) return add_carried(entry, *carry);
  if (at == cases_.end()) return "case " + to_string(id) + " was never opened";
  Case& state = at->second;
  const std::uint32_t version_before = state.version;
  const bool closed_before = state.closed;
  Fault fault = fold(state, entry, message);
  if (!fault) fault = check_after(state, entry, version_before);
  state.version = entry.outcome.case_version;
  remember(state, entry, message);
  if (closed_before != state.closed) {
    summary_.open += state.closed ? -1 : 1;
    summary_.closed += state.closed ? 1 : -1;
  }
  if (state.faulty) return std::nullopt;
  state.faulty = fault.has_value();
  summary_.sound -= fault ? 1 : 0;
  return fault;
}

// From an earlier shard, which this log does not have: as its record says.
std::optional<std::string> OwnershipCheck::add_carried(const Entry& entry,
                                                       const CarryCause& carry) {
  ++summary_.cases;
  Case& state = cases_[carry.case_id];
  state.faulty = true;
  const auto record = wire::decode_case(carry.record);
  if (!record) return "the carried record cannot be read";
  if (record->case_id != carry.case_id) return "the record of another case is carried";
  state.version = record->version;
  state.lead = record->lead;
  state.closed = record->status == CaseStatus::kClosed;
  ++(state.closed ? summary_.closed : summary_.open);
  state.held = record->hold.has_value();
  state.erasure_proposed = record->erasure.has_value();
  if (record->request) state.requester = number_of(record->request->unit);
  record->for_each_assignment([&](const Assignment& assignment, std::uint32_t assist) {
    Part part;
    part.need = assignment.need;
    part.assist = static_cast<std::uint16_t>(assist);
    part.done = !is_open(assignment.state);
    part.held = {chain_of(assignment.chain), static_cast<std::uint16_t>(assignment.position)};
    if (const auto& offer = assignment.offer) {
      part.offered = {{chain_of(offer->chain), static_cast<std::uint16_t>(offer->position)},
                      true,
                      offer->basis == OfferBasis::kFacts};
    }
    state.parts.push_back(part);
  });
  state.known_from = to_number(entry.index);
  for (const UnitId& unit : record->told) state.named.push_back(number_of(unit));
  remember(state, entry, nullptr);
  if (auto fault = fold(state, entry, nullptr)) return fault;
  if (auto fault = check_after(state, entry, state.version)) return fault;
  state.faulty = false;
  ++summary_.sound;
  return std::nullopt;
}

void OwnershipCheck::remember(Case& state, const Entry& entry, const Message* message) {
  if (message != nullptr && kind_of(*message) == MessageKind::kReceived) return;
  const std::uint64_t index = to_number(entry.index);
  state.known_from = std::min(state.known_from, index);
  state.entries.push_back(index);
  const auto name = [&](const UnitId& unit) {
    if (unit.empty()) return;
    const UnitNumber number = number_of(unit);
    const auto& named = state.named;
    if (std::find(named.begin(), named.end(), number) == named.end()) state.named.push_back(number);
  };
  if (message != nullptr) name(message->sender);
  for (const Event& event : entry.outcome.events) {
    name(event.unit);
    if (event.type != EventType::kInformed) continue;
    for (const UnitId& unit : event.units) name(unit);
  }
}

// Acknowledged are earlier entries of the case, by who was told of it. Whether each was in the
// unit's mailbox a replay tells.
std::optional<std::string> OwnershipCheck::check_received(const Case& state, const Entry& entry,
                                                          const Message& message) const {
  const auto* received = std::get_if<Received>(&message.body);
  if (received == nullptr || state.faulty) return std::nullopt;
  for (const LogIndex index : received->entries) {
    const std::uint64_t number = to_number(index);
    const bool is_there = number < std::min(state.known_from, to_number(entry.index)) ||
                          std::binary_search(state.entries.begin(), state.entries.end(), number);
    if (!is_there) return "received: entry " + std::to_string(number) + " is none of the case";
  }
  const auto unit = numbers_.find(message.sender);
  const auto& named = state.named;
  const bool told =
      unit != numbers_.end() && std::find(named.begin(), named.end(), unit->second) != named.end();
  if (told || !state.all_named) return std::nullopt;
  return "received: " + message.sender.str() + " was not told of the case";
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

std::optional<std::string> OwnershipCheck::check_after(const Case& state, const Entry& entry,
                                                       std::uint32_t version_before) const {
  const Outcome& outcome = entry.outcome;
  if (outcome.events.empty()) return "accepted without any event";
  const bool silent = std::all_of(outcome.events.begin(), outcome.events.end(),
                                  [](const Event& event) { return is_silent(event.type); });
  const std::uint32_t expected = version_before + (silent ? 0 : 1);
  if (outcome.case_version != expected) {
    return "version " + std::to_string(outcome.case_version) + ", expected " +
           std::to_string(expected);
  }
  const UnitId* owner = owner_of(state);
  if (owner == nullptr) return "no assignment leads";
  if (outcome.owner != *owner) {
    return "owner " + (outcome.owner.empty() ? "none" : outcome.owner.str()) +
           ", by the events it is " + owner->str();
  }
  return std::nullopt;
}

}  // namespace rujukan::decide
