// Reads of a broker's data directory. The sequencer reads through its own connection, and sees what
// it has not committed yet; everyone else opens a read-only one.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/merkle/state_digest.h"
#include "broker/merkle/tree.h"
#include "broker/model/entry.h"
#include "broker/store/database.h"

namespace rujukan::store {

struct StoredCheckpoint {
  std::uint64_t size = 0;  // entries of the log up to it, those of earlier shards included
  std::string note;        // signed
};

// A part of the log with an origin and a tree of its own. Position p of its tree is entry first +
// p.
struct Shard {
  std::uint64_t first = 0;  // Entry.index of its entry 0
  std::uint64_t end = 0;    // of the next shard's entry 0, or the number of entries
  bool newest = true;       // it grows
  std::string origin;

  std::uint64_t size() const { return end - first; }
};

// What the log's time was, beside its entries.
struct StoredClock {
  std::chrono::microseconds shift{};  // of deadlines: the sum of those that TimeCauses name
  TimeUs alive;                       // of the broker's clock, when it last said that it runs
};

// Errors of every function: store.failed from the database, store.corrupt for a row without its
// checksum. Thread: that of the connection.
class Reader : public merkle::NodeReader {
 public:
  // `database` outlives it.
  explicit Reader(Database& database) : database_(database) {}

  // In order; empty for an empty log.
  Result<std::vector<Shard>> shards() const;
  // Number of entries.
  Result<std::uint64_t> size() const;
  // Errors: also entry.malformed when there is no such entry.
  Result<Bytes> entry(LogIndex index) const;
  // Calls `visit` for the entries [first, first + count) that exist, in order; stops when it
  // returns false.
  Result<void> entries(LogIndex first, std::uint64_t count,
                       const std::function<bool(LogIndex, ByteView)>& visit) const;
  // The entry that first decided this message.
  Result<std::optional<LogIndex>> find_message(const MessageId& id) const;
  // Whether an accepted entry of the case lies at `first` or later.
  Result<bool> has_entry_since(const CaseId& id, std::uint64_t first) const;
  // Accepted entries of a case, acknowledgements included when asked for.
  Result<std::vector<LogIndex>> entries_of(const CaseId& id, bool with_received) const;
  // The sealed payload that came with an entry's message.
  Result<std::optional<Bytes>> payload(LogIndex index) const;

  // Of a directory that an older version wrote, nothing.
  virtual Result<StoredClock> clock() const;
  // Under the present shift.
  Result<std::optional<CaseRecord>> find_case(const CaseId& id) const;
  // In the order of their ids, which is that of their opening, after `after`.
  Result<std::vector<CaseId>> cases(const std::optional<CaseId>& after, std::size_t limit) const;
  // A case whose record has more bytes; 32,768 at least.
  Result<std::optional<CaseId>> case_over(std::size_t bytes) const;
  // Of all case records, as committed.
  Result<merkle::StateDigest> stored_state() const;
  // The open case whose deadline is earliest, under the present shift; of several, the one with the
  // lowest id.
  struct Due {
    TimeUs at;
    CaseId case_id;
  };
  Result<std::optional<Due>> next_due() const;

  // Entries waiting for a unit, from `after` (exclusive) on.
  Result<std::vector<LogIndex>> mailbox(const UnitId& unit, std::optional<LogIndex> after,
                                        std::size_t limit) const;
  Result<bool> waits(const UnitId& unit, LogIndex index) const;
  // Whether it is an accepted entry of the case, and no acknowledgement.
  Result<bool> is_entry_of(const CaseId& id, LogIndex index) const;

  // The checkpoint of the first commit that held `index`.
  Result<StoredCheckpoint> checkpoint_covering(LogIndex index) const;
  Result<std::optional<StoredCheckpoint>> latest_checkpoint() const;
  Result<void> checkpoints(const std::function<bool(const StoredCheckpoint&)>& visit) const;
  // Checkpoints with the cosignatures of a quorum of witnesses.
  // The latest of at most a size.
  Result<std::optional<StoredCheckpoint>> latest_cosigned(
      std::uint64_t up_to = std::numeric_limits<std::int64_t>::max()) const;
  Result<void> cosigned(const std::function<bool(const StoredCheckpoint&)>& visit) const;
  // The time of an entry. Errors: also entry.malformed.
  Result<TimeUs> entry_time(LogIndex index) const;

  // A signed release. `version` 0: the latest.
  Result<std::optional<Bytes>> release(ReleaseVersion version) const;
  // Calls `visit` for the signed releases after that version, in order; stops when it returns
  // false.
  Result<void> releases(ReleaseVersion after,
                        const std::function<bool(ReleaseVersion, ByteView)>& visit) const;

  // Of the first shard. The nodes of a later one begin at its `first`, on every level: read them
  // through ShardNodes.
  Result<std::vector<Digest>> read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                         std::size_t count) const override;

 protected:
  // The number that stands for a unit in the mailboxes; 0 when it never had mail.
  Result<std::uint64_t> unit_number(const UnitId& unit) const;

  Database& database_;

 private:
  // `sql` is a literal that selects size and note up to a size.
  Result<void> visit_cosigned(const char* sql, std::uint64_t up_to,
                              const std::function<bool(const StoredCheckpoint&)>& visit) const;
};

// The nodes of one shard's tree. `reader` outlives it.
class ShardNodes final : public merkle::NodeReader {
 public:
  ShardNodes(const Reader& reader, std::uint64_t shard_first)
      : reader_(reader), shard_first_(shard_first) {}
  Result<std::vector<Digest>> read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                         std::size_t count) const override {
    return reader_.read_nodes(tile_level, shard_first_ + first, count);
  }

 private:
  const Reader& reader_;
  const std::uint64_t shard_first_;
};

// A read-only view of a data directory, also while a broker runs on it. Errors: file.unreadable
// when there is no broker's database.
class ReadOnlyStore {
 public:
  static Result<std::unique_ptr<ReadOnlyStore>> open(const std::string& directory);
  const Reader& reader() const { return reader_; }

 private:
  explicit ReadOnlyStore(std::unique_ptr<Database> database)
      : database_(std::move(database)), reader_(*database_) {}
  std::unique_ptr<Database> database_;
  Reader reader_;
};

}  // namespace rujukan::store
