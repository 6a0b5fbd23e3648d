#include "broker/decide/activation.h"

#include <algorithm>
#include <map>
#include <set>

#include "broker/crypto/sha256.h"
#include "broker/routing/check.h"
#include "broker/wire/release_codec.h"

namespace rujukan::decide {
namespace {

// Cases name units by id, so an id may end but never vanish; and chains are of one function.
Result<void> check_units_kept(const Release& previous, const Release& next) {
  std::map<UnitId, const Unit*> kept;
  for (const Unit& unit : next.units) kept.emplace(unit.id, &unit);
  for (const Unit& unit : previous.units) {
    const auto at = kept.find(unit.id);
    if (at == kept.end()) {
      return Error{ErrorCode::kReleaseInvalid, "units",
                   unit.id.str() + " is gone: end it with valid_until and a successor instead"};
    }
    if (at->second->function != unit.function) {
      return Error{ErrorCode::kReleaseInvalid, "units",
                   unit.id.str() + " has another function: end it and add another unit instead"};
    }
  }
  return {};
}

// A table that is not total must not come into force, whoever signed it.
Result<void> check_table(const Release& release) {
  const routing::CheckReport report = routing::check(release);
  for (const routing::Finding& finding : report.findings) {
    if (finding.severity != routing::Severity::kError) continue;
    return Error{ErrorCode::kReleaseInvalid, finding.error.field, to_string(finding.error)};
  }
  return {};
}

}  // namespace

Result<void> check_activation(const Release& next, const Release* previous, TimeUs now) {
  if (next.validity.until && now >= *next.validity.until) {
    return Error{ErrorCode::kReleaseExpired, "expires", to_rfc3339(*next.validity.until)};
  }
  if (next.validity.from && now < *next.validity.from) {
    return Error{ErrorCode::kReleaseEarly, "valid_from", to_rfc3339(*next.validity.from)};
  }
  if (auto total = check_table(next); !total) return total;
  if (previous == nullptr) return {};
  if (next.version <= previous->version) {
    return Error{ErrorCode::kReleaseOlder, "version", std::to_string(to_number(next.version))};
  }
  if (next.parent && *next.parent != sha256(wire::encode_release(*previous))) {
    return Error{ErrorCode::kReleaseParent, "parent",
                 "release " + std::to_string(to_number(previous->version)) + " is in force"};
  }
  if (next.edition < previous->edition) {
    return Error{ErrorCode::kReleaseInvalid, "edition", "older than that of the release before"};
  }
  return check_units_kept(*previous, next);
}

bool may_forbid_parts(const Release* previous, const Release& next) {
  if (next.edition < Edition::kPresentFacts) return false;
  if (previous == nullptr || previous->edition != next.edition) return true;
  const auto agency = [](const Unit& one, const Unit& other) {
    return one.id == other.id && one.agency == other.agency;
  };
  return previous->guarantees != next.guarantees || previous->permissions != next.permissions ||
         !std::equal(previous->units.begin(), previous->units.end(), next.units.begin(),
                     next.units.end(), agency);
}

Result<void> check_terminals(const routing::RoutingTable& next, TimeUs now) {
  std::set<FunctionId> functions;
  for (const Rule& rule : next.release().rules) {
    if (!rule.withheld) functions.insert(rule.function);
  }
  std::set<AgencyId> owners;
  for (const Permission& permission : next.release().permissions) {
    if (permission.may_own) owners.insert(permission.agency);
  }
  for (const Unit& unit : next.release().units) {
    const bool owns = owners.contains(unit.agency);
    if (owns && next.terminal(unit.function, now) != nullptr) functions.insert(unit.function);
  }
  for (std::optional<TimeUs> at = now; at; at = next.next_change(*at)) {
    for (const FunctionId& function : functions) {
      if (next.terminal(function, *at) != nullptr) continue;
      return Error{ErrorCode::kReleaseOrphans, "units",
                   "no national unit of " + function.str() + " at " + to_rfc3339(*at)};
    }
  }
  return {};
}

}  // namespace rujukan::decide
