#include "broker/decide/release_trust.h"

#include <algorithm>
#include <set>

#include "broker/crypto/ed25519.h"
#include "broker/crypto/sha256.h"

namespace rujukan::decide {
namespace {

// How many different trusted administrators signed. Errors: release.signature.
Result<std::size_t> count_signers(const wire::SignedRelease& release, const Trust& trust,
                                  const Digest& digest) {
  const Bytes signed_bytes = wire::release_signing_bytes(digest);
  std::set<PublicKey> signers;
  for (const wire::ReleaseSignature& signature : release.signatures) {
    const auto signer = std::find_if(
        trust.administrators.begin(), trust.administrators.end(),
        [&](const Administrator& administrator) { return administrator.key == signature.key; });
    if (signer == trust.administrators.end()) continue;
    if (!ed25519_verify(signature.key, signed_bytes, signature.signature)) {
      return Error{ErrorCode::kReleaseSignature, signer->name, "the signature does not verify"};
    }
    signers.insert(signature.key);
  }
  return signers.size();
}

}  // namespace

Trust trust_of(const Release& release) { return {release.threshold, release.administrators}; }

Result<VerifiedRelease> verify_release(ByteView signed_release, const Trust& trust,
                                       std::string_view log_origin) {
  const auto opened = wire::decode_signed_release(signed_release);
  if (!opened) return opened.error();
  const Digest digest = sha256(opened->body);
  const auto signers = count_signers(*opened, trust, digest);
  if (!signers) return signers.error();
  if (trust.threshold == 0 || *signers < trust.threshold) {
    return Error{ErrorCode::kReleaseSignature, "signatures",
                 std::to_string(*signers) + " of " + std::to_string(trust.threshold)};
  }
  auto release = wire::decode_release(opened->body);
  if (!release) return release.error();
  if (release->log_origin != log_origin) {
    return Error{ErrorCode::kReleaseInvalid, "log_origin", "it is of another log"};
  }
  return VerifiedRelease{*std::move(release), digest};
}

}  // namespace rujukan::decide
