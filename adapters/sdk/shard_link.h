// How a station follows the log from one shard to the next.
#pragma once

#include <string>
#include <vector>

#include "broker/merkle/note.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

// A shard that continues another one.
struct LinkedShard {
  std::string origin;
  std::uint64_t first = 0;   // Entry.index of its genesis
  std::string previous;      // the last checkpoint of the shard before
  std::uint64_t before = 0;  // Entry.index of that shard's own entry 0
};

// The shards from that of the first checkpoint that was asked for to that of the second: each
// genesis names the last checkpoint of the shard before, the first of these continues the first
// checkpoint, and each genesis lies in its own shard. `log`: its name does not matter.
// Errors: those of merkle::verify_checkpoint, entry.malformed, log.genesis.
Result<std::vector<LinkedShard>> verify_link(const wire::Consistency& answer,
                                             const Ed25519PublicKey& log);

}  // namespace rujukan::sdk
