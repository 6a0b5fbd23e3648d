// Verifies a whole log: its checkpoint, tree and entries.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/audit/consumer.h"
#include "broker/decide/ownership.h"
#include "broker/decide/release_trust.h"
#include "broker/merkle/policy.h"
#include "broker/store/log_files.h"

namespace rujukan::audit {

struct VerifyOptions {
  std::optional<merkle::Policy> policy;         // nullopt: checkpoints are taken as they are
  std::optional<decide::Trust> administrators;  // of the first release; nullopt: whom it names
  std::string data_directory;  // when the source is one: its payloads and all its checkpoints
  std::string state;           // a file; empty: nothing is kept
  unsigned threads = 0;        // that work beside those that read and fold; 0: one for each core
  std::vector<Consumer*> consumers;
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;  // may be empty
};

struct Verified {
  // By position, then by the number of the code. At kMostFindings the verification ended.
  Findings findings;
  std::string origin;
  std::uint64_t size = 0;         // of the tree
  std::uint64_t entries = 0;      // looked at, those of earlier runs included
  std::uint64_t resumed_at = 0;   // how many of them an earlier run looked at
  std::uint64_t checkpoints = 0;  // that verify and have the root of the entries
  bool signed_checkpoints = false;
  std::optional<Digest> root;  // of the entries; nullopt: some of its hashes are missing
  std::vector<merkle::Trusted::Cosigned> cosigned;
  decide::OwnershipCheck::Summary cases;
  std::uint64_t entries_lost = 0;       // damaged or missing: what followed from them is not found
  std::uint64_t senders_unchecked = 0;  // whose key is not known, by refusals or for lost entries
};

// Whatever is wrong with the log is a finding. `files` outlives the call. Errors: the source cannot
// be read (log.not_found, file.unreadable, http.failed, store.*), or the state not used
// (state.invalid).
Result<Verified> verify_log(const store::LogFiles& files, const VerifyOptions& options);

}  // namespace rujukan::audit
