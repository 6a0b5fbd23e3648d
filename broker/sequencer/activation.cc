#include "broker/sequencer/activation.h"

#include <algorithm>
#include <set>

#include "broker/crypto/ed25519.h"
#include "broker/crypto/sha256.h"

namespace rujukan::sequencer {
namespace {

// Distinct administrators of `authority` whose signature verifies.
std::size_t count_signers(const wire::SignedRelease& signed_release, const Release& authority,
                          const Digest& digest) {
  const Bytes text = wire::release_signing_bytes(digest);
  std::set<PublicKey> signers;
  for (const wire::ReleaseSignature& signature : signed_release.signatures) {
    const bool known = std::any_of(authority.administrators.begin(), authority.administrators.end(),
                                   [&](const Administrator& a) { return a.key == signature.key; });
    if (known && ed25519_verify(signature.key, text, signature.signature)) {
      signers.insert(signature.key);
    }
  }
  return signers.size();
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

Result<CheckedRelease> check_release(ByteView signed_release, const Release* previous,
                                     const std::string& log_origin, TimeUs now) {
  const auto parts = wire::decode_signed_release(signed_release);
  if (!parts) return parts.error();
  auto release = wire::decode_release(parts->body);
  if (!release) return release.error();
  const Digest digest = sha256(parts->body);

  const Release& authority = previous != nullptr ? *previous : *release;
  const std::size_t signers = count_signers(*parts, authority, digest);
  if (authority.threshold == 0 || signers < authority.threshold) {
    return Error{ErrorCode::kReleaseSignature, "signatures",
                 std::to_string(signers) + " of " + std::to_string(authority.threshold)};
  }
  if (release->log_origin != log_origin) {
    return Error{ErrorCode::kReleaseInvalid, "log_origin", release->log_origin};
  }
  if (release->validity.until && now >= *release->validity.until) {
    return Error{ErrorCode::kReleaseExpired, "expires", to_rfc3339(*release->validity.until)};
  }
  if (release->validity.from && now < *release->validity.from) {
    return Error{ErrorCode::kReleaseInvalid, "valid_from", "not yet"};
  }
  if (previous != nullptr) {
    if (release->version <= previous->version) {
      return Error{ErrorCode::kReleaseOlder, "version",
                   std::to_string(to_number(release->version))};
    }
    if (const auto kept = check_units_kept(*previous, *release); !kept) return kept.error();
  }
  return CheckedRelease{*std::move(release), digest};
}

}  // namespace rujukan::sequencer
