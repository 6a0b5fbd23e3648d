// What a broker says to a referral that opens a case with given facts, before it routes them.
#pragma once

#include <vector>

#include "broker/routing/facts_json.h"
#include "broker/routing/table.h"

namespace rujukan::cli {

// Errors, in the broker's order: message.invalid, message.too_large, identity.number,
// legal_basis.unknown, name.unknown, release.expired, permission.denied, facts.invalid. Requires:
// the origin is a unit of the release.
Result<void> check_opening(const routing::RoutingTable& table, const routing::FactsFile& file);

// The agencies that may open a case with these facts.
std::vector<AgencyId> openers(const routing::RoutingTable& table, const Facts& facts);

}  // namespace rujukan::cli
