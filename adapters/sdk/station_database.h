// The station's own database: outbox, inbox, releases, checkpoints. One connection, one thread.
#pragma once

#include <memory>
#include <string>

#include "broker/store/database.h"

namespace rujukan::sdk {

using store::Database;
using store::Statement;

// Makes the schema when the file is new. Deleted plaintext is overwritten (secure_delete).
// Errors: store.failed.
Result<std::unique_ptr<Database>> open_station_database(const std::string& path);

// Everything between construction and commit() is durable together or not at all. One at a time.
class Transaction {
 public:
  // Errors: store.failed.
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  // Rolls back unless committed.
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // nullptr: over, or moved from
};

}  // namespace rujukan::sdk
