#include "broker/sequencer/log_writer.h"

#include <algorithm>

#include "broker/merkle/proof.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::sequencer {
namespace {

// The stored checkpoint must be this key's, for this tree; then the last entry's time.
Result<TimeUs> check_stored(const store::Store& store, const merkle::Tree& tree,
                            const merkle::NoteKey& key, const std::string& note) {
  const auto checkpoint = merkle::verify_checkpoint(note, key);
  if (!checkpoint) return checkpoint.error();
  if (checkpoint->size != tree.size() || checkpoint->root != tree.root()) {
    return Error{ErrorCode::kCheckpointInvalid, "root", "the stored tree is not the signed one"};
  }
  const auto bytes = store.entry(LogIndex{tree.size() - 1});
  if (!bytes) return bytes.error();
  const auto entry = wire::decode_entry(*bytes);
  if (!entry) return entry.error();
  return entry->time;
}

}  // namespace

LogWriter::LogWriter(store::Store& store, Clock& clock, const Ed25519SecretKey& log_key,
                     merkle::Tree tree)
    : store_(store), clock_(clock), log_key_(log_key), tree_(std::move(tree)) {}

Result<std::unique_ptr<LogWriter>> LogWriter::open(store::Store& store, Clock& clock,
                                                   const std::string& origin,
                                                   const Ed25519SecretKey& log_key) {
  const auto size = store.size();
  if (!size) return size.error();
  auto tree = merkle::Tree::load(store, *size);
  if (!tree) return tree.error();
  std::unique_ptr<LogWriter> writer(new LogWriter(store, clock, log_key, *std::move(tree)));
  writer->note_key_ = merkle::NoteKey{origin, log_key.public_key()};
  const auto stored = store.latest_checkpoint();
  if (!stored) return stored.error();
  if (stored->has_value() != (*size > 0)) {
    return Error{ErrorCode::kCheckpointInvalid, "checkpoint", "entries without a checkpoint"};
  }
  if (*stored) {
    const auto last = check_stored(store, writer->tree_, writer->note_key_, (*stored)->note);
    if (!last) return last.error();
    writer->last_time_ = *last;
    writer->checkpoint_ = (*stored)->note;
  }
  return writer;
}

TimeUs LogWriter::next_time() {
  return std::max(clock_.now(), last_time_ + std::chrono::microseconds(1));
}

Result<void> LogWriter::begin() { return store_.begin(); }

Result<Bytes> LogWriter::append(Entry& entry, const EntryFacts& facts) {
  INVARIANT(entry.time > last_time_);
  entry.index = LogIndex{tree_.size()};
  auto bytes = wire::encode_entry(entry);
  EntryFacts kept = facts;
  if (!bytes) {
    // The message is bounded; what overflowed are the events.
    entry.outcome = Outcome{};
    entry.outcome.refusal = bytes.error();
    kept.case_id = nullptr;
    kept.payload = nullptr;
    bytes = wire::encode_entry(entry);
    INVARIANT(bytes.ok());
  }
  const store::EntryRow row{entry.index,  *bytes,        kept.message_id,
                            kept.case_id, kept.received, kept.payload};
  if (const auto done = store_.append(row); !done) return done.error();
  // Hash what the transaction holds, not what was meant: one bit flipped in between would end the
  // log.
  auto stored = store_.entry(entry.index);
  if (!stored) return stored;
  if (*stored != *bytes) return Error{ErrorCode::kStoreCorrupt, "entries", "read back differently"};
  if (const auto done = store_.put_nodes(tree_.append(merkle::leaf_hash(*stored))); !done) {
    return done.error();
  }
  last_time_ = entry.time;
  return stored;
}

Result<void> LogWriter::commit() {
  INVARIANT(tree_.size() > 0);
  std::string note =
      merkle::sign_checkpoint({note_key_.name, tree_.size(), tree_.root()}, log_key_);
  if (const auto done = store_.put_checkpoint({tree_.size(), note}); !done) return done;
  if (const auto done = store_.commit(); !done) return done;
  checkpoint_ = std::move(note);
  return {};
}

Result<Receipt> LogWriter::fresh_receipt(LogIndex index, Bytes entry) const {
  auto path = tree_.inclusion(to_number(index), tree_.size());
  if (!path) return path.error();
  return Receipt{index, std::move(entry), *std::move(path), checkpoint_};
}

Result<Receipt> LogWriter::receipt(LogIndex index) const {
  auto entry = store_.entry(index);
  if (!entry) return entry.error();
  auto checkpoint = store_.checkpoint_covering(index);
  if (!checkpoint) return checkpoint.error();
  auto path = tree_.inclusion(to_number(index), checkpoint->size);
  if (!path) return path.error();
  return Receipt{index, *std::move(entry), *std::move(path), std::move(checkpoint->note)};
}

}  // namespace rujukan::sequencer
