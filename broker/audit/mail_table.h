// The mailboxes of a replay, by case: those of late in memory, all others in a temporary database.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/decide/decide.h"
#include "broker/store/database.h"

namespace rujukan::audit {

// One thread. Errors of every function: store.failed, store.corrupt.
class MailTable {
 public:
  // Makes its table in `database`, which outlives it.
  static Result<std::unique_ptr<MailTable>> create(store::Database& database);

  // What has to be known of an entry of a case to say whom it may be told to.
  struct CaseEntry {
    LogIndex index{};
    bool excludes = false;         // by an ExclusionCause
    std::optional<CaseId> linked;  // of a LinkCause: the case that names this one
  };
  // An accepted entry of the case, no acknowledgement.
  Result<void> add(const CaseId& id, const CaseEntry& entry);
  // In their order.
  Result<std::vector<CaseEntry>> entries_of(const CaseId& id);
  // The entry, which was added, lies in the unit's mailbox from here on.
  Result<void> put(const CaseId& id, const UnitId& unit, LogIndex index);
  // Everything of the case leaves the unit's mailbox, or the exclusions only.
  Result<void> take_back(const CaseId& id, const UnitId& unit, bool only_exclusions);
  // The entries lie in the unit's mailbox no more. Before edition 2 they may be of other cases.
  Result<void> remove(const CaseId& id, const UnitId& unit, const std::vector<LogIndex>& entries);
  Result<decide::Mail> find(const CaseId& id, const UnitId& unit, LogIndex index);

 private:
  struct Mailbox {
    UnitId unit;
    std::vector<LogIndex> waiting;  // ascending
  };
  struct Mailboxes {
    std::vector<CaseEntry> entries;  // of the case, ascending
    std::vector<Mailbox> units;
  };

  explicit MailTable(store::Database& database) : database_(database) {}
  static bool holds(const Mailboxes& mailboxes, LogIndex index);
  static Mailbox& mailbox(Mailboxes& of, const UnitId& unit);
  static Bytes pack(const Mailboxes& mailboxes);
  static bool unpack(ByteView bytes, Mailboxes& mailboxes);
  Result<Mailboxes*> load(const CaseId& id);
  Result<void> write_all();

  store::Database& database_;
  std::unordered_map<CaseId, Mailboxes> recent_;
  CaseId last_stored_;  // the highest id in the database
  // Removed through an acknowledgement of another case, as edition 1 allowed.
  std::set<std::pair<UnitId, LogIndex>> removed_elsewhere_;
};

}  // namespace rujukan::audit
