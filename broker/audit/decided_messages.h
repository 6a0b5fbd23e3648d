// Which messages of a log were decided, and where: the late ones in memory, all others in a
// temporary database.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>

#include "broker/model/ids.h"
#include "broker/store/database.h"

namespace rujukan::audit {

// One thread. Errors of every function: store.failed, store.corrupt.
class DecidedMessages {
 public:
  struct Decision {
    LogIndex index{};
    Digest hash{};  // of the message's bytes
  };

  // Makes its table in `database`, which outlives it.
  static Result<std::unique_ptr<DecidedMessages>> create(store::Database& database);

  Result<std::optional<Decision>> find(const MessageId& id);
  // Requires: it was not decided before.
  Result<void> add(const MessageId& id, const Decision& decision);

 private:
  explicit DecidedMessages(store::Database& database) : database_(database) {}
  Result<void> write_all();

  store::Database& database_;
  std::unordered_map<MessageId, Decision> recent_;
  MessageId last_stored_;  // the highest id in the database
};

}  // namespace rujukan::audit
