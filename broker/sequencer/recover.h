// Rebuilds a data directory from its log: entries, payloads and releases are copied to a fresh
// file, the tree is recomputed and held against every signed checkpoint, and all else is derived
// again.
#pragma once

#include <functional>
#include <string>

#include "broker/merkle/note.h"

namespace rujukan::sequencer {

struct Recovered {
  std::uint64_t entries = 0;
  std::uint64_t payloads = 0;
  std::uint64_t payloads_erased = 0;   // announced, and erased by an entry
  std::uint64_t payloads_missing = 0;  // announced by an accepted message, and not there
  std::uint64_t checkpoints = 0;
};

// Leaves the old database beside the new one as "rujukan.db.before-recovery"; on an error nothing
// is changed. Requires: no broker runs on it. `progress` is called now and then with the entries
// done and their number. Errors: store.*, entry.*, checkpoint.*, signature.invalid.
Result<Recovered> recover(const std::string& directory, const merkle::NoteKey& log_key,
                          const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace rujukan::sequencer
