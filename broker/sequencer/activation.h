// Whether a signed release may be put in force.
#pragma once

#include "broker/decide/release_trust.h"

namespace rujukan::sequencer {

// `previous` is the release in force; nullptr for the first of a log, which vouches for itself and
// is pinned by the stations' anchors. Errors: release.invalid, release.signature, release.older,
// release.expired.
Result<decide::VerifiedRelease> check_release(ByteView signed_release, const Release* previous,
                                              const std::string& log_origin, TimeUs now);

}  // namespace rujukan::sequencer
