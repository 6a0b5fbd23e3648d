#include "broker/audit/decided_messages.h"

#include <algorithm>
#include <vector>

namespace rujukan::audit {
namespace {

// About 100 bytes each.
constexpr std::size_t kMostRecent = 65'536;

constexpr const char* kSchema =
    "CREATE TABLE messages (id BLOB PRIMARY KEY, idx INTEGER NOT NULL, hash BLOB NOT NULL) "
    "WITHOUT ROWID";

}  // namespace

Result<std::unique_ptr<DecidedMessages>> DecidedMessages::create(store::Database& database) {
  if (auto made = database.execute(kSchema); !made) return made.error();
  return std::unique_ptr<DecidedMessages>(new DecidedMessages(database));
}

Result<std::optional<DecidedMessages::Decision>> DecidedMessages::find(const MessageId& id) {
  std::optional<Decision> found;
  if (const auto at = recent_.find(id); at != recent_.end()) {
    found = at->second;
    return found;
  }
  // Ids begin with the time at which they were made: most are higher than all before.
  if (id > last_stored_) return found;
  store::Statement query = database_.prepare("SELECT idx, hash FROM messages WHERE id = ?");
  const auto row = query.bind(ByteView(id.bytes)).step();
  if (!row) return row.error();
  if (!*row) return found;
  const auto hash = to_array<32>(query.blob(1));
  if (!hash) return Error{ErrorCode::kStoreCorrupt, "messages"};
  found = Decision{LogIndex{query.number(0)}, *hash};
  return found;
}

Result<void> DecidedMessages::add(const MessageId& id, const Decision& decision) {
  recent_.emplace(id, decision);
  return recent_.size() < kMostRecent ? Result<void>() : write_all();
}

Result<void> DecidedMessages::write_all() {
  std::vector<MessageId> ids;
  ids.reserve(recent_.size());
  for (const auto& [id, decision] : recent_) ids.push_back(id);
  // The file is written from its beginning to its end.
  std::sort(ids.begin(), ids.end());
  for (const MessageId& id : ids) {
    const Decision& decision = recent_.at(id);
    store::Statement insert =
        database_.prepare("INSERT INTO messages (id, idx, hash) VALUES (?, ?, ?)");
    insert.bind(ByteView(id.bytes), to_number(decision.index), ByteView(decision.hash));
    if (auto done = insert.run(); !done) return done;
  }
  if (!ids.empty()) last_stored_ = std::max(last_stored_, ids.back());
  recent_.clear();
  return {};
}

}  // namespace rujukan::audit
