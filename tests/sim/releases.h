// The releases that follow each other in the simulation, over one small country.
#pragma once

#include <memory>
#include <vector>

#include "broker/routing/table.h"

namespace rujukan::sim {

using Table = std::shared_ptr<const routing::RoutingTable>;

// The rules, guarantees, permissions and deadlines of config/; two provinces with two regencies
// each. Units begin and end, with and without a successor, as time passes and from one release to
// the next; rules change. Aborts when one of them could not come into force.
std::vector<Table> releases();

}  // namespace rujukan::sim
