// The mailboxes of a replay, by case: those of late in memory, all others in a temporary database.
#pragma once

#include <memory>
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

  // An accepted entry of the case, no acknowledgement: put into the mailboxes of `units`.
  Result<void> add(const CaseId& id, LogIndex index, const std::vector<UnitId>& units);
  // All entries of the case so far, for a unit that is new to it.
  Result<void> add_history(const CaseId& id, const UnitId& unit);
  // The entries lie in the unit's mailbox no more. Before edition 2 they may be of other cases.
  Result<void> remove(const CaseId& id, const UnitId& unit, const std::vector<LogIndex>& entries);
  Result<decide::Mail> find(const CaseId& id, const UnitId& unit, LogIndex index);

 private:
  struct Mailbox {
    UnitId unit;
    std::vector<LogIndex> waiting;  // ascending
  };
  struct Mailboxes {
    std::vector<LogIndex> entries;  // of the case, ascending
    std::vector<Mailbox> units;
  };

  explicit MailTable(store::Database& database) : database_(database) {}
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
