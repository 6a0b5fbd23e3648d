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

// Owned by the sequencer; one thread. Every error is fatal: the caller stops, so that nothing that
// was not committed is ever shown to anyone.
class LogWriter {
 public:
  // Loads the tree and checks that its root is the one last signed. `store` and `clock` outlive it.
  // Errors: store.*, checkpoint.invalid (another log key, or rot).
  static Result<std::unique_ptr<LogWriter>> open(store::Store& store, Clock& clock,
                                                 const std::string& origin,
                                                 const Ed25519SecretKey& log_key);

  std::uint64_t size() const { return tree_.size(); }
  const merkle::Tree& tree() const { return tree_; }
  // The signed note of the last commit; empty before the first.
  const std::string& checkpoint() const { return checkpoint_; }
  const merkle::NoteKey& note_key() const { return note_key_; }

  // The time that the next entry gets: the clock's, but always after the entry before.
  TimeUs next_time();

  Result<void> begin();
  // Numbers the entry and adds it; returns its bytes as they were read back from the transaction.
  // An entry that would be over its limit becomes a refusal. Requires: begun; time = next_time().
  Result<Bytes> append(Entry& entry, const EntryFacts& facts);
  // Signs the checkpoint inside the transaction and commits.
  Result<void> commit();

  // Of an entry of the last commit, or of any earlier one: the same bytes each time.
  Result<Receipt> receipt(LogIndex index) const;
  Result<Receipt> fresh_receipt(LogIndex index, Bytes entry) const;

 private:
  LogWriter(store::Store& store, Clock& clock, const Ed25519SecretKey& log_key, merkle::Tree tree);

  store::Store& store_;
  Clock& clock_;
  const Ed25519SecretKey& log_key_;
  merkle::Tree tree_;
  merkle::NoteKey note_key_;
  std::string checkpoint_;
  TimeUs last_time_{};
};

}  // namespace rujukan::sequencer
