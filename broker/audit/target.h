// The tree that a verification is about: the newest checkpoint of a source, and who vouches for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/audit/finding.h"
#include "broker/merkle/policy.h"
#include "broker/store/log_files.h"
#include "broker/store/reader.h"

namespace rujukan::audit {

struct Target {
  std::string origin;
  std::uint64_t shard_first = 0;           // of a data directory: Entry.index of position 0
  std::optional<merkle::NoteKey> log_key;  // nullopt: checkpoints are taken as they are
  std::uint64_t size = 0;
  std::optional<Digest> root;  // nullopt: no checkpoint of this size verifies
  std::string published;       // the note at "checkpoint", if it is of this log; else empty
  std::uint64_t published_size = 0;
  std::vector<merkle::Trusted::Cosigned> cosigned;
};

// nullopt: nothing tells what the log is, which is a finding at position 0. `stored`: of a data
// directory, else nullptr; there the newest stored checkpoint gives the size even when it does not
// verify. Errors: those of the files, log.not_found.
Result<std::optional<Target>> find_target(const store::LogFiles& files,
                                          const std::optional<merkle::Policy>& policy,
                                          const store::Reader* stored, Findings& findings);

// With `key`, or as it claims to be. Errors: note.malformed, signature.invalid, checkpoint.invalid.
Result<merkle::Checkpoint> read_checkpoint(std::string_view note,
                                           const std::optional<merkle::NoteKey>& key);

}  // namespace rujukan::audit
