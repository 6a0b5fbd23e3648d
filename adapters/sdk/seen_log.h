// What the station has seen of the log: signed checkpoints, each of which the broker has to prove
// to lie on one history, so that a log that forks or forgets is found out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sdk/shard_link.h"
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

// A shard of the log that the station follows.
struct KnownShard {
  std::uint64_t number = 0;  // as the station counts: 0 is the one that it was installed for
  merkle::NoteKey key;
  std::optional<std::uint64_t> first;  // Entry.index of its entry 0, once known
};

// A checkpoint is proven when it is the first one ever, or consistent with a proven one, or its
// shard is linked to the one before by its genesis. Errors of
// every function: store.*; checkpoint.fork and checkpoint.behind, kept as a contradiction: fatal.
class SeenLog {
 public:
  // `database` outlives it. `log`: as the station is installed with.
  SeenLog(Database& database, merkle::NoteKey log) : database_(database), log_(std::move(log)) {}

  // The newest shard that is known: its origin is signed for.
  Result<KnownShard> newest();
  // Whether the note names a shard that is known; an empty one counts as such.
  Result<bool> knows(const std::string& note);
  // The note of the largest tree seen of the newest shard seen; "" when there is none.
  Result<std::string> latest() const;

  // A welcome's checkpoint must continue one of `since`, the notes that the connection's hellos
  // named
  // ("": none), the latest last and never empty, because a welcome may come unasked while a hello
  // is on its way; and not be before the latest: receipts may have come in between. Requires:
  // knows() it. Errors: note.malformed, signature.invalid, checkpoint.invalid.
  Result<void> welcome(const wire::Welcome& welcome, const std::vector<std::string>& since);
  // A receipt of any size of a known shard, which is returned. Errors: those of
  // merkle::verify_receipt, checkpoint.invalid (another log); proof.invalid when too many
  // checkpoints wait for their proof.
  Result<KnownShard> receipt(const Receipt& receipt);
  // The entry of a verified receipt must say the index of its place. Errors: entry.malformed.
  Result<void> check_place(const KnownShard& shard, const Receipt& receipt, LogIndex index);

  // `note` is of a shard that is not known, which the release in force names: what to ask before it
  // is believed. nullopt: nothing was seen that it could continue; it is known now.
  // Errors: those of merkle::verify_checkpoint.
  Result<std::optional<wire::GetConsistency>> ask_for_link(const std::string& note);
  // The broker says that its log does not have `note`, which its key signed.
  Result<void> denied(const std::string& note, const Error& why);

  // What to ask now; few are on their way at a time.
  Result<std::vector<wire::GetConsistency>> questions();
  // True: a new shard is known now. Errors: frame.malformed: not asked for.
  Result<bool> answer(const wire::Consistency& answer);
  // What was asked has to be asked again.
  void disconnected() {
    asked_.clear();
    link_.reset();
  }

 private:
  using Place = std::pair<std::uint64_t, std::uint64_t>;  // shard and size

  Result<void> load();
  Result<void> add_shard(const std::string& origin, std::optional<std::uint64_t> first);
  Result<const KnownShard*> shard_of(const std::string& note);
  Result<void> learn_first(std::uint64_t number, std::uint64_t first);
  Result<merkle::Checkpoint> stored(const std::string& note);
  // Remembers a checkpoint whose signature was verified.
  Result<void> remember(std::uint64_t shard, const merkle::Checkpoint& checkpoint,
                        const std::string& note, bool proven);
  // One that a hello named.
  Result<void> welcome_since(const wire::Welcome& welcome, const merkle::Checkpoint& now,
                             std::uint64_t number, const std::vector<std::string>& since);
  Result<void> forget_old(std::uint64_t shard);
  Result<bool> is_proven(std::uint64_t shard, std::uint64_t size) const;
  Result<wire::GetConsistency> question_about(const Place& place, const std::string& note) const;
  Result<void> check_proof(const wire::Consistency& answer);
  Result<void> follow(const wire::Consistency& answer);
  Result<void> keep_link(std::uint64_t number, const std::vector<LinkedShard>& linked,
                         const std::string& note);
  // Its error is the contradiction's.
  Result<void> contradicted(const Contradiction& found);

  Database& database_;
  const merkle::NoteKey log_;
  std::vector<KnownShard> shards_;  // empty: not loaded yet
  std::map<Place, wire::GetConsistency> asked_;
  std::optional<wire::GetConsistency> link_;
};

}  // namespace rujukan::sdk
