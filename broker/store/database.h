// One SQLite connection and its prepared statements. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::store {

class Database;

// A prepared statement, reset when its scope ends. Blobs and texts are bound without a copy: they
// outlive the steps.
class Statement {
 public:
  Statement(Database& database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Binds in the order of the placeholders.
  template <typename... Args>
  Statement& bind(const Args&... args) {
    int at = 0;
    (bind_one(++at, args), ...);
    return *this;
  }
  // True for a row, false at the end. Errors: store.failed.
  Result<bool> step();
  // Requires that there be no row. Errors: store.failed.
  Result<void> run();

  std::uint64_t number(int column) const;
  bool is_null(int column) const;
  // Valid until the next step.
  ByteView blob(int column) const;
  std::string_view text(int column) const;

 private:
  void bound(int code) const;
  void bind_one(int at, std::uint64_t value);
  void bind_one(int at, ByteView value);
  void bind_one(int at, std::string_view value);
  void bind_one(int at, std::nullptr_t);
  template <typename T>
  void bind_one(int at, const std::optional<T>& value) {
    value ? bind_one(at, *value) : bind_one(at, nullptr);
  }

  Database& database_;
  sqlite3_stmt* statement_;
};

class Database {
 public:
  // kTemporary: see open_temporary().
  enum class Access { kReadWrite, kReadOnly, kTemporary };
  static constexpr std::chrono::milliseconds kPatience{5000};

  // Called when the disk failed or the file is damaged, before the error is returned: what reads
  // show afterwards may be in no file. An error that passes (locked, full) is none of these.
  using OnDamage = std::function<void()>;

  // Read-write: WAL, synchronous=FULL, made when missing. Errors: store.failed.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Access access,
                                                OnDamage on_damage = nullptr);
  // In a file of its own that nobody else sees and that is gone with the connection: for what does
  // not fit in memory and may be lost. One transaction is open from the start. Errors:
  // store.failed.
  static Result<std::unique_ptr<Database>> open_temporary();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // How long a statement waits for other connections; 5 s unless set.
  void wait_at_most(std::chrono::milliseconds time);
  // Moves what the write-ahead log holds into the database and empties it, so that what was erased
  // is in neither. False: somebody is reading; try again. Waits for nobody. Errors: store.failed.
  Result<bool> empty_log();
  // Statements without parameters or rows. Errors: store.failed.
  Result<void> execute(const char* sql);
  // Prepared once per text; `sql` is a literal. A text that does not prepare is reported by step().
  Statement prepare(const char* sql);

 private:
  friend class Statement;
  Database(sqlite3* connection, OnDamage on_damage)
      : connection_(connection), on_damage_(std::move(on_damage)) {}
  // The latest error of the connection.
  Error failed() const;

  sqlite3* connection_;
  const OnDamage on_damage_;
  std::map<const char*, sqlite3_stmt*> statements_;  // by address: every text is a literal
};

}  // namespace rujukan::store
