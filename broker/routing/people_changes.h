// For which people a release changes what, in few lines: the groups of facts of a difference,
// gathered by need and by the victim's age.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "broker/routing/route_changes.h"

namespace rujukan::routing {

// Who is named on one side, over all places.
struct NamedUnits {
  std::set<UnitId> units;
  std::set<Anchor> unit_of;  // whichever unit covers an area of these lists
  bool nobody = false;       // of kAssignment: in some of the facts
  friend auto operator<=>(const NamedUnits&, const NamedUnits&) = default;
};

// Where: each is so in some of the facts.
struct ChangedPlaces {
  std::set<Anchor> lists;
  std::set<AreaCode> areas;      // of lists whose areas are all of these
  std::set<AreaCode> two_areas;  // of lists that hold two of these; then nothing else is set
  bool anywhere = false;         // whichever the areas are
  friend auto operator<=>(const ChangedPlaces&, const ChangedPlaces&) = default;
};

struct PeopleChange {
  // kAssignment: the unit that answers the need, whether it leads or not. kChain: the unit stays;
  // it no longer falls to `before`, and newly to `after`. kInformed: `before` is no longer, `after`
  // is newly informed.
  ChangedPart part = ChangedPart::kAssignment;
  std::vector<VictimAge> ages;  // ascending
  std::vector<Need> needs;      // ascending; empty: the case as a whole
  NamedUnits before;
  NamedUnits after;
  ChangedPlaces places;
  std::optional<TimeUs> from;  // the first moment at which it is so somewhere; not set: at once
};

// First other units, then other informed units, then other chains; each by people and needs. Says
// of each change that it is in the facts of these people and needs, not of which of them: that is
// for the changes themselves to say.
std::vector<PeopleChange> people_changes(const RouteChanges& changes);

}  // namespace rujukan::routing
