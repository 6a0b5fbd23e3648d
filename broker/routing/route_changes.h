// For which facts two releases name different owners, chains, other assignments and informed units.
#pragma once

#include <optional>
#include <vector>

#include "broker/base/result.h"
#include "broker/routing/fact_boxes.h"

namespace rujukan::routing {

// Places of facts for which everything that is set holds.
struct PlaceCondition {
  std::vector<Anchor> unknown;               // these lists are empty
  std::vector<Anchor> known;                 // these are not; which areas they hold does not matter
  std::optional<Anchor> list;                // this one is not empty, and one of these is so:
  std::vector<AreaCode> areas;               // all its areas are among these
  std::vector<std::vector<AreaCode>> parts;  // it has two areas, of two different parts
  friend auto operator<=>(const PlaceCondition&, const PlaceCondition&) = default;
};

// Who is named under one release.
struct Named {
  std::vector<UnitId> units;      // empty: nobody, or as `by` says
  RuleId rule;                    // empty: none
  std::optional<Anchor> unit_of;  // whichever unit the rule names for the areas of this list
  friend auto operator<=>(const Named&, const Named&) = default;
};

enum class ChangedPart { kOwner, kChain, kAssignment, kInformed };

// Facts of one of the boxes, at one of the places, at one of the times.
struct RouteChange {
  ChangedPart part = ChangedPart::kOwner;
  std::vector<FactBox> boxes;
  std::vector<PlaceCondition> places;  // of kInformed: holds for some area of the list
  std::vector<Validity> when;          // empty: always
  // kOwner: the owner alone. kChain: the whole chain of a need, leading or not, whose first unit
  // stays. kAssignment: the chain of a need that need not lead. kInformed: units that are no longer
  // informed by the rule; units that newly are. With `unit_of` set on both sides: wherever the
  // units differ.
  Named before;
  Named after;
};

struct RouteChanges {
  // Exhaustive for facts whose areas both releases hold, and for lists that decide and hold an area
  // that one of them does not. A list of three areas or more goes, in each release, where that pair
  // of its areas goes that rises highest.
  std::vector<RouteChange> owner;
  // Of facts that have the need, whether it leads or not: the leading needs of a box are the need
  // that is answered, and none where a whole case is meant.
  std::vector<RouteChange> other;
};

// At every date within `within`. Pure. Errors: release.invalid.
Result<RouteChanges> route_changes(const Release& before, const Release& after,
                                   const Validity& within);

}  // namespace rujukan::routing
