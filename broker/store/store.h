// The broker's data directory: SQLite in WAL mode with synchronous=FULL, one writer. Entries,
// payloads and releases are the truth; everything else is derived and can be rebuilt from them.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "broker/runtime/file.h"
#include "broker/store/reader.h"

namespace rujukan::store {

inline constexpr const char* kDatabaseName = "rujukan.db";
// What a recovery leaves of the database before it.
inline constexpr const char* kOldDatabaseName = "rujukan.db.before-recovery";
// Made with the directory, and renamed once a database error was seen: a rename needs no room on a
// full disk. The broker refuses to start on a failed one until `rujukan recover` rebuilt it.
inline constexpr const char* kHealthyMark = "HEALTHY";
inline constexpr const char* kFailedMark = "FAILED";

struct EntryRow {
  LogIndex index{};
  ByteView bytes;
  const MessageId* message_id = nullptr;  // when this entry is the first to decide the message
  const CaseId* case_id = nullptr;        // when it was accepted
  bool received = false;                  // an acknowledgement
  const Bytes* payload = nullptr;
};

// Owned by the sequencer; one thread. Every error is fatal. The directory is marked, so that no
// broker starts on it before it was recovered, by whatever finds the disk or the file damaged, from
// the opening of the database on; by mark_failed() for what only its user can know.
class Store : public Reader {
 public:
  // Locks the directory; makes the schema when the database is new. Errors: store.marked,
  // store.locked, store.version, store.failed, file.unwritable.
  static Result<std::unique_ptr<Store>> open(const std::string& directory);

  // Everything between begin and commit is durable together or not at all.
  Result<void> begin();
  Result<void> commit();

  Result<void> append(const EntryRow& row);
  // Begins a shard with the next entry; no case is part of the state of its tree yet.
  Result<void> begin_shard(std::uint64_t first, const std::string& origin);
  // Makes a case of an earlier shard part of the newest one's state. Requires: it was not.
  Result<void> carry_case(const CaseId& id);
  // `shard_first`: of the shard whose tree the nodes are of.
  Result<void> put_nodes(const std::vector<merkle::TileNode>& nodes, std::uint64_t shard_first = 0);
  Result<void> put_checkpoint(const StoredCheckpoint& checkpoint);
  // Replaces that of the same size.
  Result<void> put_cosigned(const StoredCheckpoint& cosigned);
  // Of a log that has no witnesses any more: readers go by the newest checkpoint again.
  Result<void> forget_cosigned();
  // In the transaction that is open.
  Result<void> put_clock(const StoredClock& clock);
  // As it stands in the open transaction.
  Result<StoredClock> clock() const override { return clock_; }
  std::chrono::microseconds shift() const { return clock_.shift; }
  // Requires: the record follows the present shift.
  Result<void> put_case(const CaseRecord& record);
  // Of the case records of the newest shard as they stand in the open transaction.
  const merkle::StateDigest& state() const { return state_; }
  Result<void> add_mail(const UnitId& unit, LogIndex index);
  Result<void> remove_mail(const UnitId& unit, const std::vector<LogIndex>& indices);
  // Removes the payloads of the case's entries, and the whole database from before a recovery.
  // Errors: also file.unwritable.
  Result<void> erase_payloads(const CaseId& id);
  // After the commit of an erasure: removes what the write-ahead log still holds. False: somebody
  // is reading; try again.
  Result<bool> scrub() { return database_.empty_log(); }
  Result<void> put_release(ReleaseVersion version, ByteView signed_release);

  void mark_failed() const { mark_failed(directory_); }
  // Marks the directory when the error says that what is stored is not what was written.
  Error mark_if_damaged(Error error) const;

 private:
  Store(std::string directory, DirectoryLock lock, std::unique_ptr<Database> database)
      : Reader(*database),
        directory_(std::move(directory)),
        lock_(std::move(lock)),
        owned_(std::move(database)) {}
  static void mark_failed(const std::string& directory);
  Result<void> remove_old_database() const;
  Result<std::uint64_t> make_unit_number(const UnitId& unit);
  Result<std::optional<Digest>> case_hash(const CaseId& id);
  Result<void> put_state();

  std::string directory_;
  DirectoryLock lock_;
  std::unique_ptr<Database> owned_;
  merkle::StateDigest state_;
  bool state_changed_ = false;
  StoredClock clock_;
  std::unordered_map<UnitId, std::uint64_t> numbers_;  // of units that had mail; one per unit
};

}  // namespace rujukan::store
