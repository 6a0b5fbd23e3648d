// Lookup: what the table answers, as pointers into it.
#pragma once

#include "broker/base/fixed_list.h"
#include "broker/base/limits.h"
#include "broker/model/release.h"

namespace rujukan::routing {

inline constexpr std::size_t kNeeds = 10;
static_assert(static_cast<std::size_t>(Need::kWitnessProtection) + 1 == kNeeds);
// A unit has one level, so a chain holds at most one unit per level and never a unit twice.
inline constexpr std::size_t kChainUnits = 3;

// Filled by RoutingTable::lookup, again and again if wanted; valid as long as the table. 5 KB.
struct Lookup {
  struct Assigned {
    Need need;
    const Rule* rule;
    FixedList<const Unit*, kChainUnits> chain;  // as RoutedAssignment::chain
  };
  struct Withheld {
    Need need;
    const Rule* rule;
  };

  FixedList<Assigned, kNeeds> assigned;                // in the order of Need
  FixedList<Withheld, kNeeds> withheld;                // in the order of Need
  FixedList<const Unit*, limits::kInformed> informed;  // in the order of the rules, no repeats
  Need lead = Need::kInvestigation;                    // of the first assignment
  std::uint32_t accept_within_s = 0;                   // follows from the urgency

  // Requires: a lookup that succeeded.
  const Unit& owner() const { return *assigned.front().chain.front(); }
};

}  // namespace rujukan::routing
