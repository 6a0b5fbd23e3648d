#include "broker/routing/rule_index.h"

#include "broker/base/invariant.h"

namespace rujukan::routing {
namespace {

constexpr std::size_t kModes = 3;
constexpr std::size_t kAges = 3;
constexpr std::size_t kConsents = 4;
constexpr std::size_t kUrgencies = 3;
constexpr std::size_t kNeedCells = 10;

// The cells of one case's needs lie side by side.
std::size_t cell_of(Need need, const CaseTraits& traits) {
  std::size_t cell = static_cast<std::size_t>(traits.mode);
  cell = cell * kAges + static_cast<std::size_t>(traits.victim_age);
  cell = cell * kConsents + static_cast<std::size_t>(traits.consent);
  cell = cell * kUrgencies + static_cast<std::size_t>(traits.urgency);
  cell = cell * 2 + (traits.suspect_abroad ? 1 : 0);
  return cell * kNeedCells + static_cast<std::size_t>(need);
}

std::vector<CaseTraits> all_traits() {
  INVARIANT(code_names<Mode>().size() == kModes && code_names<VictimAge>().size() == kAges);
  INVARIANT(code_names<Consent>().size() == kConsents);
  INVARIANT(code_names<Urgency>().size() == kUrgencies);
  INVARIANT(code_names<Need>().size() == kNeedCells);
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

RuleIndex::RuleIndex(const std::vector<Rule>& rules) {
  const std::vector<CaseTraits> traits = all_traits();
  std::vector<std::vector<Candidate>> cells(kNeedCells * traits.size());
  // For each cell the categories with which an earlier rule decides already.
  std::vector<std::uint32_t> decided(cells.size(), 0);
  constexpr std::uint32_t kEveryCase = ~std::uint32_t{0};
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const BoundCondition when(rules[i].when);
    for (const CaseTraits& t : traits) {
      if (!when.holds_but_category(t)) continue;
      for (const Need need : rules[i].needs) {
        const std::size_t cell = cell_of(need, t);
        const std::uint32_t decides = when.any_category() == 0 ? kEveryCase : when.any_category();
        if ((decides & ~decided[cell]) == 0) continue;
        decided[cell] |= decides;
        cells[cell].push_back({static_cast<std::uint32_t>(i), when.any_category()});
      }
    }
  }
  starts_.push_back(0);
  for (const auto& cell : cells) {
    candidates_.insert(candidates_.end(), cell.begin(), cell.end());
    starts_.push_back(static_cast<std::uint32_t>(candidates_.size()));
  }
}

std::optional<std::uint32_t> RuleIndex::first_match(Need need, const CaseTraits& traits) const {
  const std::size_t cell = cell_of(need, traits);
  for (std::uint32_t i = starts_[cell]; i != starts_[cell + 1]; ++i) {
    const Candidate& candidate = candidates_[i];
    const bool decides =
        candidate.any_category == 0 || (candidate.any_category & traits.categories) != 0;
    if (decides) return candidate.rule;
  }
  return std::nullopt;
}

std::size_t RuleIndex::memory_bytes() const {
  return starts_.capacity() * sizeof(starts_[0]) + candidates_.capacity() * sizeof(Candidate);
}

}  // namespace rujukan::routing
