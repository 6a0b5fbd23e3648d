// Whether a signed release may be put in force.
#pragma once

#include "broker/decide/release_trust.h"
#include "broker/sequencer/log_writer.h"

namespace rujukan::sequencer {

// `previous` is the release in force; nullptr for the first of a log, which vouches for itself and
// is pinned by the stations' anchors. Errors: release.invalid, release.signature, release.older,
// release.expired. `log_origin`: of the shard that grows; another one, of the next shard, is
// allowed when there is a release in force.
Result<decide::VerifiedRelease> check_release(ByteView signed_release, const Release* previous,
                                              const std::string& log_origin, TimeUs now);

// Whether a shard of this origin may begin. Errors: store.*; release.invalid (the origin was used
// before), entry.too_large (a case could not be carried).
Result<void> check_rotation(const store::Reader& store,
                            const std::vector<std::unique_ptr<LogShard>>& shards,
                            const std::string& origin);

}  // namespace rujukan::sequencer
