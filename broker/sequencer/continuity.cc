#include "broker/sequencer/continuity.h"

namespace rujukan::sequencer {
namespace {

// The size of a checkpoint that this log has.
Result<std::uint64_t> known_size(const LogWriter& log, const std::string& checkpoint) {
  const auto seen = merkle::verify_checkpoint(checkpoint, log.note_key());
  if (!seen) return seen.error();
  if (seen->size > log.size()) {
    return Error{ErrorCode::kCheckpointBehind, "checkpoint",
                 "a station has seen size " + std::to_string(seen->size) + ", this log has " +
                     std::to_string(log.size())};
  }
  const auto root = log.tree().root_at(seen->size);
  if (!root) return root.error();
  if (*root != seen->root) {
    return Error{ErrorCode::kCheckpointFork, "checkpoint",
                 "another root at size " + std::to_string(seen->size)};
  }
  return seen->size;
}

Result<std::vector<Digest>> prove(const LogWriter& log, std::uint64_t first, std::uint64_t second) {
  if (first == 0) return std::vector<Digest>();
  return log.tree().consistency(first, second);
}

}  // namespace

Result<std::vector<Digest>> prove_from(const LogWriter& log, const std::string& checkpoint) {
  if (checkpoint.empty()) return std::vector<Digest>();
  const auto size = known_size(log, checkpoint);
  return size ? prove(log, *size, log.size()) : size.error();
}

Result<std::vector<Digest>> prove_between(const LogWriter& log, const wire::GetConsistency& asked) {
  const auto first = known_size(log, asked.first);
  if (!first) return first.error();
  const auto second = known_size(log, asked.second);
  if (!second) return second.error();
  if (*first > *second) {
    return Error{ErrorCode::kCheckpointInvalid, "first", "is larger than the second"};
  }
  return prove(log, *first, *second);
}

}  // namespace rujukan::sequencer
