#include "broker/store/reader.h"

#include <filesystem>

#include "broker/merkle/note.h"
#include "broker/store/row_check.h"
#include "broker/store/store.h"
#include "broker/wire/case_codec.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::store {
namespace {

Error corrupt(const char* table) { return {ErrorCode::kStoreCorrupt, table, "checksum"}; }

}  // namespace

// The first shard's origin stands in its checkpoints. Databases of before there were shards lack
// the table of the later ones.
Result<std::vector<Shard>> Reader::shards() const {
  std::vector<Shard> out;
  const auto total = size();
  if (!total) return total.error();
  if (*total == 0) return out;
  const auto first = checkpoint_covering(LogIndex{0});
  if (!first && first.error().code != ErrorCode::kStoreCorrupt) return first.error();
  out.push_back({0, *total, true, first ? merkle::origin_line(first->note) : std::string()});
  Statement table = database_.prepare("SELECT 1 FROM sqlite_master WHERE name = 'shards'");
  const auto there = table.step();
  if (!there) return there.error();
  if (!*there) return out;
  Statement query = database_.prepare("SELECT first, origin FROM shards ORDER BY first");
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    out.back().end = query.number(0);
    out.back().newest = false;
    out.push_back({query.number(0), *total, true, std::string(query.text(1))});
  }
}

Result<bool> Reader::has_entry_since(const CaseId& id, std::uint64_t first) const {
  Statement query =
      database_.prepare("SELECT 1 FROM entries WHERE case_id = ? AND idx >= ? LIMIT 1");
  return query.bind(ByteView(id.bytes), first).step();
}

Result<std::uint64_t> Reader::size() const {
  Statement query = database_.prepare("SELECT coalesce(max(idx) + 1, 0) FROM entries");
  const auto row = query.step();
  if (!row) return row.error();
  return query.number(0);
}

Result<Bytes> Reader::entry(LogIndex index) const {
  Statement query = database_.prepare("SELECT bytes FROM entries WHERE idx = ?");
  const auto row = query.bind(to_number(index)).step();
  if (!row) return row.error();
  if (!*row) {
    return Error{ErrorCode::kEntryMalformed, "index",
                 "no entry " + std::to_string(to_number(index))};
  }
  return to_bytes(query.blob(0));
}

Result<void> Reader::entries(LogIndex first, std::uint64_t count,
                             const std::function<bool(LogIndex, ByteView)>& visit) const {
  Statement query =
      database_.prepare("SELECT idx, bytes FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?");
  query.bind(to_number(first), count);
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row || !visit(LogIndex{query.number(0)}, query.blob(1))) return {};
  }
}

Result<std::optional<LogIndex>> Reader::find_message(const MessageId& id) const {
  Statement query = database_.prepare("SELECT idx FROM entries WHERE message_id = ?");
  const auto row = query.bind(ByteView(id.bytes)).step();
  if (!row) return row.error();
  if (!*row) return std::optional<LogIndex>();
  return std::optional(LogIndex{query.number(0)});
}

Result<std::vector<LogIndex>> Reader::entries_of(const CaseId& id, bool with_received) const {
  Statement query =
      database_.prepare("SELECT idx FROM entries WHERE case_id = ? AND received <= ? ORDER BY idx");
  query.bind(ByteView(id.bytes), std::uint64_t{with_received});
  std::vector<LogIndex> out;
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(LogIndex{query.number(0)});
  }
}

Result<std::optional<Bytes>> Reader::payload(LogIndex index) const {
  Statement query = database_.prepare("SELECT bytes FROM payloads WHERE idx = ?");
  const auto row = query.bind(to_number(index)).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Bytes>();
  return std::optional(to_bytes(query.blob(0)));
}

Result<StoredClock> Reader::clock() const {
  Statement known =
      database_.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'clock'");
  const auto is_there = known.step();
  if (!is_there) return is_there.error();
  if (!*is_there) return StoredClock();
  Statement query = database_.prepare("SELECT shift, alive, chk FROM clock WHERE id = 0");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return StoredClock();
  if (clock_check(query.number(0), query.number(1)) != query.number(2)) return corrupt("clock");
  return StoredClock{std::chrono::microseconds(static_cast<std::int64_t>(query.number(0))),
                     time_from_us(query.number(1))};
}

Result<std::optional<CaseRecord>> Reader::find_case(const CaseId& id) const {
  Statement query = database_.prepare("SELECT record, hash FROM cases WHERE case_id = ?");
  const auto row = query.bind(ByteView(id.bytes)).step();
  if (!row) return row.error();
  if (!*row) return std::optional<CaseRecord>();
  if (to_array<32>(query.blob(1)) != merkle::record_hash(query.blob(0))) return corrupt("cases");
  const Bytes bytes = to_bytes(query.blob(0));  // aligned
  const auto log_clock = clock();
  if (!log_clock) return log_clock.error();
  auto record = wire::decode_case(bytes, log_clock->shift);
  if (!record) return record.error();
  return std::optional(*std::move(record));
}

Result<std::vector<CaseId>> Reader::cases(const std::optional<CaseId>& after,
                                          std::size_t limit) const {
  Statement query =
      database_.prepare("SELECT case_id FROM cases WHERE case_id > ? ORDER BY case_id LIMIT ?");
  const ByteView from = after ? ByteView(after->bytes) : ByteView();
  query.bind(from, std::uint64_t{limit});
  std::vector<CaseId> out;
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    const auto id = to_array<16>(query.blob(0));
    if (!id) return corrupt("cases");
    out.push_back(CaseId{*id});
  }
}

Result<std::optional<CaseId>> Reader::case_over(std::size_t bytes) const {
  // The index holds the large ones only.
  INVARIANT(bytes >= 32768);
  Statement query = database_.prepare(
      "SELECT case_id FROM cases WHERE length(record) > 32768 AND length(record) > ? LIMIT 1");
  const auto row = query.bind(std::uint64_t{bytes}).step();
  if (!row) return row.error();
  if (!*row) return std::optional<CaseId>();
  const auto id = to_array<16>(query.blob(0));
  if (!id) return corrupt("cases");
  return std::optional(CaseId{*id});
}

Result<merkle::StateDigest> Reader::stored_state() const {
  Statement query = database_.prepare(
      "SELECT (SELECT count(*) FROM (SELECT 1 FROM cases LIMIT 1)), cases, sum, chk FROM "
      "(SELECT 0 AS id) LEFT JOIN state USING (id)");
  const auto row = query.step();
  if (!row) return row.error();
  const bool any = query.number(0) != 0;
  if (query.is_null(1)) {
    return any ? Result<merkle::StateDigest>(corrupt("state")) : merkle::StateDigest();
  }
  const auto sum = to_array<32>(query.blob(2));
  if (!sum || state_check(query.number(1), *sum) != query.number(3)) return corrupt("state");
  return merkle::StateDigest(query.number(1), *sum);
}

Result<std::optional<Reader::Due>> Reader::next_due() const {
  Statement query = database_.prepare(
      "SELECT deadline, case_id FROM cases WHERE deadline IS NOT NULL ORDER BY deadline, case_id "
      "LIMIT 1");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return std::optional<Due>();
  const auto id = to_array<16>(query.blob(1));
  if (!id) return corrupt("cases");
  const auto log_clock = clock();
  if (!log_clock) return log_clock.error();
  return std::optional(Due{time_from_us(query.number(0)) + log_clock->shift, CaseId{*id}});
}

Result<std::uint64_t> Reader::unit_number(const UnitId& unit) const {
  Statement query = database_.prepare("SELECT no FROM units WHERE id = ?");
  const auto row = query.bind(unit.view()).step();
  if (!row) return row.error();
  return *row ? query.number(0) : 0;
}

Result<std::vector<LogIndex>> Reader::mailbox(const UnitId& unit, std::optional<LogIndex> after,
                                              std::size_t limit) const {
  const auto number = unit_number(unit);
  if (!number) return number.error();
  Statement query = database_.prepare(
      "SELECT idx, chk FROM mail WHERE unit = ? AND idx >= ? ORDER BY idx LIMIT ?");
  const std::uint64_t first = after ? to_number(*after) + 1 : 0;
  query.bind(*number, first, std::uint64_t{limit});
  std::vector<LogIndex> out;
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    if (mail_check(*number, query.number(0)) != query.number(1)) return corrupt("mail");
    out.push_back(LogIndex{query.number(0)});
  }
}

Result<bool> Reader::waits(const UnitId& unit, LogIndex index) const {
  const auto number = unit_number(unit);
  if (!number) return number.error();
  Statement query = database_.prepare("SELECT chk FROM mail WHERE unit = ? AND idx = ?");
  auto row = query.bind(*number, to_number(index)).step();
  if (!row || !*row) return row;
  if (mail_check(*number, to_number(index)) != query.number(0)) return corrupt("mail");
  return true;
}

Result<bool> Reader::is_entry_of(const CaseId& id, LogIndex index) const {
  return database_.prepare("SELECT 1 FROM entries WHERE idx = ? AND case_id = ? AND received = 0")
      .bind(to_number(index), ByteView(id.bytes))
      .step();
}

Result<StoredCheckpoint> Reader::checkpoint_covering(LogIndex index) const {
  Statement query =
      database_.prepare("SELECT size, note FROM checkpoints WHERE size > ? ORDER BY size LIMIT 1");
  const auto row = query.bind(to_number(index)).step();
  if (!row) return row.error();
  if (!*row) return Error{ErrorCode::kStoreCorrupt, "checkpoints", "none covers the entry"};
  return StoredCheckpoint{query.number(0), std::string(query.text(1))};
}

Result<std::optional<StoredCheckpoint>> Reader::latest_checkpoint() const {
  Statement query =
      database_.prepare("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredCheckpoint>();
  return std::optional(StoredCheckpoint{query.number(0), std::string(query.text(1))});
}

Result<void> Reader::checkpoints(const std::function<bool(const StoredCheckpoint&)>& visit) const {
  Statement query = database_.prepare("SELECT size, note FROM checkpoints ORDER BY size");
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row || !visit({query.number(0), std::string(query.text(1))})) return {};
  }
}

Result<std::optional<StoredCheckpoint>> Reader::latest_cosigned(std::uint64_t up_to) const {
  std::optional<StoredCheckpoint> latest;
  auto read =
      visit_cosigned("SELECT size, note FROM cosigned WHERE size <= ? ORDER BY size DESC LIMIT 1",
                     up_to, [&latest](const StoredCheckpoint& stored) {
                       latest = stored;
                       return false;
                     });
  if (!read) return read.error();
  return latest;
}

Result<void> Reader::cosigned(const std::function<bool(const StoredCheckpoint&)>& visit) const {
  return visit_cosigned("SELECT size, note FROM cosigned WHERE size <= ? ORDER BY size",
                        std::numeric_limits<std::int64_t>::max(), visit);
}

// A directory that an earlier broker left has no such table.
Result<void> Reader::visit_cosigned(
    const char* sql, std::uint64_t up_to,
    const std::function<bool(const StoredCheckpoint&)>& visit) const {
  Statement tables = database_.prepare("SELECT 1 FROM sqlite_master WHERE name = 'cosigned'");
  const auto exists = tables.step();
  if (!exists) return exists.error();
  if (!*exists) return {};
  Statement query = database_.prepare(sql);
  query.bind(up_to);
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row || !visit({query.number(0), std::string(query.text(1))})) return {};
  }
}

Result<TimeUs> Reader::entry_time(LogIndex index) const {
  const auto bytes = entry(index);
  if (!bytes) return bytes.error();
  const auto decoded = wire::decode_entry(*bytes);
  if (!decoded) return decoded.error();
  return decoded->time;
}

Result<std::optional<Bytes>> Reader::release(ReleaseVersion version) const {
  Statement query = database_.prepare(
      "SELECT bytes FROM releases WHERE version = ?1 OR ?1 = 0 ORDER BY version DESC LIMIT 1");
  const auto row = query.bind(std::uint64_t{to_number(version)}).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Bytes>();
  return std::optional(to_bytes(query.blob(0)));
}

Result<void> Reader::releases(ReleaseVersion after,
                              const std::function<bool(ReleaseVersion, ByteView)>& visit) const {
  Statement query =
      database_.prepare("SELECT version, bytes FROM releases WHERE version > ? ORDER BY version");
  query.bind(std::uint64_t{to_number(after)});
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    const auto version = *row ? static_cast<std::uint32_t>(query.number(0)) : 0;
    if (!*row || !visit(ReleaseVersion{version}, query.blob(1))) return {};
  }
}

Result<std::vector<Digest>> Reader::read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                               std::size_t count) const {
  Statement query = database_.prepare(
      "SELECT idx, hash FROM nodes WHERE level = ? AND idx >= ? ORDER BY idx LIMIT ?");
  query.bind(std::uint64_t{tile_level}, first, std::uint64_t{count});
  std::vector<Digest> out;
  while (out.size() < count) {
    const auto row = query.step();
    if (!row) return row.error();
    const bool next = *row && query.number(0) == first + out.size();
    const auto hash = next ? to_array<32>(query.blob(1)) : std::nullopt;
    if (!hash) return Error{ErrorCode::kStoreCorrupt, "nodes", "missing or not a hash"};
    out.push_back(*hash);
  }
  return out;
}

Result<std::unique_ptr<ReadOnlyStore>> ReadOnlyStore::open(const std::string& directory) {
  const std::string path = (std::filesystem::path(directory) / kDatabaseName).string();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Error{ErrorCode::kFileUnreadable, directory, "holds no broker's database"};
  }
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database) return database.error();
  return std::unique_ptr<ReadOnlyStore>(new ReadOnlyStore(*std::move(database)));
}

}  // namespace rujukan::store
