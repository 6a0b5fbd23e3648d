#include "broker/decide/release_trust.h"

#include "broker/crypto/sha256.h"

namespace rujukan::decide {

Result<VerifiedRelease> verify_release(ByteView signed_release, const Trust& trust) {
  const auto opened = wire::decode_signed_release(signed_release);
  if (!opened) return opened.error();
  const Digest digest = sha256(opened->body);
  const auto signers = count_signers(opened->signatures, trust, wire::release_signing_bytes(digest),
                                     ErrorCode::kReleaseSignature);
  if (!signers) return signers.error();
  if (trust.threshold == 0 || *signers < trust.threshold) {
    return Error{ErrorCode::kReleaseSignature, "signatures",
                 std::to_string(*signers) + " of " + std::to_string(trust.threshold)};
  }
  auto release = wire::decode_release(opened->body);
  if (!release) return release.error();
  return VerifiedRelease{*std::move(release), digest};
}

Result<VerifiedRelease> verify_release(ByteView signed_release, const Trust& trust,
                                       std::string_view log_origin) {
  auto verified = verify_release(signed_release, trust);
  if (verified && verified->release.log_origin != log_origin) {
    return Error{ErrorCode::kReleaseInvalid, "log_origin", "it is of another log"};
  }
  return verified;
}

}  // namespace rujukan::decide
