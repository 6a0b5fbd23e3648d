// The station's own database: outbox, inbox, releases, checkpoints. One connection, one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "broker/model/message.h"
#include "broker/store/database.h"

namespace rujukan::sdk {

using store::Database;
using store::Statement;

// In which line of the outbox the message stands: that of its unit's messages in its case. nullopt:
// in none, as what a station says of mail by itself.
std::optional<ByteView> case_line_of(const Message& message);

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
