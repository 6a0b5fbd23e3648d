#include "adapters/sdk/seen_log.h"

#include "broker/merkle/proof.h"

namespace rujukan::sdk {
namespace {

// Receipts of one size come close together; older ones only serve to find forks.
constexpr std::uint64_t kCheckpointsKept = 1000;

}  // namespace

Result<std::string> SeenLog::latest() const {
  Statement row = database_.prepare("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1");
  const auto found = row.step();
  if (!found) return found.error();
  return *found ? std::string(row.text(0)) : std::string();
}

Result<void> SeenLog::welcome(const wire::Welcome& welcome, const std::string& since) {
  const auto last_note = latest();
  if (!last_note) return last_note.error();
  if (welcome.checkpoint.empty() && last_note->empty()) return {};
  const auto now = merkle::verify_checkpoint(welcome.checkpoint, log_);
  if (!now) return now.error();
  if (last_note->empty()) return remember(*now, welcome.checkpoint);
  const auto last = merkle::verify_checkpoint(*last_note, log_);
  if (!last) return Error{ErrorCode::kStoreCorrupt, "checkpoint", to_string(last.error())};
  if (now->size < last->size) {
    return Error{ErrorCode::kCheckpointBehind, "welcome",
                 "size " + std::to_string(now->size) + " after " + std::to_string(last->size)};
  }
  if (since.empty()) return remember(*now, welcome.checkpoint);
  const auto said = merkle::verify_checkpoint(since, log_);
  if (!said) return Error{ErrorCode::kStoreCorrupt, "checkpoint", to_string(said.error())};
  if (said->size == 0 || now->size == said->size) return remember(*now, welcome.checkpoint);
  if (!merkle::verify_consistency(said->size, said->root, now->size, now->root,
                                  welcome.consistency)) {
    // Without a proof it is only a bad answer; two histories are proved by two roots of one size.
    return Error{ErrorCode::kProofInvalid, "welcome.consistency",
                 "from size " + std::to_string(said->size) + " to " + std::to_string(now->size)};
  }
  return remember(*now, welcome.checkpoint);
}

Result<void> SeenLog::receipt(const Receipt& receipt) {
  const auto checkpoint = merkle::verify_receipt(receipt, log_);
  if (!checkpoint) return checkpoint.error();
  return remember(*checkpoint, receipt.checkpoint);
}

Result<void> SeenLog::remember(const merkle::Checkpoint& checkpoint, const std::string& note) {
  {
    Statement known = database_.prepare("SELECT note FROM checkpoint WHERE size = ?");
    const auto found = known.bind(checkpoint.size).step();
    if (!found) return found.error();
    if (*found) {
      const std::string first(known.text(0));
      const auto same = merkle::verify_checkpoint(first, log_);
      if (!same) return Error{ErrorCode::kStoreCorrupt, "checkpoint", to_string(same.error())};
      if (same->root == checkpoint.root) return {};
      return keep_fork(first, note, "two roots at size " + std::to_string(checkpoint.size));
    }
  }
  if (auto added = database_.prepare("INSERT INTO checkpoint(size, note) VALUES(?, ?)")
                       .bind(checkpoint.size, note)
                       .run();
      !added) {
    return added;
  }
  return database_
      .prepare(
          "DELETE FROM checkpoint WHERE size < "
          "(SELECT size FROM checkpoint ORDER BY size DESC LIMIT 1 OFFSET ?)")
      .bind(kCheckpointsKept - 1)
      .run();
}

Result<void> SeenLog::keep_fork(const std::string& first, const std::string& second,
                                std::string detail) {
  if (auto kept = database_.prepare("INSERT INTO fork(first, second) VALUES(?, ?)")
                      .bind(first, second)
                      .run();
      !kept) {
    return kept;
  }
  return Error{ErrorCode::kCheckpointFork, "checkpoint", std::move(detail)};
}

Result<std::optional<Fork>> SeenLog::fork() const {
  Statement row = database_.prepare("SELECT first, second FROM fork ORDER BY rowid LIMIT 1");
  const auto found = row.step();
  if (!found) return found.error();
  if (!*found) return std::optional<Fork>();
  return std::optional(Fork{std::string(row.text(0)), std::string(row.text(1))});
}

}  // namespace rujukan::sdk
