#include "broker/store/store.h"

#include <filesystem>

#include "broker/runtime/trace.h"
#include "broker/store/row_check.h"
#include "broker/wire/case_codec.h"

namespace rujukan::store {
namespace {

// Mail and nodes are read in key order, so they are stored in it (WITHOUT ROWID).
constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS entries (
  idx INTEGER PRIMARY KEY, message_id BLOB, case_id BLOB, received INTEGER NOT NULL,
  bytes BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS entries_message ON entries (message_id)
  WHERE message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS entries_case ON entries (case_id, received) WHERE case_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS payloads (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS nodes (
  level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shards (first INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cosigned (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cases (
  case_id BLOB PRIMARY KEY, deadline INTEGER, record BLOB NOT NULL, hash BLOB NOT NULL)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cases_deadline ON cases (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS cases_large ON cases (length(record)) WHERE length(record) > 32768;
CREATE TABLE IF NOT EXISTS state (
  id INTEGER PRIMARY KEY CHECK (id = 0), cases INTEGER NOT NULL, sum BLOB NOT NULL,
  chk INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS clock (
  id INTEGER PRIMARY KEY CHECK (id = 0), shift INTEGER NOT NULL, alive INTEGER NOT NULL,
  chk INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS units (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS mail (
  unit INTEGER NOT NULL, idx INTEGER NOT NULL, chk INTEGER NOT NULL,
  PRIMARY KEY (unit, idx)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS releases (version INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
)sql";

// Of what is derived from the log. Another version is derived anew by recovery.
constexpr std::uint64_t kDerivedVersion = 3;

Result<void> check_version(Database& database) {
  Statement versions = database.prepare(
      "SELECT user_version, (SELECT count(*) FROM (SELECT 1 FROM entries LIMIT 1)) FROM "
      "pragma_user_version");
  const auto row = versions.step();
  if (!row) return row.error();
  if (versions.number(0) == kDerivedVersion) return {};
  if (versions.number(1) != 0) {
    return Error{ErrorCode::kStoreVersion, kDatabaseName,
                 "has " + std::to_string(versions.number(0)) + ", this broker needs " +
                     std::to_string(kDerivedVersion) + "; run: rujukan recover DIR --anchor FILE"};
  }
  const std::string set = "PRAGMA user_version = " + std::to_string(kDerivedVersion);
  return database.execute(set.c_str());
}

bool is_there(const std::filesystem::path& path) {
  std::error_code unreadable;  // then it is as good as absent, and opening says why
  return std::filesystem::exists(path, unreadable);
}

template <typename Id>
std::optional<ByteView> id_bytes(const Id* id) {
  if (id == nullptr) return std::nullopt;
  return ByteView(id->bytes);
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& directory) {
  const std::filesystem::path root(directory);
  auto lock = DirectoryLock::acquire(root);
  if (!lock) return lock.error();
  if (is_there(root / kFailedMark)) {
    return Error{ErrorCode::kStoreMarked, directory,
                 "run: rujukan recover " + directory + " --anchor FILE"};
  }
  // First, so that there is something to rename whatever fails below.
  if (!is_there(root / kHealthyMark)) {
    if (const auto marked = write_file_durably(root / kHealthyMark, {}, 0600); !marked) {
      return marked.error();
    }
  }
  auto database = Database::open((root / kDatabaseName).string(), Database::Access::kReadWrite,
                                 [directory] { mark_failed(directory); });
  if (!database) return database.error();
  if (const auto made = (*database)->execute(kSchema); !made) return made.error();
  if (const auto checked = check_version(**database); !checked) return checked.error();
  std::unique_ptr<Store> store(new Store(directory, *std::move(lock), *std::move(database)));
  const auto state = store->stored_state();
  if (!state) return store->mark_if_damaged(state.error());
  store->state_ = *state;
  const auto clock = store->Reader::clock();
  if (!clock) return store->mark_if_damaged(clock.error());
  store->clock_ = *clock;
  return store;
}

Result<void> Store::begin() { return database_.execute("BEGIN IMMEDIATE"); }

Result<void> Store::commit() {
  if (state_changed_) {
    if (auto done = put_state(); !done) return done;
  }
  return database_.execute("COMMIT");
}

Result<void> Store::put_state() {
  const Digest sum = state_.sum();
  Statement upsert = database_.prepare(
      "INSERT INTO state (id, cases, sum, chk) VALUES (0, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
      "cases = excluded.cases, sum = excluded.sum, chk = excluded.chk");
  upsert.bind(state_.cases(), ByteView(sum), state_check(state_.cases(), sum));
  if (auto done = upsert.run(); !done) return done;
  state_changed_ = false;
  return {};
}

Result<void> Store::append(const EntryRow& row) {
  Statement insert = database_.prepare(
      "INSERT INTO entries (idx, message_id, case_id, received, bytes) VALUES (?, ?, ?, ?, ?)");
  const auto message_id = id_bytes(row.message_id);
  const auto case_id = id_bytes(row.case_id);
  insert.bind(to_number(row.index), message_id, case_id, std::uint64_t{row.received}, row.bytes);
  if (auto done = insert.run(); !done) return done;
  if (row.payload == nullptr) return {};
  Statement payload = database_.prepare("INSERT INTO payloads (idx, bytes) VALUES (?, ?)");
  return payload.bind(to_number(row.index), ByteView(*row.payload)).run();
}

Result<void> Store::begin_shard(std::uint64_t first, const std::string& origin) {
  state_ = merkle::StateDigest();
  state_changed_ = true;
  Statement insert = database_.prepare("INSERT INTO shards (first, origin) VALUES (?, ?)");
  return insert.bind(first, std::string_view(origin)).run();
}

Result<void> Store::carry_case(const CaseId& id) {
  const auto hash = case_hash(id);
  if (!hash) return hash.error();
  if (!*hash) return Error{ErrorCode::kStoreCorrupt, "cases", "a case that is carried is missing"};
  state_.add(**hash);
  state_changed_ = true;
  return {};
}

Result<void> Store::put_nodes(const std::vector<merkle::TileNode>& nodes,
                              std::uint64_t shard_first) {
  for (const merkle::TileNode& node : nodes) {
    Statement insert = database_.prepare("INSERT INTO nodes (level, idx, hash) VALUES (?, ?, ?)");
    insert.bind(std::uint64_t{node.tile_level}, shard_first + node.index, ByteView(node.hash));
    if (auto done = insert.run(); !done) return done;
  }
  return {};
}

Result<void> Store::put_checkpoint(const StoredCheckpoint& checkpoint) {
  Statement insert = database_.prepare("INSERT INTO checkpoints (size, note) VALUES (?, ?)");
  return insert.bind(checkpoint.size, std::string_view(checkpoint.note)).run();
}

Result<void> Store::put_cosigned(const StoredCheckpoint& cosigned) {
  Statement put = database_.prepare("INSERT OR REPLACE INTO cosigned (size, note) VALUES (?, ?)");
  return put.bind(cosigned.size, std::string_view(cosigned.note)).run();
}

Result<void> Store::forget_cosigned() { return database_.execute("DELETE FROM cosigned"); }

Result<void> Store::put_clock(const StoredClock& clock) {
  Statement upsert = database_.prepare(
      "INSERT INTO clock (id, shift, alive, chk) VALUES (0, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
      "SET shift = excluded.shift, alive = excluded.alive, chk = excluded.chk");
  const auto shift = static_cast<std::uint64_t>(clock.shift.count());
  upsert.bind(shift, to_us(clock.alive), clock_check(shift, to_us(clock.alive)));
  if (auto done = upsert.run(); !done) return done;
  clock_ = clock;
  return {};
}

Result<void> Store::put_case(const CaseRecord& record) {
  INVARIANT(record.shift == clock_.shift);
  const Bytes bytes = wire::encode_case(record);
  const Digest hash = merkle::record_hash(bytes);
  const auto replaced = case_hash(record.case_id);
  if (!replaced) return replaced.error();
  if (*replaced) state_.remove(**replaced);
  state_.add(hash);
  state_changed_ = true;
  std::optional<std::uint64_t> deadline;
  if (const auto due = record.next_due()) deadline = to_us(due->at - record.shift);
  Statement upsert = database_.prepare(
      "INSERT INTO cases (case_id, deadline, record, hash) VALUES (?, ?, ?, ?) ON CONFLICT "
      "(case_id) DO UPDATE SET deadline = excluded.deadline, record = excluded.record, "
      "hash = excluded.hash");
  upsert.bind(ByteView(record.case_id.bytes), deadline, ByteView(bytes), ByteView(hash));
  return upsert.run();
}

Result<std::optional<Digest>> Store::case_hash(const CaseId& id) {
  Statement query = database_.prepare("SELECT hash FROM cases WHERE case_id = ?");
  const auto row = query.bind(ByteView(id.bytes)).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Digest>();
  const auto hash = to_array<32>(query.blob(0));
  if (!hash) return Error{ErrorCode::kStoreCorrupt, "cases", "checksum"};
  return hash;
}

Result<std::uint64_t> Store::make_unit_number(const UnitId& unit) {
  if (const auto at = numbers_.find(unit); at != numbers_.end()) return at->second;
  auto number = unit_number(unit);
  if (!number) return number;
  if (*number == 0) {
    Statement insert = database_.prepare("INSERT INTO units (id) VALUES (?)");
    if (const auto done = insert.bind(unit.view()).run(); !done) return done.error();
    number = unit_number(unit);
    if (!number) return number;
  }
  numbers_.emplace(unit, *number);
  return number;
}

Result<void> Store::add_mail(const UnitId& unit, LogIndex index) {
  const auto number = make_unit_number(unit);
  if (!number) return number.error();
  // A unit may be told of an entry as a party and again as part of the history.
  Statement insert =
      database_.prepare("INSERT OR IGNORE INTO mail (unit, idx, chk) VALUES (?, ?, ?)");
  return insert.bind(*number, to_number(index), mail_check(*number, to_number(index))).run();
}

Result<void> Store::remove_mail(const UnitId& unit, const std::vector<LogIndex>& indices) {
  const auto number = unit_number(unit);
  if (!number) return number.error();
  for (const LogIndex index : indices) {
    Statement remove = database_.prepare("DELETE FROM mail WHERE unit = ? AND idx = ?");
    if (auto done = remove.bind(*number, to_number(index)).run(); !done) return done;
  }
  return {};
}

Result<void> Store::erase_payloads(const CaseId& id) {
  Statement erase = database_.prepare(
      "DELETE FROM payloads WHERE idx IN (SELECT idx FROM entries WHERE case_id = ?)");
  if (auto done = erase.bind(ByteView(id.bytes)).run(); !done) return done;
  return remove_old_database();
}

// A damaged database cannot be trusted to erase.
Result<void> Store::remove_old_database() const {
  const std::filesystem::path root(directory_);
  bool removed = false;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code code;
    const std::filesystem::path file = root / (std::string(kOldDatabaseName) + suffix);
    removed = std::filesystem::remove(file, code) || removed;
    if (code) return Error{ErrorCode::kFileUnwritable, file.string(), code.message()};
  }
  if (!removed) return {};
  auto done = fsync_directory(root);
  // What was removed may be there again after a loss of power.
  if (!done) mark_failed(directory_);
  return done;
}

Result<void> Store::put_release(ReleaseVersion version, ByteView signed_release) {
  Statement insert = database_.prepare("INSERT INTO releases (version, bytes) VALUES (?, ?)");
  return insert.bind(std::uint64_t{to_number(version)}, signed_release).run();
}

Error Store::mark_if_damaged(Error error) const {
  if (error.code == ErrorCode::kStoreCorrupt) mark_failed(directory_);
  return error;
}

void Store::mark_failed(const std::string& directory) {
  const std::filesystem::path root(directory);
  if (is_there(root / kFailedMark)) return;
  std::error_code code;
  std::filesystem::rename(root / kHealthyMark, root / kFailedMark, code);
  Result<void> done = fsync_directory(root);
  if (code) done = Error{ErrorCode::kFileUnwritable, kFailedMark, code.message()};
  if (!done) trace::error("store.mark", done.error());
}

}  // namespace rujukan::store
