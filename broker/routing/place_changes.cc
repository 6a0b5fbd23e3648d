#include "broker/routing/place_changes.h"

#include <algorithm>
#include <map>

#include "broker/base/invariant.h"

namespace rujukan::routing {
namespace {

UnitNumber agreed(UnitNumber a, UnitNumber b) { return a == b ? a : kNoUnit; }

using Change = std::pair<UnitChain, UnitChain>;
using Pairs = std::vector<std::pair<AreaNumber, AreaNumber>>;
using Row = std::vector<bool>;

// Areas that have the same partners, and which groups of them are partners: a pair of areas of two
// partnered groups is a pair of the list.
struct Groups {
  std::vector<std::vector<AreaNumber>> members;
  std::vector<Row> partnered;
};

Groups groups_of(const Pairs& pairs, std::size_t areas) {
  std::map<AreaNumber, Row> rows;
  for (const auto& [a, b] : pairs) {
    for (const auto& [of, with] : {std::pair(a, b), std::pair(b, a)}) {
      Row& row = rows[of];
      row.resize(areas);
      row[with] = true;
    }
  }
  std::map<Row, std::size_t> by_row;
  Groups groups;
  for (const auto& [area, row] : rows) {
    const auto [at, is_new] = by_row.emplace(row, groups.members.size());
    if (is_new) groups.members.emplace_back();
    groups.members[at->second].push_back(area);
  }
  groups.partnered.assign(groups.members.size(), Row(groups.members.size()));
  for (std::size_t i = 0; i < groups.members.size(); ++i) {
    const Row& row = rows.at(groups.members[i].front());
    for (std::size_t j = 0; j < groups.members.size(); ++j) {
      groups.partnered[i][j] = row[groups.members[j].front()];
    }
  }
  return groups;
}

// Sets of areas, divided into parts, whose pairs across parts are these pairs and no others.
std::vector<std::vector<std::vector<AreaNumber>>> parts_of(const Pairs& pairs, std::size_t areas) {
  const Groups groups = groups_of(pairs, areas);
  const std::size_t count = groups.members.size();
  std::vector<Row> done(count, Row(count));
  std::vector<std::vector<std::vector<AreaNumber>>> out;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i + 1; j < count; ++j) {
      if (!groups.partnered[i][j] || done[i][j]) continue;
      std::vector<std::size_t> chosen{i, j};
      for (std::size_t k = 0; k < count; ++k) {
        const bool fits = std::all_of(chosen.begin(), chosen.end(),
                                      [&](std::size_t c) { return groups.partnered[c][k]; });
        if (fits) chosen.push_back(k);
      }
      auto& parts = out.emplace_back();
      for (const std::size_t c : chosen) {
        parts.push_back(groups.members[c]);
        for (const std::size_t other : chosen) done[c][other] = true;
      }
      std::sort(parts.begin(), parts.end());
    }
  }
  return out;
}

}  // namespace

UnitChain Coverage::chain_of(AreaNumber a, AreaNumber b) const {
  if (terminal == kNoUnit || !areas[a].known || !areas[b].known) return kNobody;
  return {agreed(areas[a].regency, areas[b].regency), agreed(areas[a].province, areas[b].province),
          terminal};
}

UnitChain compared_part(UnitChain chain, Compared compared) {
  if (compared == Compared::kWhole) return chain;
  for (const UnitNumber unit : chain) {
    if (unit != kNoUnit) return {unit, kNoUnit, kNoUnit};
  }
  return kNobody;
}

ComparedPlaces::ComparedPlaces(const Release& before, const Release& after) {
  areas_.emplace_back("XX");
  for (const Release* release : {&before, &after}) {
    for (const Area& area : release->areas) areas_.push_back(area.code);
    for (const Unit& unit : release->units) units_.push_back(unit.id);
  }
  std::sort(areas_.begin(), areas_.end());
  areas_.erase(std::unique(areas_.begin(), areas_.end()), areas_.end());
  std::sort(units_.begin(), units_.end());
  units_.erase(std::unique(units_.begin(), units_.end()), units_.end());
  const auto at = std::lower_bound(areas_.begin(), areas_.end(), AreaCode("XX"));
  abroad_ = static_cast<AreaNumber>(at - areas_.begin());
}

UnitNumber ComparedPlaces::number_of(const UnitNode* unit) const {
  if (unit == nullptr) return kNoUnit;
  const auto at = std::lower_bound(units_.begin(), units_.end(), unit->unit->id);
  INVARIANT(at != units_.end() && *at == unit->unit->id);
  return static_cast<UnitNumber>(at - units_.begin());
}

Coverage ComparedPlaces::coverage(const Directory& directory, FunctionIx function, Level level,
                                  TimeUs at) const {
  Coverage out;
  out.terminal = number_of(directory.covering(function, Level::kNational, directory.nation(), at));
  out.areas.reserve(areas_.size());
  for (const AreaCode& code : areas_) {
    Coverage::Cover& cover = out.areas.emplace_back();
    const AreaNode* area = directory.area(code.view());
    cover.known = area != nullptr;
    if (area == nullptr || area->kind != AreaNode::Kind::kDomestic) continue;
    if (level == Level::kRegency) {
      cover.regency = number_of(directory.covering(function, level, area->in_force(at), at));
    }
    if (level != Level::kNational) {
      cover.province =
          number_of(directory.covering(function, Level::kProvince, area->in_force(at), at));
    }
  }
  return out;
}

Coverage ComparedPlaces::everywhere(UnitNumber terminal) const {
  Coverage out;
  out.areas.resize(areas_.size());
  out.terminal = terminal;
  return out;
}

std::vector<AreaChange> area_changes(const Coverage& before, const Coverage& after,
                                     std::optional<AreaNumber> left_out, Compared compared) {
  const auto count = static_cast<AreaNumber>(before.areas.size());
  const auto change_of = [&](AreaNumber a, AreaNumber b) {
    return Change(compared_part(before.chain_of(a, b), compared),
                  compared_part(after.chain_of(a, b), compared));
  };
  std::vector<bool> differs(count);
  bool any = before.terminal != after.terminal;
  for (AreaNumber a = 0; a < count; ++a) {
    differs[a] = before.terminal != after.terminal || before.areas[a] != after.areas[a];
    any = any || differs[a];
  }
  std::vector<AreaChange> out;
  if (!any) return out;
  std::map<Change, std::vector<AreaNumber>> singles;
  std::map<Change, Pairs> pairs;
  for (AreaNumber a = 0; a < count; ++a) {
    if (a == left_out) continue;
    const Change alone = change_of(a, a);
    if (alone.first != alone.second) singles[alone].push_back(a);
    for (AreaNumber b = a + 1; b < count; ++b) {
      if (b == left_out || (!differs[a] && !differs[b])) continue;
      const Change both = change_of(a, b);
      const bool follows = both == alone && both == change_of(b, b);
      if (both.first != both.second && !follows) pairs[both].emplace_back(a, b);
    }
  }
  for (auto& [change, areas] : singles) {
    out.push_back({change.first, change.second, std::move(areas), {}});
  }
  for (const auto& [change, list] : pairs) {
    for (auto& parts : parts_of(list, count)) {
      out.push_back({change.first, change.second, {}, std::move(parts)});
    }
  }
  return out;
}

}  // namespace rujukan::routing
