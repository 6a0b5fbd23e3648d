#include "broker/routing/rule_index.h"

#include <algorithm>

namespace rujukan::routing {
namespace {

template <typename E>
bool allows(const std::vector<E>& allowed, E value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

bool holds_without_categories(const Condition& when, const CaseTraits& traits) {
  return allows(when.mode, traits.mode) && allows(when.victim_age, traits.victim_age) &&
         allows(when.consent, traits.consent) && allows(when.urgency, traits.urgency) &&
         (!when.suspect_abroad || *when.suspect_abroad == traits.suspect_abroad);
}

std::uint32_t category_bits(const std::vector<Category>& categories) {
  std::uint32_t bits = 0;
  for (const Category category : categories) bits |= 1U << static_cast<unsigned>(category);
  return bits;
}

std::size_t cell_of(Need need, const CaseTraits& traits) {
  std::size_t cell = static_cast<std::size_t>(need);
  cell = cell * code_names<Mode>().size() + static_cast<std::size_t>(traits.mode);
  cell = cell * code_names<VictimAge>().size() + static_cast<std::size_t>(traits.victim_age);
  cell = cell * code_names<Consent>().size() + static_cast<std::size_t>(traits.consent);
  cell = cell * code_names<Urgency>().size() + static_cast<std::size_t>(traits.urgency);
  return cell * 2 + (traits.suspect_abroad ? 1 : 0);
}

std::vector<CaseTraits> all_traits() {
  std::vector<CaseTraits> all;
  for (const auto& mode : code_names<Mode>()) {
    for (const auto& age : code_names<VictimAge>()) {
      for (const auto& consent : code_names<Consent>()) {
        for (const auto& urgency : code_names<Urgency>()) {
          for (const bool abroad : {false, true}) {
            all.push_back({mode.value, age.value, consent.value, urgency.value, abroad});
          }
        }
      }
    }
  }
  return all;
}

}  // namespace

bool holds(const Condition& when, const CaseTraits& traits) {
  return holds_without_categories(when, traits) &&
         (when.any_category.empty() || (category_bits(when.any_category) & traits.categories) != 0);
}

RuleIndex::RuleIndex(const std::vector<Rule>& rules) {
  const std::vector<CaseTraits> traits = all_traits();
  cells_.resize(code_names<Need>().size() * traits.size());
  // For each cell the categories with which an earlier rule decides already.
  std::vector<std::uint32_t> decided(cells_.size(), 0);
  constexpr std::uint32_t kEveryCase = ~std::uint32_t{0};
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::uint32_t bits = category_bits(rules[i].when.any_category);
    for (const CaseTraits& t : traits) {
      if (!holds_without_categories(rules[i].when, t)) continue;
      for (const Need need : rules[i].needs) {
        const std::size_t cell = cell_of(need, t);
        const std::uint32_t decides = bits == 0 ? kEveryCase : bits;
        if ((decides & ~decided[cell]) == 0) continue;
        decided[cell] |= decides;
        cells_[cell].push_back({static_cast<std::uint32_t>(i), bits});
      }
    }
  }
}

std::optional<std::uint32_t> RuleIndex::first_match(Need need, const CaseTraits& traits) const {
  for (const Candidate& candidate : cells_[cell_of(need, traits)]) {
    const bool decides =
        candidate.any_category == 0 || (candidate.any_category & traits.categories) != 0;
    if (decides) return candidate.rule;
  }
  return std::nullopt;
}

}  // namespace rujukan::routing
