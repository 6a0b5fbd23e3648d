// A search index over a log: for each term, such as a case, a unit or a kind, the positions of its
// entries. It is a cache of what a source says and proves nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/model/entry.h"
#include "broker/store/database.h"

namespace rujukan::audit {

// "accept", "deadline", ...; "unreadable" for a message that does not decode.
std::string_view kind_name(const Cause& cause, const Message* message);

// The terms by which an entry is found, "kind/accept", "unit/kpai", sorted and without repeats:
//   case   of the message or cause, and cases that it links
//   unit   sender, owner, and every unit that an event names
//   kind   of the message; of the cause, when it is no message
//   state  that an assignment gets ("accepted"), or the case ("closed")
//   code   of a refusal; "any" for every refusal
//   event  of any type ("transferred")
//   area   that the facts name, and the wider ones that hold it
// `message` is the cause's; nullptr for other causes and for bytes that do not decode.
std::vector<std::string> terms_of(const Entry& entry, const Message* message);

// One thread. Errors of every function: store.failed.
class FindIndex {
 public:
  // An SQLite file, made when missing; "" is a private one that goes with the object.
  static Result<std::unique_ptr<FindIndex>> open(const std::string& path);

  // Entries that were added; adding goes on there.
  std::uint64_t size() const { return size_; }
  // The leaf hash of the last entry when the index was closed: of another log when it differs.
  // Requires: size() > 0.
  const Digest& last_leaf() const { return last_leaf_; }
  Result<void> clear();

  Result<void> add(const Entry& entry, const Message* message, const Digest& leaf);
  // Makes what was added durable. Requires: called before the object goes.
  Result<void> save();

  struct Query {
    std::vector<std::vector<std::string>> terms;  // one of each inner list
    std::optional<TimeUs> from;                   // inclusive
    std::optional<TimeUs> until;                  // exclusive
  };
  // Positions in ascending order. Requires: saved.
  Result<std::vector<std::uint64_t>> find(const Query& query);

 private:
  explicit FindIndex(std::unique_ptr<store::Database> database) : database_(std::move(database)) {}
  Result<void> load();
  Result<void> write_chunk();
  Result<std::vector<std::uint16_t>> any_of(std::uint64_t chunk,
                                            const std::vector<std::string>& terms);

  std::unique_ptr<store::Database> database_;
  std::uint64_t size_ = 0;
  Digest last_leaf_{};
  // The chunk that is being filled.
  std::map<std::string, std::vector<std::uint16_t>> postings_;
  std::vector<std::uint64_t> times_us_;
};

}  // namespace rujukan::audit
