// Writes the log: entries, tree and checkpoints, in the store's transactions.
#pragma once

#include <memory>

#include "broker/crypto/ed25519.h"
#include "broker/merkle/note.h"
#include "broker/merkle/tree.h"
#include "broker/runtime/clock.h"
#include "broker/store/store.h"

namespace rujukan::sequencer {

// What of an entry its bytes do not tell the store.
struct EntryFacts {
  const MessageId* message_id = nullptr;
  const CaseId* case_id = nullptr;
  bool received = false;
  const Bytes* payload = nullptr;
};

// One shard of the log as it is held in memory.
struct LogShard {
  LogShard(const store::Reader& reader, std::uint64_t first_in, merkle::NoteKey key_in)
      : first(first_in), key(std::move(key_in)), nodes(reader, first), tree(nodes) {}
  LogShard(const LogShard&) = delete;
  LogShard& operator=(const LogShard&) = delete;

  const std::uint64_t first;  // Entry.index of its entry 0
  const merkle::NoteKey key;
  const store::ShardNodes nodes;
  merkle::Tree tree;
};

// Owned by the sequencer; one thread. Every error is fatal: the caller stops, so that nothing that
// was not committed is ever shown to anyone.
class LogWriter {
 public:
  // Loads the trees and checks that the newest one's root is the one last signed. `origin`: of the
  // first shard. `store` and `clock` outlive it.
  // Errors: store.*, checkpoint.invalid (another log key or origin, or rot).
  static Result<std::unique_ptr<LogWriter>> open(store::Store& store, Clock& clock,
                                                 const std::string& origin,
                                                 const Ed25519SecretKey& log_key);

  // Entries of all shards.
  std::uint64_t size() const { return shard().first + shard().tree.size(); }
  // The one that grows.
  const LogShard& shard() const { return *shards_.back(); }
  const std::vector<std::unique_ptr<LogShard>>& shards() const { return shards_; }
  // The signed note of the last commit; empty before the first.
  const std::string& checkpoint() const { return checkpoint_; }

  // Of the last entry; the epoch before the first.
  TimeUs last_time() const { return last_time_; }
  // The time that the next entry gets: the clock's, but always after the entry before.
  TimeUs next_time();

  Result<void> begin();
  // The next entry is the first of a new shard. Requires: begun, and nothing appended since.
  Result<void> begin_shard(const std::string& origin);
  // Numbers the entry and adds it; returns its bytes as they were read back from the transaction.
  // An entry that would be over its limit becomes a refusal. Requires: begun; time = next_time().
  Result<Bytes> append(Entry& entry, const EntryFacts& facts);
  // Signs the checkpoint inside the transaction and commits.
  Result<void> commit();

  // Of an entry of the last commit, or of any earlier one: the same bytes each time.
  Result<Receipt> receipt(LogIndex index) const;
  Result<Receipt> fresh_receipt(LogIndex index, Bytes entry) const;

 private:
  LogWriter(store::Store& store, Clock& clock, const Ed25519SecretKey& log_key);
  Result<void> load(const std::string& origin);
  const LogShard& shard_of(LogIndex index) const;
  void add_shard(std::uint64_t first, const std::string& origin);

  store::Store& store_;
  Clock& clock_;
  const Ed25519SecretKey& log_key_;
  std::vector<std::unique_ptr<LogShard>> shards_;  // in order; never empty
  std::string checkpoint_;
  TimeUs last_time_{};
};

}  // namespace rujukan::sequencer
