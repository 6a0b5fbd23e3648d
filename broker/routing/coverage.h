// What units of a function can answer for: every area at every date, and by that every set of
// areas.
#pragma once

#include <optional>
#include <vector>

#include "broker/routing/directory.h"
#include "broker/routing/fact_space.h"

namespace rujukan::routing {

// A unit that lists an area which another of its function and level lists too, at the same time:
// neither would be the more specific one.
struct DoubleCoverage {
  std::size_t unit;   // positions in the list; the later of the two
  std::size_t other;  // the earlier
  AreaCode area;
};

// At most one for each unit and area.
std::vector<DoubleCoverage> double_coverage(const std::vector<Unit>& units);

// Over all codes that facts may name, replaced ones and abroad included, and all segments of dates.
//
// A chain of a set of areas holds, at each level, the unit on which all members agree. So whatever
// unit stands in the chain of a set stands in the chain of each of its members: one area shows
// every unit that any set can show. And where a set does not agree at a level, either some member
// has no unit there, or two members differ: pairs show every way in which a set can fall to a wider
// level.
struct FunctionCoverage {
  struct Seen {
    const UnitNode* unit;
    Witness witness;  // no area for a national unit
  };
  FunctionIx function{};
  std::vector<Seen> units;  // that can stand in a chain; national ones first
  // [level of a rule][level of the first unit of the chain], in the numbers of Level.
  std::optional<Witness> heads[3][3];
  std::vector<DateSegment> unterminated;  // in which the function has no national unit
  std::uint64_t dates = 0;
  std::uint64_t lookups = 0;  // areas times levels times dates
  std::uint64_t pairs = 0;    // of areas, times dates
};

// Requires: the directory is built from the release.
FunctionCoverage cover(const Release& release, const Directory& directory,
                       const FunctionId& function);

}  // namespace rujukan::routing
