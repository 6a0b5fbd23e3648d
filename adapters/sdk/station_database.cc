#include "adapters/sdk/station_database.h"

#include <utility>

#include "broker/runtime/trace.h"
#include "broker/wire/message_codec.h"

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
  case_line BLOB,
  urgency INTEGER NOT NULL DEFAULT 0,
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
    {"SELECT 1 FROM sqlite_master WHERE name = 'outbox_by_turn'",
     "CREATE INDEX outbox_by_turn ON outbox(state, urgency DESC, seq)"},
    {"SELECT 1 FROM sqlite_master WHERE name = 'outbox_by_line'",
     "CREATE INDEX outbox_by_line ON outbox(unit, case_line, state, seq) "
     "WHERE case_line IS NOT NULL"},
};

// How urgent its case was then is not known of an answer: it goes as before.
Urgency urgency_of(const Message& message) {
  const auto* referral = std::get_if<Referral>(&message.body);
  return referral != nullptr ? referral->facts.urgency : Urgency::kRoutine;
}

// Up to version 0.3.0 what waited was sent in the order of its coming.
Result<void> line_up(Database& database) {
  const auto there =
      database.prepare("SELECT 1 FROM pragma_table_info('outbox') WHERE name = 'case_line'").step();
  if (!there) return there.error();
  if (*there) return {};
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto done = database.execute("ALTER TABLE outbox ADD COLUMN case_line BLOB; ALTER TABLE "
                                   "outbox ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0");
      !done) {
    return done;
  }
  Statement rows = database.prepare("SELECT seq, message FROM outbox");
  while (true) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    const auto message = wire::decode_message(rows.blob(1));
    if (!message) return Error{ErrorCode::kStoreCorrupt, "outbox", to_string(message.error())};
    if (auto done = database.prepare("UPDATE outbox SET case_line = ?, urgency = ? WHERE seq = ?")
                        .bind(case_line_of(*message),
                              static_cast<std::uint64_t>(urgency_of(*message)), rows.number(0))
                        .run();
        !done) {
      return done;
    }
  }
  return transaction->commit();
}

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

std::optional<ByteView> case_line_of(const Message& message) {
  const MessageKind kind = kind_of(message);
  if (kind == MessageKind::kReceived || kind == MessageKind::kUnreadable) return std::nullopt;
  return ByteView(message.case_id.bytes);
}

Result<std::unique_ptr<Database>> open_station_database(const std::string& path) {
  auto database = Database::open(path, Database::Access::kReadWrite);
  if (!database) return database;
  if (auto made = (*database)->execute(kSchema); !made) return made.error();
  if (auto done = line_up(**database); !done) return done.error();
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
