// Whether a release may be put in force: what follows from it, the release before and the time. Its
// signatures are checked by verify_release, the open cases by whoever has their records.
#pragma once

#include "broker/routing/table.h"

namespace rujukan::decide {

// Its validity, that its table is total, and that it follows on `previous`: a newer version that
// keeps every unit and names it, or none, as its parent. `previous` is nullptr for the first of a
// log. Errors: release.expired, release.early, release.invalid, release.older, release.parent.
Result<void> check_activation(const Release& next, const Release* previous, TimeUs now);

// The nation has a unit of every function that the rules assign, or that an open case may still be
// of, now and at each later change: else a case would come to an end of its chain that is not
// there. Errors: release.orphans.
Result<void> check_terminals(const routing::RoutingTable& next, TimeUs now);

// Whether open cases may have to be settled because guarantees forbid what they allowed before.
bool may_forbid_parts(const Release* previous, const Release& next);

}  // namespace rujukan::decide
