#include "broker/store/database.h"

#include <fcntl.h>

#include "broker/runtime/file.h"

namespace rujukan::store {
namespace {

// SQLite would wait for a pipe, and makes a database readable for others where umask lets it. The
// files beside it get its mode.
Result<void> prepare_files(const std::string& path, Database::Access access) {
  if (path.empty()) return {};
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    if (!is_plain_or_absent(path + suffix)) {
      return Error{ErrorCode::kStoreFailed, path + suffix, "not a regular file"};
    }
  }
  if (access != Database::Access::kReadWrite) return {};
  const FileDescriptor made(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, kOwnerOnly));
  return {};  // if it could not be made, SQLite says why
}

bool is_damage(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

// One writer that commits in groups: a larger page cache saves reading back what was just written,
// and checkpoints of the write-ahead log in larger steps.
constexpr const char* kWriterSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -24000;"
    "PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY;"
    // Erased payloads are overwritten, not only unlinked.
    "PRAGMA secure_delete = ON;";

// Never synced nor rolled back; the page cache is all that it takes of the memory.
constexpr const char* kTemporarySettings =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -48000; BEGIN";

const char* settings_of(Database::Access access) {
  switch (access) {
    case Database::Access::kReadWrite:
      return kWriterSettings;
    case Database::Access::kReadOnly:
      return nullptr;
    case Database::Access::kTemporary:
      return kTemporarySettings;
  }
  INVARIANT(false);
  return nullptr;
}

}  // namespace

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Statement::step() {
  if (statement_ == nullptr) return database_.failed();
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_.failed();
}

Result<void> Statement::run() {
  const auto row = step();
  if (!row) return row.error();
  INVARIANT(!*row);
  return {};
}

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

ByteView Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::text(int column) const { return as_text(blob(column)); }

void Statement::bound(int code) const {
  // A statement that did not prepare says so in step().
  INVARIANT(code == SQLITE_OK || statement_ == nullptr);
}

void Statement::bind_one(int at, std::uint64_t value) {
  bound(sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(value)));
}

void Statement::bind_one(int at, ByteView value) {
  // A null pointer would bind NULL instead of an empty blob.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  bound(sqlite3_bind_blob64(statement_, at, data, value.size(), SQLITE_STATIC));
}

void Statement::bind_one(int at, std::string_view value) {
  bound(sqlite3_bind_text(statement_, at, value.data(), static_cast<int>(value.size()),
                          SQLITE_STATIC));
}

void Statement::bind_one(int at, std::nullptr_t) { bound(sqlite3_bind_null(statement_, at)); }

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Access access,
                                                 OnDamage on_damage) {
  if (auto ready = prepare_files(path, access); !ready) return ready.error();
  sqlite3* connection = nullptr;
  const int flags = access == Access::kReadOnly ? SQLITE_OPEN_READONLY
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    if (on_damage && is_damage(code)) on_damage();
    const Error error{ErrorCode::kStoreFailed, path, sqlite3_errstr(code)};
    sqlite3_close(connection);
    return error;
  }
  std::unique_ptr<Database> database(new Database(connection, std::move(on_damage)));
  // Readers of a live database wait for the writer's checkpoint; the writer waits for nobody long.
  database->wait_at_most(kPatience);
  if (const char* settings = settings_of(access)) {
    if (auto done = database->execute(settings); !done) return done.error();
  }
  return database;
}

// An empty name means such a file to SQLite.
Result<std::unique_ptr<Database>> Database::open_temporary() {
  return open("", Access::kTemporary);
}

Error Database::failed() const {
  const int code = sqlite3_extended_errcode(connection_);
  if (on_damage_ && is_damage(code)) on_damage_();
  return {ErrorCode::kStoreFailed, "sqlite",
          std::string(sqlite3_errmsg(connection_)) + " (" + std::to_string(code) + ")"};
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

void Database::wait_at_most(std::chrono::milliseconds time) {
  sqlite3_busy_timeout(connection_, static_cast<int>(time.count()));
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failed();
  return {};
}

Result<bool> Database::empty_log() {
  Statement checkpoint = prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  wait_at_most(std::chrono::milliseconds(0));
  const auto row = checkpoint.step();
  wait_at_most(kPatience);
  if (!row) return row.error();
  const bool busy = checkpoint.number(0) != 0;
  return !busy;
}

Statement Database::prepare(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    // A failure leaves nullptr, which the first step reports.
    if (sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK) {
      statement = nullptr;
    }
  }
  return Statement(*this, statement);
}

}  // namespace rujukan::store
