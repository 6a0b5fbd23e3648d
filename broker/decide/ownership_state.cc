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
  out.number(state.known_from).number(state.entries.size());
  std::uint64_t last = 0;
  for (const std::uint64_t index : state.entries) {
    out.number(index - last);
    last = index;
  }
  out.number(state.named.size());
  for (const UnitNumber unit : state.named) out.text(units_[unit].view());
  out.number(state.all_named);
  return out.packed();
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
  if (in.done()) {
    // As version 0.3.0 left it.
    state.known_from = std::numeric_limits<std::uint64_t>::max();
    state.all_named = false;
  } else {
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
}

}  // namespace rujukan::decide
