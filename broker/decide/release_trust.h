// Who may sign the next release, and whether they did.
#pragma once

#include <string_view>

#include "broker/decide/trust.h"
#include "broker/wire/release_codec.h"

namespace rujukan::decide {

struct VerifiedRelease {
  Release release;
  Digest digest{};  // of the body
};

// The body is read only after its signatures were counted; a bad signature under a trusted key
// refuses the release, signatures of others are ignored. Validity is not looked at.
// Errors: release.invalid, release.signature.
Result<VerifiedRelease> verify_release(ByteView signed_release, const Trust& trust);
// The same, of the log's newest shard: the release begins no other one. Errors: also
// release.invalid.
Result<VerifiedRelease> verify_release(ByteView signed_release, const Trust& trust,
                                       std::string_view log_origin);

}  // namespace rujukan::decide
