// The cases of an OwnershipCheck as bytes. They name their units, so that they are read again by a
// check that has numbered none.
#include <limits>

#include "broker/base/packed.h"
#include "broker/decide/ownership.h"

namespace rujukan::decide {

Bytes OwnershipCheck::state_of(const CaseId& id) const {
  const Case& state = cases_.at(id);
  Packer out;
  const auto put_step = [&](const Step& step) {
    out.number(step.position).number(chains_[step.chain].size());
    for (const UnitNumber unit : chains_[step.chain]) out.text(units_[unit].view());
  };
  out.number(state.version).text(units_[state.requester].view());
  out.number(static_cast<std::uint8_t>(state.lead)).number(state.closed).number(state.faulty);
  out.number(state.held).number(state.erasure_proposed).number(state.parts.size());
  for (const Part& part : state.parts) {
    out.number(static_cast<std::uint8_t>(part.need)).number(part.assist).number(part.done);
    put_step(part.held);
    out.number(part.offered.present);
    if (!part.offered.present) continue;
    put_step(part.offered.step);
    out.number(part.offered.stays_when_declined);
  }
  put_facts(state, out);
  put_entries(state, out);
  return out.packed();
}

void OwnershipCheck::put_entries(const Case& state, Packer& out) const {
  out.number(state.known_from).number(state.entries.size());
  std::uint64_t last = 0;
  for (const std::uint64_t index : state.entries) {
    out.number(index - last);
    last = index;
  }
  out.number(state.named.size());
  for (const UnitNumber unit : state.named) out.text(units_[unit].view());
  out.number(state.all_named);
}

void OwnershipCheck::take_entries(Unpacker& in, Case& state) {
  state.known_from = in.number();
  state.entries.resize(in.count());
  std::uint64_t last = 0;
  for (std::uint64_t& index : state.entries) index = last += in.number();
  state.named.resize(in.count());
  for (UnitNumber& unit : state.named) unit = number_of(UnitId(in.text()));
  state.all_named = in.number() != 0;
}

void OwnershipCheck::put_facts(const Case& state, Packer& out) const {
  const Traits& traits = state.traits;
  out.number(traits.known).number(static_cast<std::uint8_t>(traits.mode));
  out.number(static_cast<std::uint8_t>(traits.victim_age));
  out.number(static_cast<std::uint8_t>(traits.consent));
  out.number(static_cast<std::uint8_t>(traits.urgency));
  out.number(traits.categories).number(traits.suspect_abroad);
  out.text(units_[state.proposal.by].view()).bytes(state.proposal.facts);
  for (const auto* list : {&state.informed, &state.excluded}) {
    out.number(list->size());
    for (const UnitNumber unit : *list) out.text(units_[unit].view());
  }
}

bool OwnershipCheck::take_facts(Unpacker& in, Case& state) {
  const auto code = [&in]<typename E>(E& into) {
    const auto value = code_from_number<E>(static_cast<std::uint8_t>(in.number()));
    into = value.value_or(E{});
    return value.has_value();
  };
  Traits& traits = state.traits;
  traits.known = in.number() != 0;
  bool legal = code(traits.mode);
  legal = code(traits.victim_age) && legal;
  legal = code(traits.consent) && legal;
  legal = code(traits.urgency) && legal;
  traits.categories = static_cast<std::uint32_t>(in.number());
  traits.suspect_abroad = in.number() != 0;
  if (const UnitId by{in.text()}; !by.empty()) state.proposal.by = number_of(by);
  state.proposal.facts = to_bytes(in.bytes());
  for (auto* list : {&state.informed, &state.excluded}) {
    const std::size_t count = in.count();
    for (std::size_t i = 0; i < count; ++i) list->push_back(number_of(UnitId(in.text())));
  }
  return legal;
}

bool OwnershipCheck::restore(const CaseId& id, ByteView bytes) {
  Unpacker in(bytes);
  bool legal = true;
  const auto take_need = [&] {
    const auto need = code_from_number<Need>(static_cast<std::uint8_t>(in.number()));
    legal = legal && need;
    return need.value_or(Need::kInvestigation);
  };
  const auto take_step = [&]() -> Step {
    const auto position = static_cast<std::uint16_t>(in.number());
    std::vector<UnitId> chain(in.count());
    for (UnitId& unit : chain) unit = UnitId(in.text());
    legal = legal && position < chain.size();
    return {chain_of(chain), position};
  };
  Case state;
  state.version = static_cast<std::uint32_t>(in.number());
  if (const UnitId requester{in.text()}; !requester.empty()) {
    state.requester = number_of(requester);
  }
  state.lead = take_need();
  state.closed = in.number() != 0;
  state.faulty = in.number() != 0;
  state.held = in.number() != 0;
  state.erasure_proposed = in.number() != 0;
  state.parts.resize(in.count());
  for (Part& part : state.parts) {
    part.need = take_need();
    part.assist = static_cast<std::uint16_t>(in.number());
    part.done = in.number() != 0;
    part.held = take_step();
    part.offered.present = in.number() != 0;
    if (!part.offered.present) continue;
    part.offered.step = take_step();
    part.offered.stays_when_declined = in.number() != 0;
  }
  // Version 0.3.0 saved neither facts nor entries: nothing is held against guarantees until new
  // facts come, and acknowledgements of what was before are believed.
  if (in.done()) {
    state.known_from = std::numeric_limits<std::uint64_t>::max();
    state.all_named = false;
  } else {
    legal = take_facts(in, state) && legal;
    take_entries(in, state);
  }
  if (!legal || !in.done()) return false;
  cases_.insert_or_assign(id, std::move(state));
  return true;
}

void OwnershipCheck::forget_cases() {
  cases_.clear();
  chains_.clear();
  chain_numbers_.clear();
  units_.assign(1, UnitId());
  numbers_.clear();
  agency_of_.clear();
}

}  // namespace rujukan::decide
