#include "adapters/sdk/seen_log.h"

#include <algorithm>

#include "broker/merkle/proof.h"

namespace rujukan::sdk {
namespace {

// Receipts of one size come close together; older ones only serve to find forks.
constexpr std::uint64_t kCheckpointsKept = 1000;
// A station that comes back after a long time gets a window of deliveries, each with a checkpoint
// of its own; a broker that proves nothing must not fill the disk.
constexpr std::uint64_t kUnprovenAtMost = 4096;
// Proofs are small and quickly made.
constexpr std::size_t kQuestionsAtOnce = 8;

std::string from_to(std::uint64_t first, std::uint64_t second) {
  return "from size " + std::to_string(first) + " to " + std::to_string(second);
}

}  // namespace

Result<std::optional<Contradiction>> find_contradiction(Database& database) {
  Statement row = database.prepare(
      "SELECT code, first, second, detail FROM contradiction ORDER BY rowid LIMIT 1");
  const auto found = row.step();
  if (!found) return found.error();
  if (!*found) return std::optional<Contradiction>();
  const auto code = error_code_from_number(static_cast<std::uint16_t>(row.number(0)));
  if (!code) return Error{ErrorCode::kStoreCorrupt, "contradiction.code"};
  return std::optional(Contradiction{*code, std::string(row.text(1)), std::string(row.text(2)),
                                     std::string(row.text(3))});
}

Result<void> accept_log(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto done = database.execute("DELETE FROM contradiction; DELETE FROM checkpoint;"
                                   "DELETE FROM inbox; DELETE FROM duty;");
      !done) {
    return done;
  }
  return transaction->commit();
}

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
  if (last_note->empty()) return remember(*now, welcome.checkpoint, true);
  const auto last = merkle::verify_checkpoint(*last_note, log_);
  if (!last) return Error{ErrorCode::kStoreCorrupt, "checkpoint", to_string(last.error())};
  if (now->size < last->size) {
    return contradicted(
        {ErrorCode::kCheckpointBehind, *last_note, welcome.checkpoint,
         "size " + std::to_string(now->size) + " after " + std::to_string(last->size)});
  }
  if (since.empty()) return remember(*now, welcome.checkpoint, false);
  const auto said = merkle::verify_checkpoint(since, log_);
  if (!said) return Error{ErrorCode::kStoreCorrupt, "checkpoint", to_string(said.error())};
  const auto proven = is_proven(said->size);
  if (!proven) return proven.error();
  if (now->size == said->size) return remember(*now, welcome.checkpoint, *proven);
  if (!merkle::verify_consistency(said->size, said->root, now->size, now->root,
                                  welcome.consistency)) {
    return contradicted({ErrorCode::kCheckpointFork, since, welcome.checkpoint,
                         "no proof " + from_to(said->size, now->size)});
  }
  return remember(*now, welcome.checkpoint, *proven);
}

Result<void> SeenLog::receipt(const Receipt& receipt) {
  const auto checkpoint = merkle::verify_receipt(receipt, log_);
  if (!checkpoint) return checkpoint.error();
  const auto last = latest();
  if (!last) return last.error();
  return remember(*checkpoint, receipt.checkpoint, last->empty());
}

Result<void> SeenLog::denied(const std::string& note, const Error& why) {
  return contradicted({why.code, note, "", "the broker denies it: " + to_string(why)});
}

Result<void> SeenLog::remember(const merkle::Checkpoint& checkpoint, const std::string& note,
                               bool proven) {
  {
    Statement known = database_.prepare("SELECT note, proven FROM checkpoint WHERE size = ?");
    const auto found = known.bind(checkpoint.size).step();
    if (!found) return found.error();
    if (*found) {
      const std::string first(known.text(0));
      const auto same = merkle::verify_checkpoint(first, log_);
      if (!same) return Error{ErrorCode::kStoreCorrupt, "checkpoint", to_string(same.error())};
      if (same->root != checkpoint.root) {
        return contradicted({ErrorCode::kCheckpointFork, first, note,
                             "two roots at size " + std::to_string(checkpoint.size)});
      }
      if (!proven || known.number(1) == 1) return {};
    }
  }
  if (auto added = database_
                       .prepare("INSERT INTO checkpoint(size, note, proven) VALUES(?, ?, ?) "
                                "ON CONFLICT DO UPDATE SET proven = excluded.proven")
                       .bind(checkpoint.size, note, std::uint64_t{proven})
                       .run();
      !added) {
    return added;
  }
  return forget_old();
}

Result<void> SeenLog::forget_old() {
  if (auto done =
          database_
              .prepare("DELETE FROM checkpoint WHERE proven = 1 AND size < (SELECT size FROM "
                       "checkpoint WHERE proven = 1 ORDER BY size DESC LIMIT 1 OFFSET ?)")
              .bind(kCheckpointsKept - 1)
              .run();
      !done) {
    return done;
  }
  Statement waiting = database_.prepare("SELECT count(*) FROM checkpoint WHERE proven = 0");
  const auto counted = waiting.step();
  if (!counted) return counted.error();
  if (waiting.number(0) <= kUnprovenAtMost) return {};
  return Error{ErrorCode::kProofInvalid, "consistency", "too many checkpoints wait for a proof"};
}

Result<bool> SeenLog::is_proven(std::uint64_t size) const {
  Statement row = database_.prepare("SELECT proven FROM checkpoint WHERE size = ?");
  const auto found = row.bind(size).step();
  if (!found) return found.error();
  return *found && row.number(0) == 1;
}

Result<std::vector<wire::GetConsistency>> SeenLog::questions() {
  std::vector<wire::GetConsistency> fresh;
  Statement row =
      database_.prepare("SELECT size, note FROM checkpoint WHERE proven = 0 ORDER BY size LIMIT ?");
  row.bind(std::uint64_t{kQuestionsAtOnce});
  for (;;) {
    const auto found = row.step();
    if (!found) return found.error();
    if (!*found || asked_.size() == kQuestionsAtOnce) return fresh;
    const std::uint64_t size = row.number(0);
    if (asked_.contains(size)) continue;
    auto question = question_about(size, std::string(row.text(1)));
    if (!question) return question.error();
    asked_.emplace(size, *question);
    fresh.push_back(*std::move(question));
  }
}

// With the latest proven one. There is always one: the first ever is, and it is never forgotten
// before another is.
Result<wire::GetConsistency> SeenLog::question_about(std::uint64_t size,
                                                     const std::string& note) const {
  Statement row = database_.prepare(
      "SELECT size, note FROM checkpoint WHERE proven = 1 ORDER BY size DESC LIMIT 1");
  const auto found = row.step();
  if (!found) return found.error();
  if (!*found) return Error{ErrorCode::kStoreCorrupt, "checkpoint", "none is proven"};
  const std::string proven(row.text(1));
  return row.number(0) < size ? wire::GetConsistency{proven, note}
                              : wire::GetConsistency{note, proven};
}

Result<void> SeenLog::answer(const wire::Consistency& answer) {
  const auto at = std::find_if(asked_.begin(), asked_.end(), [&answer](const auto& asked) {
    return asked.second == answer.asked;
  });
  if (at == asked_.end()) return Error{ErrorCode::kFrameMalformed, "consistency", "not asked for"};
  const std::uint64_t size = at->first;
  asked_.erase(at);
  const auto& [first_note, second_note] = answer.asked;
  if (answer.refusal) {
    return contradicted({ErrorCode::kCheckpointFork, first_note, second_note,
                         "the broker denies one: " + to_string(*answer.refusal)});
  }
  const auto first = merkle::verify_checkpoint(first_note, log_);
  const auto second = merkle::verify_checkpoint(second_note, log_);
  if (!first || !second) return Error{ErrorCode::kStoreCorrupt, "checkpoint"};
  if (!merkle::verify_consistency(first->size, first->root, second->size, second->root,
                                  answer.path)) {
    return contradicted({ErrorCode::kCheckpointFork, first_note, second_note,
                         "no proof " + from_to(first->size, second->size)});
  }
  return database_.prepare("UPDATE checkpoint SET proven = 1 WHERE size = ?").bind(size).run();
}

Result<void> SeenLog::contradicted(const Contradiction& found) {
  if (auto kept =
          database_
              .prepare("INSERT INTO contradiction(code, first, second, detail) "
                       "VALUES(?, ?, ?, ?)")
              .bind(static_cast<std::uint64_t>(found.code), found.first, found.second, found.detail)
              .run();
      !kept) {
    return kept;
  }
  return Error{found.code, "checkpoint", found.detail};
}

}  // namespace rujukan::sdk
