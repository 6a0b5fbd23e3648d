// What a release takes away that held for every case before: to be read before anything else of a
// difference.
#pragma once

#include <string>
#include <vector>

#include "broker/routing/route_changes.h"

namespace rujukan::routing {

struct Weakened {
  enum class What {
    kGuarantees,  // there were some, and there is none
    kMayOwn,      // an agency that only watched may own
    kInform,      // a rule takes cases of another and does not inform whom that informed
  };
  What what = What::kGuarantees;
  std::string id;                 // the agency, or the rule that takes the cases; else empty
  std::vector<std::string> lost;  // the guarantees; or who is not informed: "kpai national"
  std::string instead_of;         // kInform: the rule whose cases these were
  friend bool operator==(const Weakened&, const Weakened&) = default;
};
std::string_view name_of(Weakened::What what);

// "oversight regency of victims".
std::string inform_text(const Inform& inform);

// In the order of What. `routes`: what changes between the two.
std::vector<Weakened> weakened(const Release& before, const Release& after,
                               const RouteChanges& routes);

}  // namespace rujukan::routing
