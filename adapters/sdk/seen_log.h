// What the station has seen of the log: signed checkpoints, each of which the broker has to prove
// to lie on one history, so that a log that forks or forgets is found out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sdk/station_database.h"
#include "broker/merkle/receipt.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

// Two notes of the log's key that do not belong to one log that only grows.
struct Contradiction {
  ErrorCode code = ErrorCode::kCheckpointFork;  // or checkpoint.behind: the log went back
  std::string first;                            // seen first
  std::string second;                           // "": the broker denied the first one
  std::string detail;
};

// The contradiction that was found, for ever or until accept_log. Errors: store.*.
Result<std::optional<Contradiction>> find_contradiction(Database& database);
// A person settled which history is the log: forgets the contradiction, the checkpoints, and which
// deliveries were taken, because their indices may be others' now. Errors: store.*.
Result<void> accept_log(Database& database);

// A checkpoint is proven when it is the first one ever, or consistent with a proven one. Errors of
// every function: store.*; checkpoint.fork and checkpoint.behind, kept as a contradiction: fatal.
class SeenLog {
 public:
  // `database` outlives it.
  SeenLog(Database& database, merkle::NoteKey log) : database_(database), log_(std::move(log)) {}

  const merkle::NoteKey& log() const { return log_; }
  // The note of the largest tree seen; "" when there is none.
  Result<std::string> latest() const;

  // A welcome's checkpoint must continue `since`, the note that the hello named ("": none), and not
  // be before the latest: receipts may have come between hello and welcome. Errors: note.malformed,
  // signature.invalid, checkpoint.invalid.
  Result<void> welcome(const wire::Welcome& welcome, const std::string& since);
  // A receipt of any size. Errors: those of merkle::verify_receipt; proof.invalid when too many
  // checkpoints wait for their proof.
  Result<void> receipt(const Receipt& receipt);
  // The broker says that its log does not have `note`, which its key signed.
  Result<void> denied(const std::string& note, const Error& why);

  // What to ask now; few are on their way at a time.
  Result<std::vector<wire::GetConsistency>> questions();
  // Errors: frame.malformed: not asked for.
  Result<void> answer(const wire::Consistency& answer);
  // What was asked has to be asked again.
  void disconnected() { asked_.clear(); }

 private:
  // Remembers a checkpoint whose signature was verified.
  Result<void> remember(const merkle::Checkpoint& checkpoint, const std::string& note, bool proven);
  Result<void> forget_old();
  Result<bool> is_proven(std::uint64_t size) const;
  Result<wire::GetConsistency> question_about(std::uint64_t size, const std::string& note) const;
  // Its error is the contradiction's.
  Result<void> contradicted(const Contradiction& found);

  Database& database_;
  const merkle::NoteKey log_;
  std::map<std::uint64_t, wire::GetConsistency> asked_;  // by the size to be proven
};

}  // namespace rujukan::sdk
