#include "broker/sequencer/recover.h"

#include <filesystem>
#include <map>

#include "broker/crypto/sha256.h"
#include "broker/decide/decide.h"
#include "broker/merkle/proof.h"
#include "broker/sequencer/derived.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "broker/wire/release_codec.h"

namespace rujukan::sequencer {
namespace {

constexpr const char* kFreshDirectory = "recovering";
constexpr std::uint64_t kEntriesPerCommit = 4096;

Error corrupt(LogIndex index, std::string detail) {
  return {ErrorCode::kStoreCorrupt, "entry " + std::to_string(to_number(index)), std::move(detail)};
}

// The copy in the making.
class Copy {
 public:
  Copy(const store::Reader& old, store::Store& fresh, const merkle::NoteKey& log_key)
      : old_(old), fresh_(fresh), log_key_(log_key), derived_(fresh) {
    begin_tree(0, log_key.name);
  }

  Result<Recovered> run(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    if (auto read = read_checkpoints(); !read) return read.error();
    const auto size = old_.size();
    if (!size) return size.error();
    for (std::uint64_t first = 0; first < *size; first += kEntriesPerCommit) {
      if (auto done = copy_range(first); !done) return done.error();
      progress(recovered_.entries, *size);
    }
    if (checkpoints_.empty() || checkpoints_.rbegin()->first != *size) {
      return Error{ErrorCode::kCheckpointInvalid, "checkpoint", "none covers the last entry"};
    }
    if (auto done = copy_cosigned(); !done) return done.error();
    for (const auto& [case_id, count] : missing_) recovered_.payloads_missing += count;
    return recovered_;
  }

 private:
  void begin_tree(std::uint64_t first, const std::string& origin) {
    first_ = first;
    origin_ = origin;
    nodes_ = std::make_unique<store::ShardNodes>(fresh_, first);
    tree_ = std::make_unique<merkle::Tree>(*nodes_);
  }

  Result<void> read_checkpoints() {
    std::optional<Error> bad;
    auto read = old_.checkpoints([&](const store::StoredCheckpoint& stored) {
      // Of which shard it may be shows at its size.
      const merkle::NoteKey key{merkle::origin_line(stored.note), log_key_.key};
      auto checkpoint = merkle::verify_checkpoint(stored.note, key);
      if (!checkpoint) bad = checkpoint.error();
      if (checkpoint) checkpoints_.emplace(stored.size, std::pair(stored.note, *checkpoint));
      return !bad;
    });
    if (bad) return *bad;
    return read;
  }

  // What witnesses cosigned is one of the checkpoints that the entries were held against.
  Result<void> copy_cosigned() {
    if (auto done = fresh_.begin(); !done) return done;
    Result<void> kept;
    auto read = old_.cosigned([&](const store::StoredCheckpoint& stored) {
      const auto checkpoint =
          merkle::verify_checkpoint(stored.note, {merkle::origin_line(stored.note), log_key_.key});
      const auto at = checkpoints_.find(stored.size);
      if (!checkpoint) {
        kept = checkpoint.error();
      } else if (at == checkpoints_.end() || at->second.second != *checkpoint) {
        kept = Error{ErrorCode::kCheckpointInvalid, "cosigned",
                     "size " + std::to_string(stored.size) + ": not a checkpoint of this log"};
      } else {
        kept = fresh_.put_cosigned(stored);
      }
      return kept.ok();
    });
    if (!kept) return kept;
    if (!read) return read;
    return fresh_.commit();
  }

  Result<void> copy_range(std::uint64_t first) {
    if (auto done = fresh_.begin(); !done) return done;
    std::vector<Bytes> batch;
    auto read = old_.entries(LogIndex{first}, kEntriesPerCommit, [&](LogIndex, ByteView bytes) {
      batch.push_back(to_bytes(bytes));
      return true;
    });
    if (!read) return read;
    for (const Bytes& bytes : batch) {
      if (auto done = copy_entry(bytes); !done) return done;
    }
    derived_.take_changes();
    return fresh_.commit();
  }

  Result<void> copy_entry(const Bytes& bytes) {
    const LogIndex index{recovered_.entries};
    const auto entry = wire::decode_entry(bytes);
    if (!entry) return corrupt(index, to_string(entry.error()));
    if (entry->index != index) return corrupt(index, "out of order");
    std::optional<Message> message;
    if (const auto* cause = std::get_if<MessageCause>(&entry->cause)) {
      // A refused message may be one that does not decode.
      if (auto decoded = wire::decode_message(cause->message)) message = *std::move(decoded);
      if (!message && !entry->outcome.refusal) return corrupt(index, "message does not decode");
    }
    if (const auto* genesis = std::get_if<GenesisCause>(&entry->cause)) {
      if (auto done = begin_shard(index, *genesis); !done) return done;
    }
    if (auto done = append(*entry, bytes, message ? &*message : nullptr); !done) return done;
    if (auto done = copy_release(*entry); !done) return done;
    if (!table_) return corrupt(index, "no release is in force");
    if (auto done = derived_.fold(*entry, message ? &*message : nullptr, *table_); !done)
      return done;
    const auto& events = entry->outcome.events;
    if (!events.empty() && events.front().type == EventType::kErased) {
      const auto erased = missing_.extract(message ? message->case_id : *case_of(entry->cause));
      if (!erased.empty()) recovered_.payloads_erased += erased.mapped();
    }
    ++recovered_.entries;
    return check_checkpoint();
  }

  // Its origin stands in its release.
  Result<void> begin_shard(LogIndex index, const GenesisCause& genesis) {
    const auto last = checkpoints_.find(recovered_.entries);
    if (last == checkpoints_.end() || last->second.first != genesis.previous) {
      return Error{ErrorCode::kLogGenesis, "entry " + std::to_string(to_number(index)),
                   "it does not name the last checkpoint of the shard before"};
    }
    const auto stored = old_.release(genesis.version);
    if (!stored) return stored.error();
    const auto parts = *stored ? wire::decode_signed_release(**stored)
                               : Result<wire::SignedRelease>(Error{ErrorCode::kReleaseUnknown});
    const auto release = parts ? wire::decode_release(parts->body) : parts.error();
    if (!release) return corrupt(index, "its release is missing or damaged");
    if (auto done = fresh_.begin_shard(to_number(index), release->log_origin); !done) return done;
    begin_tree(to_number(index), release->log_origin);
    return {};
  }

  Result<void> append(const Entry& entry, const Bytes& bytes, const Message* message) {
    store::EntryRow row{.index = entry.index, .bytes = bytes};
    std::optional<Bytes> payload;
    if (!entry.outcome.refusal) row.case_id = case_of(entry.cause);
    MessageId order_id;
    if (const auto* order = std::get_if<OrderCause>(&entry.cause)) {
      const auto decoded = wire::order_in(order->order);
      if (!decoded) return corrupt(entry.index, to_string(decoded.error()));
      order_id = decoded->order_id;
      if (decide::uses_up_id(entry.outcome)) row.message_id = &order_id;
    }
    if (message != nullptr && decide::uses_up_id(entry.outcome)) {
      row.message_id = &message->message_id;
    }
    if (message != nullptr && !entry.outcome.refusal) {
      row.case_id = &message->case_id;
      row.received = kind_of(*message) == MessageKind::kReceived;
      auto found = find_payload(entry.index, *message);
      if (!found) return found.error();
      payload = *std::move(found);
      row.payload = payload ? &*payload : nullptr;
    }
    if (auto done = fresh_.append(row); !done) return done;
    return fresh_.put_nodes(tree_->append(merkle::leaf_hash(bytes)), first_);
  }

  Result<std::optional<Bytes>> find_payload(LogIndex index, const Message& message) {
    if (!message.payload) return std::optional<Bytes>();
    auto payload = old_.payload(index);
    if (!payload) return payload;
    const bool whole = *payload && sha256(**payload) == message.payload->digest;
    ++(whole ? recovered_.payloads : missing_[message.case_id]);
    return whole ? payload : std::optional<Bytes>();
  }

  Result<void> copy_release(const Entry& entry) {
    if (const auto* cause = std::get_if<ReleaseCause>(&entry.cause)) {
      return copy_release(entry, cause->version, cause->digest);
    }
    if (const auto* cause = std::get_if<GenesisCause>(&entry.cause)) {
      return copy_release(entry, cause->version, cause->digest);
    }
    return {};
  }

  Result<void> copy_release(const Entry& entry, ReleaseVersion version, const Digest& digest) {
    const auto stored = old_.release(version);
    if (!stored) return stored.error();
    const auto parts = *stored ? wire::decode_signed_release(**stored)
                               : Result<wire::SignedRelease>(Error{ErrorCode::kReleaseUnknown});
    auto release = parts ? wire::decode_release(parts->body) : parts.error();
    if (!release || sha256(parts->body) != digest) {
      return corrupt(entry.index, "its release is missing or damaged");
    }
    auto table = routing::RoutingTable::build(*std::move(release));
    if (!table) return corrupt(entry.index, to_string(table.error()));
    table_ = *std::move(table);
    return fresh_.put_release(version, **stored);
  }

  Result<void> check_checkpoint() {
    const auto at = checkpoints_.find(recovered_.entries);
    if (at == checkpoints_.end()) return {};
    const merkle::Checkpoint expected{origin_, tree_->size(), tree_->root()};
    if (at->second.second != expected) {
      return Error{
          ErrorCode::kCheckpointInvalid, "root",
          "after " + std::to_string(recovered_.entries) + " entries: one of them was altered"};
    }
    ++recovered_.checkpoints;
    return fresh_.put_checkpoint({recovered_.entries, at->second.first});
  }

  const store::Reader& old_;
  store::Store& fresh_;
  const merkle::NoteKey& log_key_;  // of the first shard
  // The shard that is being copied.
  std::uint64_t first_ = 0;
  std::string origin_;
  std::unique_ptr<store::ShardNodes> nodes_;
  std::unique_ptr<merkle::Tree> tree_;
  Derived derived_;
  std::shared_ptr<const routing::RoutingTable> table_;  // of the release in force
  std::map<std::uint64_t, std::pair<std::string, merkle::Checkpoint>> checkpoints_;
  std::map<CaseId, std::uint64_t> missing_;  // payloads, and not erased up to here
  Recovered recovered_;
};

Error unwritable(const std::filesystem::path& path, const std::error_code& code) {
  return {ErrorCode::kFileUnwritable, path.string(), code.message()};
}

Result<Recovered> copy_to(const std::filesystem::path& fresh_directory,
                          const std::filesystem::path& directory, const merkle::NoteKey& log_key,
                          const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const auto old = store::ReadOnlyStore::open(directory.string());
  if (!old) return old.error();
  auto fresh = store::Store::open(fresh_directory.string());
  if (!fresh) return fresh.error();
  return Copy((*old)->reader(), **fresh, log_key).run(progress);
}

// The old database goes aside before the new one takes its name; its write-ahead log was read into
// the copy and would not fit the new file.
Result<void> exchange(const std::filesystem::path& directory) {
  const std::filesystem::path current = directory / store::kDatabaseName;
  std::error_code code;
  std::filesystem::rename(current, directory / store::kOldDatabaseName, code);
  if (code) return unwritable(current, code);
  for (const char* suffix : {"-wal", "-shm"}) {
    std::filesystem::path side = current;
    side += suffix;
    std::filesystem::path aside = directory / store::kOldDatabaseName;
    aside += suffix;
    if (std::filesystem::exists(side, code)) std::filesystem::rename(side, aside, code);
    if (code) return unwritable(side, code);
  }
  std::filesystem::rename(directory / kFreshDirectory / store::kDatabaseName, current, code);
  if (code) return unwritable(current, code);
  std::filesystem::remove_all(directory / kFreshDirectory, code);
  if (std::filesystem::exists(directory / store::kFailedMark, code)) {
    std::filesystem::rename(directory / store::kFailedMark, directory / store::kHealthyMark, code);
    if (code) return unwritable(directory / store::kFailedMark, code);
  }
  return fsync_directory(directory);
}

}  // namespace

Result<Recovered> recover(const std::string& directory, const merkle::NoteKey& log_key,
                          const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const std::filesystem::path root(directory);
  const auto lock = DirectoryLock::acquire(root);
  if (!lock) return lock.error();
  std::error_code code;
  std::filesystem::remove_all(root / kFreshDirectory, code);
  std::filesystem::create_directory(root / kFreshDirectory, code);
  if (code) return unwritable(root / kFreshDirectory, code);
  auto recovered = copy_to(root / kFreshDirectory, root, log_key, progress);
  if (!recovered) {
    std::filesystem::remove_all(root / kFreshDirectory, code);
    return recovered;
  }
  if (auto done = exchange(root); !done) return done.error();
  return recovered;
}

}  // namespace rujukan::sequencer
