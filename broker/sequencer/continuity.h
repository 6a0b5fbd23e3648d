// Proofs for stations that the log continues what they have seen of it.
#pragma once

#include "broker/sequencer/log_writer.h"
#include "broker/wire/frames.h"

namespace rujukan::sequencer {

// Errors of both: those of merkle::verify_checkpoint, store.*. A checkpoint that this log's key
// signed for one of its shards and this log does not have (checkpoint.behind, checkpoint.fork)
// means that the broker was restored from an old copy, or that its key signed two histories: it
// must not serve.

// From `checkpoint`, "" for none, to the present tree; empty when it is of an earlier shard.
Result<std::vector<Digest>> prove_from(const LogWriter& log, const std::string& checkpoint);
// Errors: also checkpoint.invalid when the first comes after the second.
Result<wire::Consistency> prove_between(const store::Reader& store, const LogWriter& log,
                                        const wire::GetConsistency& asked);

}  // namespace rujukan::sequencer
