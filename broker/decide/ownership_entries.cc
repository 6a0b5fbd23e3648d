// The entries of a log, one after the other: which case they are about, and what holds after each.
#include <algorithm>

#include "broker/decide/decide.h"
#include "broker/decide/legal_events.h"
#include "broker/decide/ownership.h"
#include "broker/wire/case_codec.h"

namespace rujukan::decide {
std::optional<std::string> OwnershipCheck::add(const Entry& entry, const Message* message) {
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
  const bool strict = on_present_facts() && at != cases_.end();
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
    state.traits = traits_of(std::get<Referral>(referral.body).facts);
    fault = fold(state, entry, &referral);
    if (!fault) fault = check_after(state, entry, 0);
    const UnitId* owner = owner_of(state);
    if (!fault && *owner != events.front().unit) {
      fault = "opened: it names " + events.front().unit.str() + ", its assignment " + owner->str();
    }
  }
  if (!fault) fault = check_promises(state);
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
  const bool changes = !std::holds_alternative<OrderCause>(entry.cause) && carry == nullptr;
  if (!fault && changes) fault = check_promises(state);
  if (!entry.outcome.owner.empty()) state.version = entry.outcome.case_version;
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
  state.traits = traits_of(record->facts);
  if (record->proposed) {
    state.proposal = {number_of(record->proposed->by), bytes_of(record->proposed->facts)};
  }
  for (const UnitId& unit : record->informed) state.informed.push_back(number_of(unit));
  for (const UnitId& unit : record->excluded) state.excluded.push_back(number_of(unit));
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
  const auto entries = entries_named(message);
  if (entries.empty() || state.faulty) return std::nullopt;
  for (const LogIndex index : entries) {
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

std::optional<std::string> OwnershipCheck::check_after(const Case& state, const Entry& entry,
                                                       std::uint32_t version_before) const {
  const Outcome& outcome = entry.outcome;
  if (outcome.events.empty()) return "accepted without any event";
  const Event& first = outcome.events.front();
  const bool excludes = std::holds_alternative<ExclusionCause>(entry.cause);
  if (excludes && outcome.events.size() != 1) {
    return "an exclusion is not about one unit";
  }
  const auto is_excluded = [&](const UnitId& unit) {
    return std::any_of(state.excluded.begin(), state.excluded.end(),
                       [&](UnitNumber number) { return units_[number] == unit; });
  };
  const bool by_excluded = first.type == EventType::kDelivered && is_excluded(first.unit);
  // Told to somebody who has no part in the case.
  if (excludes || by_excluded) {
    const bool silent = outcome.owner.empty() && outcome.case_version == 0;
    return silent ? std::nullopt : Fault("it tells a unit that is kept out who owns the case");
  }
  const bool link = std::holds_alternative<LinkCause>(entry.cause) && on_present_facts();
  const bool silent = link || std::all_of(outcome.events.begin(), outcome.events.end(),
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
