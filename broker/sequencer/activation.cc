#include "broker/sequencer/activation.h"

#include <map>

#include "broker/routing/check.h"

namespace rujukan::sequencer {
namespace {

// The administrators who may sign: those of the release in force, or the first release's own.
Result<decide::Trust> authority(ByteView signed_release, const Release* previous) {
  if (previous != nullptr) return decide::trust_of(*previous);
  const auto parts = wire::decode_signed_release(signed_release);
  if (!parts) return parts.error();
  const auto first = wire::decode_release(parts->body);
  if (!first) return first.error();
  return decide::trust_of(*first);
}

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

Result<decide::VerifiedRelease> check_release(ByteView signed_release, const Release* previous,
                                              const std::string& log_origin, TimeUs now) {
  const auto trust = authority(signed_release, previous);
  if (!trust) return trust.error();
  auto verified = decide::verify_release(signed_release, *trust, log_origin);
  if (!verified) return verified;
  const Release& release = verified->release;
  if (release.validity.until && now >= *release.validity.until) {
    return Error{ErrorCode::kReleaseExpired, "expires", to_rfc3339(*release.validity.until)};
  }
  if (release.validity.from && now < *release.validity.from) {
    return Error{ErrorCode::kReleaseInvalid, "valid_from", "not yet"};
  }
  if (const auto total = check_table(release); !total) return total.error();
  if (previous != nullptr) {
    if (release.version <= previous->version) {
      return Error{ErrorCode::kReleaseOlder, "version", std::to_string(to_number(release.version))};
    }
    if (const auto kept = check_units_kept(*previous, release); !kept) return kept.error();
  }
  return verified;
}

}  // namespace rujukan::sequencer
