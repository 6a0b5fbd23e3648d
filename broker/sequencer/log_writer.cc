#include "broker/sequencer/log_writer.h"

#include <algorithm>

#include "broker/merkle/proof.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::sequencer {
namespace {

// The stored checkpoint must be the shard's, for its tree; then the last entry's time.
Result<TimeUs> check_stored(const store::Store& store, const LogShard& shard,
                            const std::string& note) {
  const auto checkpoint = merkle::verify_checkpoint(note, shard.key);
  if (!checkpoint) return checkpoint.error();
  if (checkpoint->size != shard.tree.size() || checkpoint->root != shard.tree.root()) {
    return Error{ErrorCode::kCheckpointInvalid, "root", "the stored tree is not the signed one"};
  }
  const auto bytes = store.entry(LogIndex{shard.first + shard.tree.size() - 1});
  if (!bytes) return bytes.error();
  const auto entry = wire::decode_entry(*bytes);
  if (!entry) return entry.error();
  return entry->time;
}

}  // namespace

LogWriter::LogWriter(store::Store& store, Clock& clock, const Ed25519SecretKey& log_key)
    : store_(store), clock_(clock), log_key_(log_key) {}

Result<std::unique_ptr<LogWriter>> LogWriter::open(store::Store& store, Clock& clock,
                                                   const std::string& origin,
                                                   const Ed25519SecretKey& log_key) {
  std::unique_ptr<LogWriter> writer(new LogWriter(store, clock, log_key));
  if (auto done = writer->load(origin); !done) return done.error();
  const auto stored = store.latest_checkpoint();
  if (!stored) return stored.error();
  if (stored->has_value() != (writer->size() > 0)) {
    return Error{ErrorCode::kCheckpointInvalid, "checkpoint", "entries without a checkpoint"};
  }
  if (*stored) {
    const auto last = check_stored(store, writer->shard(), (*stored)->note);
    if (!last) return last.error();
    writer->last_time_ = *last;
    writer->checkpoint_ = (*stored)->note;
  }
  return writer;
}

Result<void> LogWriter::load(const std::string& origin) {
  const auto stored = store_.shards();
  if (!stored) return stored.error();
  if (stored->empty()) add_shard(0, origin);
  for (const store::Shard& part : *stored) {
    add_shard(part.first, part.origin);
    auto tree = merkle::Tree::load(shard().nodes, part.size());
    if (!tree) return tree.error();
    shards_.back()->tree = *std::move(tree);
  }
  if (shards_.front()->key.name != origin) {
    return Error{ErrorCode::kCheckpointInvalid, "origin",
                 "the log began as " + shards_.front()->key.name};
  }
  return {};
}

void LogWriter::add_shard(std::uint64_t first, const std::string& origin) {
  shards_.push_back(
      std::make_unique<LogShard>(store_, first, merkle::NoteKey{origin, log_key_.public_key()}));
}

Result<void> LogWriter::begin_shard(const std::string& origin) {
  const std::uint64_t first = size();
  INVARIANT(first > 0);
  if (auto done = store_.begin_shard(first, origin); !done) return done;
  add_shard(first, origin);
  return {};
}

const LogShard& LogWriter::shard_of(LogIndex index) const {
  const auto next =
      std::upper_bound(shards_.begin(), shards_.end(), to_number(index),
                       [](std::uint64_t at, const auto& shard) { return at < shard->first; });
  return **std::prev(next);
}

TimeUs LogWriter::next_time() {
  return std::max(clock_.now(), last_time_ + std::chrono::microseconds(1));
}

Result<void> LogWriter::begin() { return store_.begin(); }

Result<Bytes> LogWriter::append(Entry& entry, const EntryFacts& facts) {
  INVARIANT(entry.time > last_time_);
  entry.index = LogIndex{size()};
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
  LogShard& newest = *shards_.back();
  const auto nodes = newest.tree.append(merkle::leaf_hash(*stored));
  if (const auto done = store_.put_nodes(nodes, newest.first); !done) return done.error();
  last_time_ = entry.time;
  return stored;
}

Result<void> LogWriter::commit() {
  const merkle::Tree& tree = shard().tree;
  INVARIANT(tree.size() > 0);
  std::string note =
      merkle::sign_checkpoint({shard().key.name, tree.size(), tree.root()}, log_key_);
  if (auto done = store_.put_checkpoint({size(), note}); !done) return done;
  if (auto done = store_.commit(); !done) return done;
  checkpoint_ = std::move(note);
  return {};
}

Result<Receipt> LogWriter::fresh_receipt(LogIndex index, Bytes entry) const {
  const merkle::Tree& tree = shard().tree;
  const LogIndex position{to_number(index) - shard().first};
  auto path = tree.inclusion(to_number(position), tree.size());
  if (!path) return path.error();
  return Receipt{position, std::move(entry), *std::move(path), checkpoint_};
}

Result<Receipt> LogWriter::receipt(LogIndex index) const {
  auto entry = store_.entry(index);
  if (!entry) return entry.error();
  auto checkpoint = store_.checkpoint_covering(index);
  if (!checkpoint) return checkpoint.error();
  const LogShard& part = shard_of(index);
  const LogIndex position{to_number(index) - part.first};
  auto path = part.tree.inclusion(to_number(position), checkpoint->size - part.first);
  if (!path) return path.error();
  return Receipt{position, *std::move(entry), *std::move(path), std::move(checkpoint->note)};
}

}  // namespace rujukan::sequencer
