#include "adapters/sdk/station_database.h"

#include <utility>

#include "broker/runtime/trace.h"

namespace rujukan::sdk {
namespace {

constexpr const char* kSchema = R"sql(
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS outbox(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  ticket TEXT NOT NULL UNIQUE,
  unit TEXT NOT NULL,
  state INTEGER NOT NULL,
  message BLOB NOT NULL,
  payload BLOB,
  plaintext BLOB NOT NULL,
  replans INTEGER NOT NULL,
  receipt TEXT NOT NULL,
  case_version INTEGER NOT NULL,
  error_code INTEGER NOT NULL,
  error_field TEXT NOT NULL,
  error_detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS outbox_by_state ON outbox(state, seq);
CREATE TABLE IF NOT EXISTS inbox(
  unit TEXT NOT NULL,
  entry_index INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  acknowledged INTEGER NOT NULL,
  notice INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(unit, entry_index)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS inbox_by_case ON inbox(case_id, unit, entry_index);
CREATE INDEX IF NOT EXISTS inbox_open ON inbox(unit, case_id, entry_index) WHERE acknowledged = 0;
CREATE TABLE IF NOT EXISTS duty(
  unit TEXT NOT NULL,
  entry_index INTEGER NOT NULL,
  need INTEGER NOT NULL,
  subject INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(unit, entry_index, need)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unreadable(
  unit TEXT NOT NULL,
  entry_index INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  told INTEGER NOT NULL,
  PRIMARY KEY(unit, entry_index)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_case(
  case_id BLOB PRIMARY KEY,
  opening BLOB NOT NULL,
  version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known_entry(
  case_id BLOB NOT NULL,
  entry_index INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  payload BLOB,
  PRIMARY KEY(case_id, entry_index)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS release(version INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS shard(
  no INTEGER PRIMARY KEY,
  origin TEXT NOT NULL UNIQUE,
  first INTEGER);
CREATE TABLE IF NOT EXISTS seen(
  shard INTEGER NOT NULL,
  size INTEGER NOT NULL,
  note TEXT NOT NULL,
  proven INTEGER NOT NULL,
  PRIMARY KEY(shard, size)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_unproven ON seen(shard, size) WHERE proven = 0;
CREATE TABLE IF NOT EXISTS contradiction(
  code INTEGER NOT NULL,
  first TEXT NOT NULL,
  second TEXT NOT NULL,
  detail TEXT NOT NULL);
)sql";

// What databases of earlier versions have otherwise: `change` unless `has` has a row.
struct Change {
  const char* has;
  const char* change;
};
constexpr Change kChanges[] = {
    {"SELECT 1 FROM pragma_table_info('duty') WHERE name = 'subject'",
     "ALTER TABLE duty ADD COLUMN subject INTEGER NOT NULL DEFAULT 0"},
    {"SELECT 1 FROM pragma_table_info('inbox') WHERE name = 'notice'",
     "ALTER TABLE inbox ADD COLUMN notice INTEGER NOT NULL DEFAULT 0"},
    // A checkpoint was believed with its receipt, and there was one shard.
    {"SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'checkpoint')",
     "BEGIN; INSERT INTO seen SELECT 0, size, note, 1 FROM checkpoint;"
     "DROP TABLE checkpoint; COMMIT"},
    {"SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'fork')",
     "BEGIN; INSERT INTO contradiction SELECT 85, first, second, '' FROM fork;"
     "DROP TABLE fork; COMMIT"},
};

Result<void> bring_up_to_date(Database& database) {
  for (const Change& step : kChanges) {
    const auto there = database.prepare(step.has).step();
    if (!there) return there.error();
    if (*there) continue;
    if (auto done = database.execute(step.change); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_station_database(const std::string& path) {
  auto database = Database::open(path, Database::Access::kReadWrite);
  if (!database) return database;
  if (auto made = (*database)->execute(kSchema); !made) return made.error();
  if (auto done = bring_up_to_date(**database); !done) return done.error();
  return database;
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ == nullptr) return;
  const auto undone = database_->execute("ROLLBACK");
  // SQLite has rolled back by itself after most errors.
  if (!undone) trace::debug("station.rollback", {{"why", undone.error().detail}});
}

Result<void> Transaction::commit() { return std::exchange(database_, nullptr)->execute("COMMIT"); }

}  // namespace rujukan::sdk
