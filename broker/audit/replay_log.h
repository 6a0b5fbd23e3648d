// Hands the entries of a log to whoever replays it: for those that need no proof of every entry.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/audit/consumer.h"
#include "broker/decide/release_trust.h"
#include "broker/merkle/policy.h"
#include "broker/store/log_files.h"

namespace rujukan::audit {

struct ReplayOptions {
  std::optional<merkle::Policy> policy;         // nullopt: the checkpoint is taken as it is
  std::optional<decide::Trust> administrators;  // of the first release; nullopt: whom it names
  std::optional<std::uint64_t> until;           // the last position that is read; nullopt: all
  std::vector<Consumer*> consumers;
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;  // may be empty
};

struct ReplayedLog {
  std::string origin;
  std::uint64_t size = 0;     // of the tree
  std::uint64_t entries = 0;  // of them read
  Findings findings;          // of the checkpoint, the root, the releases and the consumers
};

// The tree's root is held against the checkpoint's when all entries are read; single entries and
// their senders' signatures are not checked: see verify_log. Stops at the first finding. `files`
// outlives the call. Errors: the log cannot be read (log.not_found, file.unreadable, http.failed,
// store.*, tile.*, entry.malformed).
Result<ReplayedLog> replay_log(const store::LogFiles& files, const ReplayOptions& options);

}  // namespace rujukan::audit
