// Explanation: what an evaluation of the table did, for people who change it.
#pragma once

#include <optional>
#include <vector>

#include "broker/routing/condition.h"
#include "broker/routing/evaluation.h"
#include "broker/routing/table.h"

namespace rujukan::routing {

// Everything in it points into the table; so it lives no longer.
struct Explanation {
  struct Implied {
    std::size_t position;  // in the release's list
    const ImpliedNeeds* rule;
    std::vector<Need> added;  // those that nobody had named yet; may be empty
  };

  // An earlier rule of the need, and the first part of its condition that does not hold.
  struct PassedOver {
    const Rule* rule;
    ConditionPart failed;
  };

  // An area as the facts name it, and the one it is routed by: itself or its last successor.
  struct Place {
    AreaCode given;
    AreaCode routed;
  };

  // A unit that lists the area or one around it and does not count at the time.
  struct Inactive {
    const Unit* unit;
    bool ended;  // else: not begun
  };

  // Who was found for one area at one level.
  struct Sought {
    Place place;
    const Unit* unit = nullptr;        // nullptr: nobody
    const Unit* stands_for = nullptr;  // the ended unit whose successor it is; nullptr: itself
    const Area* listed = nullptr;      // the area around it that the unit lists
    std::vector<Inactive> inactive;    // that would have gone before it
  };

  struct LevelTried {
    Level level;
    std::vector<Sought> sought;
    const Unit* taken = nullptr;  // on which all areas agree; nullptr: they differ or one has none
  };

  struct NeedDecided {
    Need need;
    std::vector<PassedOver> passed_over;
    const Rule* rule = nullptr;      // nullptr: none matches
    std::optional<Anchor> list;      // nullopt: the rule has none, or all of them are empty
    std::vector<Place> places;       // of the list
    bool at_nation = false;          // no list, or it holds the nation or abroad
    std::vector<LevelTried> levels;  // from the narrowest; those with `taken` are the chain
  };

  struct InformSought {
    Place place;
    const Unit* unit;  // nullptr: nobody
    InformResult result;
  };
  struct InformEntry {
    const RuleId* rule;
    const Inform* inform;
    std::vector<InformSought> sought;
  };

  std::vector<Implied> implied;
  std::vector<NeedDecided> needs;    // in the order of Need, up to the one that failed
  std::vector<InformEntry> informs;  // in the order of the rules
  Lookup result;                     // meaningless with an error
  std::optional<Error> error;        // what route() answers
};

// "informed", "already_informed", "holds_assignment", "nobody", "not_domestic".
std::string_view name_of(InformResult result);

}  // namespace rujukan::routing
