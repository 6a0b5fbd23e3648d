// What the station has seen of the log: signed checkpoints, so that a log that forks or forgets is
// found out.
#pragma once

#include <optional>
#include <string>

#include "adapters/sdk/station_database.h"
#include "broker/merkle/receipt.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

// Two notes of the log's key that contradict each other.
struct Fork {
  std::string first;
  std::string second;
};

// Errors of every function: store.*, fatal.
class SeenLog {
 public:
  // `database` outlives it.
  SeenLog(Database& database, merkle::NoteKey log) : database_(database), log_(std::move(log)) {}

  const merkle::NoteKey& log() const { return log_; }
  // The note of the largest tree seen; "" when there is none.
  Result<std::string> latest() const;

  // A welcome's checkpoint must continue `since`, the note that the hello named ("": none), and not
  // be before the latest: receipts may have come between hello and welcome. Errors: note.malformed,
  // signature.invalid, checkpoint.invalid, proof.invalid; checkpoint.behind; checkpoint.fork, kept
  // as evidence.
  Result<void> welcome(const wire::Welcome& welcome, const std::string& since);
  // A receipt of any size. Errors: those of merkle::verify_receipt; checkpoint.fork, kept as
  // evidence.
  Result<void> receipt(const Receipt& receipt);

  // Set once a fork was seen, and for ever.
  Result<std::optional<Fork>> fork() const;

 private:
  // Remembers a checkpoint whose signature was verified.
  Result<void> remember(const merkle::Checkpoint& checkpoint, const std::string& note);
  Result<void> keep_fork(const std::string& first, const std::string& second, std::string detail);

  Database& database_;
  const merkle::NoteKey log_;
};

}  // namespace rujukan::sdk
