#include "broker/routing/check_guarantees.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace rujukan::routing {
namespace {

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string described(const Unit& unit) {
  return unit.id.str() + " of agency " + unit.agency.str();
}

}  // namespace

NeedSet DecidedClass::leads() const {
  const NeedSet certain = implied & assigned;
  if (certain.none()) return assigned;
  const auto first = static_cast<unsigned>(std::countr_zero(certain.to_ulong()));
  return assigned & NeedSet((2UL << first) - 1);
}

const char* GuaranteeProof::key_of(std::size_t promise) {
  constexpr const char* kKeys[] = {"owner_agency",    "unassigned_agency", "excluded_agency",
                                   "excluded_agency", "owner_level",       "terminal_level"};
  return kKeys[promise];
}

GuaranteeProof::GuaranteeProof(const CheckedTable& table) : table_(table) {
  for (const Area& area : table.release.areas) {
    const AreaNode& node = *table.directory.area(area.code.view());
    const bool lasts = node.successor == nullptr && node.kind == AreaNode::Kind::kDomestic;
    if (home_ == nullptr && lasts) home_ = &area.code;
  }
  for (const Guarantee& guarantee : table.release.guarantees) {
    states_.push_back(state_of(guarantee));
  }
}

GuaranteeProof::State GuaranteeProof::state_of(const Guarantee& guarantee) const {
  // Rules that look for the same units break the same promises.
  std::map<std::tuple<std::string_view, Level, bool>, Promises> by_chain;
  std::map<std::tuple<std::string_view, Level, std::optional<Anchor>>, bool> by_inform;
  const auto informs = [&](const Inform& inform) {
    const auto [at, fresh] =
        by_inform.try_emplace({inform.function.view(), inform.level, inform.of}, false);
    if (fresh) at->second = inform_breach(guarantee, inform).has_value();
    return at->second;
  };
  State state;
  for (const Rule& rule : table_.release.rules) {
    auto& promises = state.rules.emplace_back();
    if (rule.withheld) continue;
    const bool informed = std::any_of(rule.inform.begin(), rule.inform.end(), informs);
    for (const bool areas : {false, true}) {
      const auto [at, fresh] = by_chain.try_emplace({rule.function.view(), rule.level, areas});
      for (std::size_t p = 0; fresh && p < kPromises; ++p) {
        at->second[p] = p != kExcludedInformed && breach(guarantee, rule, areas, p).has_value();
      }
      promises[areas ? 1 : 0] = at->second;
      promises[areas ? 1 : 0][kExcludedInformed] = informed;
    }
  }
  for (const CaseInform& inform : table_.release.case_informs) {
    state.informs.push_back(informs(inform.inform));
  }
  return state;
}

std::optional<GuaranteeProof::Breach> GuaranteeProof::breach(const Guarantee& guarantee,
                                                             const Rule& rule, bool areas,
                                                             std::size_t promise) const {
  if (promise == kOwnerLevel) return level_breach(guarantee, rule, areas);
  if (promise != kExcludedInformed) return chain_breach(guarantee, rule, areas, promise);
  for (const Inform& inform : rule.inform) {
    if (auto found = inform_breach(guarantee, inform)) return found;
  }
  return std::nullopt;
}

std::optional<GuaranteeProof::Breach> GuaranteeProof::chain_breach(const Guarantee& guarantee,
                                                                   const Rule& rule, bool areas,
                                                                   std::size_t promise) const {
  const auto breaks = [&](const Unit& unit) {
    if (promise == kUnassignedAgency) return contains(guarantee.unassigned_agency, unit.agency);
    if (promise == kExcludedAgency) return contains(guarantee.excluded_agency, unit.agency);
    if (promise == kOwnerAgency) {
      return !guarantee.owner_agency.empty() && !contains(guarantee.owner_agency, unit.agency);
    }
    INVARIANT(promise == kTerminalLevel);
    return unit.level == Level::kNational && !guarantee.terminal_level.empty() &&
           !contains(guarantee.terminal_level, Level::kNational);
  };
  for (const auto& [node, witness] : table_.covered(rule.function).units) {
    const Unit& unit = *node->unit;
    const bool in_chain = unit.level == Level::kNational || (areas && unit.level <= rule.level);
    if (in_chain && breaks(unit)) {
      return Breach{witness, first_anchor(rule), described(unit) + " in the chain"};
    }
  }
  return std::nullopt;
}

std::optional<GuaranteeProof::Breach> GuaranteeProof::level_breach(const Guarantee& guarantee,
                                                                   const Rule& rule,
                                                                   bool areas) const {
  if (guarantee.owner_level.empty()) return std::nullopt;
  const auto& heads = table_.covered(rule.function).heads[static_cast<std::size_t>(rule.level)];
  for (const auto& level : code_names<Level>()) {
    const auto& head = heads[static_cast<std::size_t>(level.value)];
    if (!head || (level.value != Level::kNational && !areas)) continue;
    if (contains(guarantee.owner_level, level.value)) continue;
    return Breach{*head, first_anchor(rule), "the owner at level " + std::string(level.name)};
  }
  return std::nullopt;
}

std::optional<GuaranteeProof::Breach> GuaranteeProof::inform_breach(const Guarantee& guarantee,
                                                                    const Inform& inform) const {
  if (inform.of && home_ == nullptr) return std::nullopt;
  for (const auto& [node, witness] : table_.covered(inform.function).units) {
    const Unit& unit = *node->unit;
    if (unit.level != inform.level || !contains(guarantee.excluded_agency, unit.agency)) continue;
    Breach breach{witness, inform.of.value_or(Anchor::kVictims), described(unit) + " informed"};
    if (inform.of && breach.witness.areas.empty()) breach.witness.areas = {*home_};
    return breach;
  }
  return std::nullopt;
}

template <typename Find>
void GuaranteeProof::show(std::optional<Broken>& broken, const DecidedClass& decided, Need need,
                          Find find) {
  const bool named = !decided.implied.test(static_cast<std::size_t>(need));
  const std::size_t size = static_cast<std::size_t>(std::popcount(decided.traits.categories)) +
                           (decided.traits.suspect_abroad ? 1 : 0) + (named ? 1 : 0);
  if (broken && size >= broken->size) return;
  Breach breach = find();
  const std::size_t whole = size + breach.witness.areas.size();
  if (broken && whole >= broken->size) return;
  broken = Broken{whole, {decided.traits, need}, std::move(breach)};
}

void GuaranteeProof::add(std::size_t guarantee, const DecidedClass& decided,
                         const std::vector<std::uint32_t>& informs) {
  State& state = states_[guarantee];
  ++state.classes;
  // Facts of the class are refused whatever needs they name.
  if ((decided.implied & decided.unruled).any()) return;
  Promises all;
  all.set();
  Promises of_any = all;
  of_any.reset(kOwnerAgency).reset(kOwnerLevel);
  const NeedSet leads = decided.leads();
  for (std::size_t n = 0; n < NeedSet().size(); ++n) {
    if (!decided.assigned.test(n)) continue;
    const Rule& rule = table_.release.rules[decided.rules[n]];
    const bool areas = reads_areas(rule, decided.traits);
    const Promises broken =
        state.rules[decided.rules[n]][areas ? 1 : 0] & (leads.test(n) ? all : of_any);
    if (broken.none()) continue;
    for (std::size_t p = 0; p < kPromises; ++p) {
      if (!broken.test(p)) continue;
      show(state.broken[p], decided, static_cast<Need>(n),
           [&] { return *breach(table_.release.guarantees[guarantee], rule, areas, p); });
    }
  }
  add_informs(guarantee, decided, informs);
}

void GuaranteeProof::add_informs(std::size_t guarantee, const DecidedClass& decided,
                                 const std::vector<std::uint32_t>& informs) {
  // Without an assignment there is no case to inform of.
  if (decided.assigned.none()) return;
  const NeedSet certain = decided.implied & decided.assigned;
  const NeedSet some = certain.any() ? certain : decided.assigned;
  const auto need = static_cast<Need>(std::countr_zero(some.to_ulong()));
  State& state = states_[guarantee];
  for (const std::uint32_t i : informs) {
    if (!state.informs[i]) continue;
    show(state.broken[kExcludedInformed], decided, need, [&] {
      return *inform_breach(table_.release.guarantees[guarantee],
                            table_.release.case_informs[i].inform);
    });
  }
}

void GuaranteeProof::report(CheckFindings& findings, CheckReport& report) const {
  constexpr std::uint64_t kSetsOfNeeds = 1U << NeedSet().size();
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const RuleId& id = table_.release.guarantees[i].id;
    bool holds = true;
    for (std::size_t p = 0; p < kPromises; ++p) {
      const auto& broken = states_[i].broken[p];
      if (!broken) continue;
      holds = false;
      findings.at_guarantee(id, {ErrorCode::kTableGuarantee,
                                 std::string(key_of(p)) + ": " + broken->breach.what + " for " +
                                     std::string(name_of(broken->situation.need)),
                                 facts_of(table_.release, broken->situation, broken->breach.witness,
                                          broken->breach.anchor)});
    }
    report.guarantees.push_back({id, holds, states_[i].classes * kSetsOfNeeds});
  }
}

}  // namespace rujukan::routing
