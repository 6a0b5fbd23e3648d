#include "broker/sequencer/activation.h"

#include <set>

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

// Cases name units by id, so an id may end but never vanish.
Result<void> check_units_kept(const Release& previous, const Release& next) {
  std::set<UnitId> ids;
  for (const Unit& unit : next.units) ids.insert(unit.id);
  for (const Unit& unit : previous.units) {
    if (!ids.contains(unit.id)) {
      return Error{ErrorCode::kReleaseInvalid, "units",
                   unit.id.str() + " is gone: end it with valid_until and a successor instead"};
    }
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
  if (previous != nullptr) {
    if (release.version <= previous->version) {
      return Error{ErrorCode::kReleaseOlder, "version", std::to_string(to_number(release.version))};
    }
    if (const auto kept = check_units_kept(*previous, release); !kept) return kept.error();
  }
  return verified;
}

}  // namespace rujukan::sequencer
