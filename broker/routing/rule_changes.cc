#include "broker/routing/rule_changes.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <set>

namespace rujukan::routing {
namespace {

constexpr Anchor kAnchors[] = {Anchor::kVictims, Anchor::kSuspects, Anchor::kIncidents};

// Which of the three lists of areas are not empty, as bits.
using Pattern = unsigned;
constexpr Pattern kPatterns = 8;

bool is_known(Pattern pattern, Anchor list) {
  return (pattern >> static_cast<unsigned>(list) & 1U) != 0;
}

// The list that decides. A list that holds abroad is the nation's.
std::optional<Anchor> pick(const Rule* rule, Pattern pattern, bool abroad) {
  if (rule == nullptr || rule->level == Level::kNational) return std::nullopt;
  for (const Anchor list : rule->anchors) {
    if (!is_known(pattern, list)) continue;
    if (list == Anchor::kSuspects && abroad) return std::nullopt;
    return list;
  }
  return std::nullopt;
}

bool suspects_unknown(const PlaceCondition& place) {
  const auto& unknown = place.unknown;
  return std::find(unknown.begin(), unknown.end(), Anchor::kSuspects) != unknown.end();
}

// Wherever it is, the nation's unit.
Coverage national_part(Coverage coverage) {
  for (Coverage::Cover& cover : coverage.areas) cover.regency = cover.province = kNoUnit;
  return coverage;
}

}  // namespace

void ComparedSide::set_time(TimeUs at) {
  at_ = at;
  coverages_.clear();
  names_nobody_.clear();
  for (const Rule& rule : release_.rules) {
    const auto function = directory_.function(rule.function.view());
    const bool nobody = !function || directory_.covering(*function, Level::kNational,
                                                         directory_.nation(), at) == nullptr;
    names_nobody_.push_back(!rule.withheld && nobody);
  }
}

const Coverage& ComparedSide::coverage(RuleNumber number, const ComparedPlaces& places) {
  const Rule* named = rule(number);
  const auto function =
      named == nullptr ? std::nullopt : directory_.function(named->function.view());
  if (!function) {
    if (nobody_ == nullptr) nobody_ = std::make_unique<Coverage>(places.everywhere(kNoUnit));
    return *nobody_;
  }
  auto& held = coverages_[{*function, named->level}];
  if (held == nullptr) {
    held = std::make_unique<Coverage>(places.coverage(directory_, *function, named->level, at_));
  }
  return *held;
}

// The lists that the rules look at, and in which facts they are the ones.
struct RuleChanges::Picks {
  std::optional<Anchor> before;
  std::optional<Anchor> after;
  std::vector<Anchor> unknown;
  std::vector<Anchor> known;
};

std::vector<RuleChanges::Picks> RuleChanges::picks_of(const Rule* before, const Rule* after,
                                                      bool abroad) {
  std::map<std::pair<std::optional<Anchor>, std::optional<Anchor>>, std::vector<Pattern>> patterns;
  for (Pattern pattern = 0; pattern < kPatterns; ++pattern) {
    if (abroad && !is_known(pattern, Anchor::kSuspects)) continue;
    patterns[{pick(before, pattern, abroad), pick(after, pattern, abroad)}].push_back(pattern);
  }
  std::vector<Picks> out;
  const auto add = [&](const auto& lists, const std::vector<Pattern>& same) {
    Picks picks{lists.first, lists.second, {}, {}};
    for (const Anchor list : kAnchors) {
      // That the suspects are known goes without saying when one is abroad.
      if (abroad && list == Anchor::kSuspects) continue;
      const auto known = static_cast<std::size_t>(
          std::count_if(same.begin(), same.end(), [list](Pattern p) { return is_known(p, list); }));
      const bool decides = list == lists.first || list == lists.second;
      if (known == 0) picks.unknown.push_back(list);
      if (known == same.size() && !decides) picks.known.push_back(list);
    }
    out.push_back(std::move(picks));
  };
  for (const auto& [lists, same] : patterns) {
    Pattern some = 0;
    Pattern all = kPatterns - 1;
    for (const Pattern pattern : same) {
      some |= pattern;
      all &= pattern;
    }
    // One condition if it is about each list alone, else one for each pattern.
    if (same.size() == std::size_t{1} << std::popcount(some & ~all)) {
      add(lists, same);
    } else {
      for (const Pattern pattern : same) add(lists, {pattern});
    }
  }
  return out;
}

std::vector<PlacedChange> RuleChanges::of_units(const Rules& rules, bool abroad,
                                                Compared compared) {
  std::vector<PlacedChange> changes;
  const Rule* first = before_.rule(rules.first);
  const Rule* second = after_.rule(rules.second);
  const Coverage& before = before_.coverage(rules.first, places_);
  const Coverage& after = after_.coverage(rules.second, places_);
  const bool covered_alike = before.terminal == after.terminal && before.areas == after.areas;
  const bool look_alike = first != nullptr && second != nullptr && first->level == second->level &&
                          first->anchors == second->anchors;
  if (covered_alike && look_alike) return changes;
  for (const Picks& picks : picks_of(first, second, abroad)) {
    PlacedChange base;
    base.place.unknown = picks.unknown;
    base.place.known = picks.known;
    if (first != nullptr) base.before.rule = first->id;
    if (second != nullptr) base.after.rule = second->id;
    if (picks.before && picks.after && picks.before != picks.after) {
      add_different_lists(std::move(base), picks, rules, changes);
    } else {
      add_areas(base, picks, rules, compared, changes);
    }
  }
  for (PlacedChange& change : changes) {
    change.domestic =
        change.domestic || suspects_unknown(change.place) || change.place.list == Anchor::kSuspects;
  }
  return changes;
}

void RuleChanges::add_areas(const PlacedChange& base, const Picks& picks, const Rules& rules,
                            Compared compared, std::vector<PlacedChange>& out) {
  const Coverage& before = before_.coverage(rules.first, places_);
  const Coverage& after = after_.coverage(rules.second, places_);
  const auto list = picks.before ? picks.before : picks.after;
  if (!list) {
    const UnitChain from = compared_part(before.chain_of_nation(), compared);
    const UnitChain to = compared_part(after.chain_of_nation(), compared);
    if (from != to) out.push_back(named(base, from, to));
    return;
  }
  const auto left_out = list == Anchor::kSuspects ? std::optional(places_.abroad()) : std::nullopt;
  const auto changes = area_changes(picks.before ? before : national_part(before),
                                    picks.after ? after : national_part(after), left_out, compared);
  for (const AreaChange& change : changes) {
    PlacedChange& one = out.emplace_back(named(base, change.before, change.after));
    one.place.list = list;
    one.place.areas = codes_of(change.areas);
    for (const auto& part : change.parts) one.place.parts.push_back(codes_of(part));
  }
}

// Each release looks at a list of its own, so that nearly every two units can follow each other:
// said once.
void RuleChanges::add_different_lists(PlacedChange change, const Picks& picks, const Rules& rules,
                                      std::vector<PlacedChange>& out) {
  const auto chains = [this](const Coverage& coverage, Anchor list) {
    std::set<UnitChain> found;
    for (AreaNumber area = 0; area < coverage.areas.size(); ++area) {
      if (area == places_.abroad() && list == Anchor::kSuspects) continue;
      found.insert(coverage.chain_of(area, area));
    }
    return found;
  };
  const auto from = chains(before_.coverage(rules.first, places_), *picks.before);
  const auto to = chains(after_.coverage(rules.second, places_), *picks.after);
  if (from == to && from.size() <= 1) return;
  change.before.unit_of = picks.before;
  change.after.unit_of = picks.after;
  change.domestic = picks.before == Anchor::kSuspects || picks.after == Anchor::kSuspects;
  out.push_back(std::move(change));
}

std::vector<PlacedChange> RuleChanges::of_informs(const Informs& before,
                                                  const Informs& after) const {
  std::vector<PlacedChange> out;
  using Units = std::pair<std::vector<UnitNumber>, std::vector<UnitNumber>>;
  const auto units_of = [&](std::optional<Anchor> list, const AreaCode& area) {
    return Units(informed(before_, before, list, area), informed(after_, after, list, area));
  };
  const auto add = [&](PlaceCondition place, const Units& units) {
    const auto& [from, to] = units;
    std::vector<UnitNumber> gone;
    std::vector<UnitNumber> added;
    std::set_difference(from.begin(), from.end(), to.begin(), to.end(), std::back_inserter(gone));
    std::set_difference(to.begin(), to.end(), from.begin(), from.end(), std::back_inserter(added));
    if (gone.empty() && added.empty()) return;
    PlacedChange& change = out.emplace_back();
    change.part = ChangedPart::kInformed;
    change.place = std::move(place);
    change.before.units = ids_of(gone);
    change.after.units = ids_of(added);
  };
  add({}, units_of(std::nullopt, AreaCode("00")));
  for (const Anchor list : kAnchors) {
    std::map<Units, std::vector<AreaCode>> areas;
    for (const AreaCode& area : places_.areas()) areas[units_of(list, area)].push_back(area);
    for (auto& [units, same] : areas) {
      PlaceCondition place;
      place.list = list;
      place.areas = std::move(same);
      add(std::move(place), units);
    }
  }
  return out;
}

std::vector<UnitNumber> RuleChanges::informed(const ComparedSide& side, const Informs& informs,
                                              std::optional<Anchor> list,
                                              const AreaCode& code) const {
  const AreaNode* area = side.directory().area(code.view());
  if (area == nullptr || (list && area->kind != AreaNode::Kind::kDomestic)) return {};
  std::set<UnitNumber> units;
  for (const Inform* inform : informs) {
    const auto function = side.directory().function(inform->function.view());
    if (inform->of != list || !function) continue;
    const UnitNode* unit =
        side.directory().covering(*function, inform->level, area->in_force(side.at()), side.at());
    if (unit != nullptr) units.insert(places_.number_of(unit));
  }
  return {units.begin(), units.end()};
}

PlacedChange RuleChanges::named(const PlacedChange& base, const UnitChain& from,
                                const UnitChain& to) const {
  PlacedChange change = base;
  change.before.units = ids_of(from);
  change.after.units = ids_of(to);
  return change;
}

template <typename Units>
std::vector<UnitId> RuleChanges::ids_of(const Units& units) const {
  std::vector<UnitId> ids;
  for (const UnitNumber unit : units) {
    if (unit != kNoUnit) ids.push_back(places_.units()[static_cast<std::size_t>(unit)]);
  }
  return ids;
}

std::vector<AreaCode> RuleChanges::codes_of(const std::vector<AreaNumber>& areas) const {
  std::vector<AreaCode> codes;
  codes.reserve(areas.size());
  for (const AreaNumber area : areas) codes.push_back(places_.areas()[area]);
  return codes;
}

}  // namespace rujukan::routing
