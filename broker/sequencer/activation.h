// Whether a signed release may be put in force.
#pragma once

#include "broker/model/release.h"
#include "broker/wire/release_codec.h"

namespace rujukan::sequencer {

struct CheckedRelease {
  Release release;
  Digest digest{};  // of the body
};

// `previous` is the release in force; nullptr for the first of a log, which vouches for itself and
// is pinned by the stations' anchors. Errors: release.invalid, release.signature, release.older,
// release.expired.
Result<CheckedRelease> check_release(ByteView signed_release, const Release* previous,
                                     const std::string& log_origin, TimeUs now);

}  // namespace rujukan::sequencer
