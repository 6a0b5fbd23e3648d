#include "broker/routing/route_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "broker/routing/rule_changes.h"

namespace rujukan::routing {
namespace {

constexpr std::size_t kNeeds = 10;
constexpr std::size_t kRefused = kNeeds;  // as a leading need: none

using NeedBits = unsigned;
using Cells = std::vector<FactBoxes::Cell>;
// By the rules that name the unit, and by whether a suspect is abroad.
using CellsByRules = std::map<std::pair<Rules, bool>, Cells>;

// What one release says of a class of facts.
struct Matches {
  NeedBits implied = 0;
  std::array<RuleNumber, kNeeds> rules{};
  auto operator<=>(const Matches&) const = default;
};

// Classes of facts of which both releases say the same.
struct Kind {
  Matches before;
  Matches after;
  std::vector<std::size_t> classes;
};

Matches matches_of(const Release& release, const RuleIndex& index, const CaseTraits& traits) {
  Matches matches;
  matches.implied = static_cast<NeedBits>(implied_needs(release, traits).to_ulong());
  for (std::size_t need = 0; need < kNeeds; ++need) {
    const auto rule = index.first_match(static_cast<Need>(need), traits);
    matches.rules[need] = rule ? static_cast<RuleNumber>(*rule) : kNoRule;
  }
  return matches;
}

std::vector<Kind> kinds_of(const FactSpace& space, const Release& before, const Release& after) {
  const RuleIndex index_before(before.rules);
  const RuleIndex index_after(after.rules);
  std::map<std::pair<Matches, Matches>, std::size_t> numbers;
  std::vector<Kind> kinds;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const CaseTraits traits = space[i];
    const std::pair matches(matches_of(before, index_before, traits),
                            matches_of(after, index_after, traits));
    const auto [at, is_new] = numbers.emplace(matches, kinds.size());
    if (is_new) kinds.push_back({matches.first, matches.second, {}});
    kinds[at->second].classes.push_back(i);
  }
  return kinds;
}

// The leading need when these are asked for; kRefused: the facts are.
std::size_t lead_of(const ComparedSide& side, const Matches& matches, NeedBits asked) {
  const NeedBits needs = asked | matches.implied;
  std::size_t lead = kRefused;
  for (std::size_t need = 0; need < kNeeds; ++need) {
    if ((needs >> need & 1U) == 0) continue;
    const RuleNumber number = matches.rules[need];
    if (number == kNoRule) return kRefused;
    if (side.rule(number)->withheld) continue;
    if (side.names_nobody(number)) return kRefused;
    if (lead == kRefused) lead = need;
  }
  return lead;
}

// Who is asked for the need; kNoRule: nobody.
RuleNumber rule_of(const ComparedSide& side, const Matches& matches, std::size_t need, bool asked) {
  const RuleNumber number = matches.rules[need];
  if (!asked && (matches.implied >> need & 1U) == 0) return kNoRule;
  if (number == kNoRule || side.rule(number)->withheld || side.names_nobody(number)) {
    return kNoRule;
  }
  return number;
}

std::optional<Need> need_of(std::size_t lead) {
  if (lead == kRefused) return std::nullopt;
  return static_cast<Need>(lead);
}

Informs informs_of(const Rule* rule) {
  Informs out;
  if (rule == nullptr) return out;
  for (const Inform& inform : rule->inform) out.push_back(&inform);
  return out;
}

Informs case_informs_of(const Release& release, const CaseTraits& traits) {
  Informs out;
  for (const CaseInform& inform : release.case_informs) {
    if (holds(inform.when, traits)) out.push_back(&inform.inform);
  }
  return out;
}

// Segments that follow each other as one; nothing when they are all.
std::vector<Validity> when(const std::vector<DateSegment>& segments,
                           const std::vector<std::size_t>& chosen) {
  std::vector<Validity> out;
  if (chosen.size() == segments.size()) return out;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Validity& validity = segments[chosen[i]].validity;
    if (i > 0 && chosen[i - 1] + 1 == chosen[i]) {
      out.back().until = validity.until;
    } else {
      out.push_back(validity);
    }
  }
  return out;
}

// Gathers, for every change at some places, the facts and the times for which it is one.
class Comparison {
 public:
  Comparison(ComparedSide& before, ComparedSide& after)
      : before_(before),
        after_(after),
        changes_(before, after),
        releases_{&before.release(), &after.release()},
        space_(releases_),
        boxes_(space_),
        kinds_(kinds_of(space_, before.release(), after.release())) {}

  RouteChanges run(const Validity& within) {
    const auto segments = date_segments(releases_, within);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      before_.set_time(segments[i].at);
      after_.set_time(segments[i].at);
      compare_owners();
      compare_others();
      compare_informed_of_cases();
      end_segment(i);
    }
    return result(segments);
  }

 private:
  bool is_abroad(std::size_t class_index) const {
    return space_.traits()[class_index % space_.traits().size()].suspect_abroad;
  }

  void add_cells(CellsByRules& cells, const Kind& kind, const LeadNeeds& leads,
                 const Rules& rules) {
    for (const std::size_t i : kind.classes) {
      const FactBoxes::Cell cell = boxes_.cell(leads, i);
      boxes_.declare(cell);
      if (rules != Rules(kNoRule, kNoRule)) cells[{rules, is_abroad(i)}].push_back(cell);
    }
  }

  void compare_owners() {
    CellsByRules cells;
    for (const Kind& kind : kinds_) {
      std::set<std::pair<std::size_t, std::size_t>> leads;
      for (NeedBits asked = 0; asked < (1U << kNeeds); ++asked) {
        leads.emplace(lead_of(before_, kind.before, asked), lead_of(after_, kind.after, asked));
      }
      for (const auto& [first, second] : leads) {
        const Rules rules(first == kRefused ? kNoRule : kind.before.rules[first],
                          second == kRefused ? kNoRule : kind.after.rules[second]);
        add_cells(cells, kind, {need_of(first), need_of(second)}, rules);
      }
    }
    for (const auto& [key, same] : cells) {
      const auto& [rules, abroad] = key;
      for (PlacedChange& change : changes_.of_units(rules, abroad, Compared::kFirst)) {
        note(std::move(change), ChangedPart::kOwner, same);
      }
    }
  }

  // Of each need: the chain, the unit where it need not lead, and who is informed.
  void compare_others() {
    CellsByRules all;
    CellsByRules not_leading;
    for (const Kind& kind : kinds_) {
      for (std::size_t need = 0; need < kNeeds; ++need) {
        const LeadNeeds leads{need_of(need), need_of(need)};
        std::set<Rules> seen;
        for (const bool asked : {true, false}) {
          const Rules rules(rule_of(before_, kind.before, need, asked),
                            rule_of(after_, kind.after, need, asked));
          if (!seen.insert(rules).second) continue;
          add_cells(all, kind, leads, rules);
          if (may_follow(kind, need)) add_cells(not_leading, kind, leads, rules);
        }
      }
    }
    note_chains(all, ChangedPart::kChain);
    note_chains(not_leading, ChangedPart::kAssignment);
    for (const auto& [key, cells] : all) {
      const Rule* before = before_.rule(key.first.first);
      const Rule* after = after_.rule(key.first.second);
      for (PlacedChange& change : changes_.of_informs(informs_of(before), informs_of(after))) {
        if (before != nullptr) change.before.rule = before->id;
        if (after != nullptr) change.after.rule = after->id;
        note(std::move(change), ChangedPart::kInformed, cells);
      }
    }
  }

  void note_chains(const CellsByRules& cells, ChangedPart part) {
    for (const auto& [key, same] : cells) {
      const auto& [rules, abroad] = key;
      for (PlacedChange& change : changes_.of_units(rules, abroad, Compared::kWhole)) {
        const auto& before = change.before.units;
        const auto& after = change.after.units;
        const bool stays = !before.empty() && !after.empty() && before.front() == after.front();
        if (stays == (part == ChangedPart::kChain)) note(std::move(change), part, same);
      }
    }
  }

  // Whether the need can be answered without leading under both releases.
  bool may_follow(const Kind& kind, std::size_t need) const {
    for (NeedBits asked = 0; asked < (1U << need); ++asked) {
      const NeedBits all = asked | 1U << need;
      const std::size_t before = lead_of(before_, kind.before, all);
      const std::size_t after = lead_of(after_, kind.after, all);
      if ((before != need && before != kRefused) || (after != need && after != kRefused)) {
        return true;
      }
    }
    return false;
  }

  void compare_informed_of_cases() {
    std::map<std::pair<Informs, Informs>, Cells> cells;
    for (std::size_t i = 0; i < space_.size(); ++i) {
      const FactBoxes::Cell cell = boxes_.cell({}, i);
      boxes_.declare(cell);
      cells[{case_informs_of(before_.release(), space_[i]),
             case_informs_of(after_.release(), space_[i])}]
          .push_back(cell);
    }
    for (const auto& [informs, same] : cells) {
      for (PlacedChange& change : changes_.of_informs(informs.first, informs.second)) {
        note(std::move(change), ChangedPart::kInformed, same);
      }
    }
  }

  void note(PlacedChange change, ChangedPart part, const Cells& cells) {
    change.part = part;
    Cells& all = noted_[std::move(change)];
    all.insert(all.end(), cells.begin(), cells.end());
  }

  void end_segment(std::size_t segment) {
    for (auto& [change, cells] : noted_) {
      std::sort(cells.begin(), cells.end());
      cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
      const auto number = cell_sets_.emplace(std::move(cells), cell_sets_.size()).first->second;
      found_[{number, change}].push_back(segment);
    }
    noted_.clear();
  }

  // Changes that differ in their places only become one.
  RouteChanges result(const std::vector<DateSegment>& segments) const {
    std::vector<const Cells*> cell_sets(cell_sets_.size());
    for (const auto& [cells, number] : cell_sets_) cell_sets[number] = &cells;
    std::map<std::pair<std::size_t, bool>, std::vector<FactBox>> boxes;
    using Key = std::tuple<ChangedPart, Named, Named, std::size_t, bool, std::vector<std::size_t>>;
    std::map<Key, RouteChange> merged;
    for (const auto& [cells_and_change, in_segments] : found_) {
      const auto& [cells, change] = cells_and_change;
      const auto [at, is_new] = merged.try_emplace(
          {change.part, change.before, change.after, cells, change.domestic, in_segments});
      if (is_new) {
        auto& covered = boxes[{cells, change.domestic}];
        if (covered.empty()) covered = boxes_.cover(*cell_sets[cells], change.domestic);
        at->second = {change.part,   covered,     {}, when(segments, in_segments),
                      change.before, change.after};
      }
      at->second.places.push_back(change.place);
    }
    RouteChanges out;
    for (auto& [key, change] : merged) {
      (change.part == ChangedPart::kOwner ? out.owner : out.other).push_back(std::move(change));
    }
    // Lists of two areas are rare: last.
    const auto is_common = [](const RouteChange& change) {
      return std::any_of(change.places.begin(), change.places.end(),
                         [](const PlaceCondition& place) { return place.parts.empty(); });
    };
    std::stable_partition(out.owner.begin(), out.owner.end(), is_common);
    std::stable_partition(out.other.begin(), out.other.end(), is_common);
    return out;
  }

  ComparedSide& before_;
  ComparedSide& after_;
  RuleChanges changes_;
  const std::array<const Release*, 2> releases_;
  const FactSpace space_;
  FactBoxes boxes_;
  const std::vector<Kind> kinds_;
  std::map<PlacedChange, Cells> noted_;  // of this segment
  std::map<Cells, std::size_t> cell_sets_;
  // By cell set; in which segments.
  std::map<std::pair<std::size_t, PlacedChange>, std::vector<std::size_t>> found_;
};

}  // namespace

Result<RouteChanges> route_changes(const Release& before, const Release& after,
                                   const Validity& within) {
  auto first = Directory::build(before);
  if (!first) return first.error();
  auto second = Directory::build(after);
  if (!second) return second.error();
  ComparedSide side_before(before, std::move(*first));
  ComparedSide side_after(after, std::move(*second));
  return Comparison(side_before, side_after).run(within);
}

}  // namespace rujukan::routing
