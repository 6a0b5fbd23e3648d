#include "broker/routing/decision_table.h"

#include <algorithm>
#include <bit>
#include <set>
#include <tuple>

namespace rujukan::routing {
namespace {

std::uint32_t categories_of(const Condition& when) {
  std::uint32_t bits = 0;
  for (const Category category : when.any_category) bits |= 1U << static_cast<unsigned>(category);
  return bits == 0 ? DecisionTable::kAnyCase : bits;
}

std::uint32_t lowest(std::uint32_t bits) { return bits & (~bits + 1); }

// The fewest categories that make a rule decide on which `left` of its categories remain.
std::uint32_t fewest(std::uint32_t categories, std::uint32_t left) {
  return categories == DecisionTable::kAnyCase ? 0 : lowest(left);
}

std::size_t weight(const CaseTraits& traits) {
  return static_cast<std::size_t>(std::popcount(traits.categories)) +
         (traits.suspect_abroad ? 1 : 0);
}

// A rule that has decided in a cell, and the categories of the rules before it and after it up to
// the one that is looked at.
struct Open {
  std::uint32_t rule;
  std::uint32_t taken;
};

}  // namespace

bool same_outcome(const Rule& a, const Rule& b) {
  if (a.withheld || b.withheld) return a.withheld == b.withheld;
  return a.function == b.function && a.level == b.level && a.anchors == b.anchors &&
         a.inform == b.inform;
}

FactsFile facts_of(const Release& release, const Situation& situation, const Witness& where,
                   Anchor anchor) {
  NeedSet needs;
  needs.set(static_cast<std::size_t>(situation.need));
  needs &= ~implied_needs(release, situation.traits);
  AreaLists lists;
  lists[static_cast<std::size_t>(anchor)] = where.areas;
  return facts_of(release, situation.traits, needs, lists, where.at);
}

DecisionTable::DecisionTable(const Release& release, const FactSpace& space)
    : release_(release), space_(space), reached_(release.rules.size()) {
  const auto& traits = space.traits();
  std::array<std::vector<std::uint32_t>, 10> by_need;
  for (std::uint32_t i = 0; i < release.rules.size(); ++i) {
    const Rule& rule = release.rules[i];
    categories_.push_back(categories_of(rule.when));
    Condition when = rule.when;
    when.any_category.clear();
    std::vector<bool>& matches = matches_.emplace_back(traits.size());
    for (std::size_t t = 0; t < traits.size(); ++t) matches[t] = holds(when, traits[t]);
    for (const Need need : needs_of(to_need_set(rule.needs))) {
      by_need[static_cast<std::size_t>(need)].push_back(i);
    }
  }
  cells_.resize(traits.size() * by_need.size());
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    decide_cell(cell, by_need[cell % by_need.size()]);
  }
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    compare_cell(cell, by_need[cell % by_need.size()]);
  }
  const auto key = [](const Rival& r) {
    return std::tie(r.first, r.second, r.size, r.categories, r.cell);
  };
  std::sort(rivals_.begin(), rivals_.end(),
            [&key](const Rival& a, const Rival& b) { return key(a) < key(b); });
  const auto same_pair = [](const Rival& a, const Rival& b) {
    return a.first == b.first && a.second == b.second;
  };
  rivals_.erase(std::unique(rivals_.begin(), rivals_.end(), same_pair), rivals_.end());
}

void DecisionTable::decide_cell(std::size_t cell, const std::vector<std::uint32_t>& rules) {
  std::uint32_t decided = 0;
  for (const std::uint32_t rule : rules) {
    if (!matches_[rule][cell / NeedSet().size()]) continue;
    const std::uint32_t left = categories_[rule] & ~decided;
    if (left == 0) continue;
    cells_[cell].push_back({rule, categories_[rule]});
    reach(rule, situation_of(cell, fewest(categories_[rule], left)));
    decided |= categories_[rule];
  }
}

void DecisionTable::compare_cell(std::size_t cell, const std::vector<std::uint32_t>& rules) {
  std::vector<Open> open;
  std::uint32_t decided = 0;
  for (const std::uint32_t rule : rules) {
    if (!matches_[rule][cell / NeedSet().size()] || !reached(rule)) continue;
    const std::uint32_t own = categories_[rule];
    for (Open& before : open) {
      compare(before.rule, rule, before.taken, cell);
      before.taken |= own;
    }
    std::erase_if(open, [this](const Open& o) { return (categories_[o.rule] & ~o.taken) == 0; });
    if ((own & ~decided) != 0) open.push_back({rule, decided});
    decided |= own;
  }
}

// `taken`: the categories of the rules before the second, the first aside.
void DecisionTable::compare(std::uint32_t first, std::uint32_t second, std::uint32_t taken,
                            std::size_t cell) {
  const std::uint32_t first_left = categories_[first] & ~taken;
  const std::uint32_t second_left = categories_[second] & ~taken;
  if (second_left == 0 || same_outcome(release_.rules[first], release_.rules[second])) return;
  std::uint32_t categories =
      fewest(categories_[first], first_left) | fewest(categories_[second], second_left);
  const bool both = categories_[first] != kAnyCase && categories_[second] != kAnyCase;
  if (both && (first_left & second_left) != 0) categories = lowest(first_left & second_left);
  const auto size = static_cast<std::uint32_t>(weight(situation_of(cell, categories).traits));
  rivals_.push_back({first, second, size, categories, static_cast<std::uint32_t>(cell)});
}

std::size_t DecisionTable::cell_of(std::size_t traits, Need need) const {
  return traits * NeedSet().size() + static_cast<std::size_t>(need);
}

Situation DecisionTable::situation_of(std::size_t cell, std::uint32_t categories) const {
  Situation situation{space_.traits()[cell / NeedSet().size()],
                      static_cast<Need>(cell % NeedSet().size())};
  situation.traits.categories = categories;
  return situation;
}

void DecisionTable::reach(std::uint32_t rule, const Situation& situation) {
  const auto size = [this](const Situation& s) {
    const bool implied = implied_needs(release_, s.traits).test(static_cast<std::size_t>(s.need));
    return weight(s.traits) + (implied ? 0 : 1);
  };
  for (const bool at_home : {false, true}) {
    auto& reached = reached_[rule][at_home ? 1 : 0];
    if (at_home && situation.traits.suspect_abroad) continue;
    if (!reached || size(situation) < size(*reached)) reached = situation;
  }
}

std::optional<std::uint32_t> DecisionTable::deciding(std::size_t traits, Need need,
                                                     std::uint32_t categories) const {
  for (const Candidate& candidate : cells_[cell_of(traits, need)]) {
    const bool decides =
        candidate.categories == kAnyCase || (candidate.categories & categories) != 0;
    if (decides) return candidate.rule;
  }
  return std::nullopt;
}

std::vector<DecisionTable::Overlap> DecisionTable::overlaps() const {
  std::vector<Overlap> out;
  for (const Rival& r : rivals_) {
    out.push_back({r.first, r.second, situation_of(r.cell, r.categories)});
  }
  return out;
}

DecisionTable::Forestalled DecisionTable::forestalled(std::uint32_t rule, std::size_t most) const {
  Forestalled out;
  std::set<std::uint32_t> by;
  const std::uint32_t own = categories_[rule];
  for (std::size_t t = 0; t < space_.traits().size(); ++t) {
    if (!matches_[rule][t]) continue;
    for (const Need need : release_.rules[rule].needs) {
      const std::size_t cell = cell_of(t, need);
      const Situation situation = situation_of(cell, fewest(own, own));
      if (!out.situation) out.situation = situation;
      for (const Candidate& candidate : cells_[cell]) {
        if (by.size() < most && candidate.rule < rule && (candidate.categories & own) != 0) {
          by.insert(candidate.rule);
        }
      }
    }
  }
  out.by.assign(by.begin(), by.end());
  return out;
}

}  // namespace rujukan::routing
