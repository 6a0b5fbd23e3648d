// What follows from an entry: case records and mailboxes. The sequencer folds each entry as it logs
// it; recovery folds all of them again.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>

#include "broker/routing/table.h"
#include "broker/sequencer/case_book.h"

namespace rujukan::sequencer {

// What a commit changed, for who has to act on it afterwards.
struct Changes {
  std::map<UnitId, LogIndex> mail_added;  // the earliest entry of what was
  std::vector<std::pair<UnitId, std::vector<LogIndex>>> mail_removed;
  std::set<CaseId> cases;
  bool payloads_erased = false;
};

// Owned by the sequencer; one thread; inside the transaction that is open. Errors: store.*, fatal.
class Derived {
 public:
  // `store` outlives it.
  explicit Derived(store::Store& store) : store_(store), cases_(store) {}

  // nullptr when there is no such case. Valid until the next call.
  Result<const CaseRecord*> find_case(const CaseId& id) { return cases_.find(id); }
  // Requires: the entry was appended. `message` is the one of its cause; nullptr for others.
  // `table`: of the entry's release.
  Result<void> fold(const Entry& entry, const Message* message, const routing::RoutingTable& table);

  Changes take_changes() { return std::exchange(changes_, {}); }

 private:
  // An accepted entry about a case, before and after it.
  struct Change {
    const Entry& entry;
    const Message* message;    // nullptr: the cause has none
    const CaseRecord* before;  // nullptr: the entry opens the case
    const CaseRecord& after;
    const routing::RoutingTable& table;
  };
  Result<void> change(const Entry& entry, const Message* message,
                      const routing::RoutingTable& table);
  Result<void> tell(const Change& change);
  Result<void> tell_history(const CaseId& id, const UnitId& unit,
                            const routing::RoutingTable& table);
  Result<void> tell_links(const CaseRecord& before, const CaseRecord& after,
                          const routing::RoutingTable& table);
  // Of a case, in their order.
  Result<std::vector<LogIndex>> entries_by(const CaseId& id,
                                           const std::function<bool(const Cause&)>& fits) const;
  // Of a link, the case that names the other; nullopt for other causes.
  Result<std::optional<CaseRecord>> linked_case(const Cause& cause);
  // The case's entries, or only its exclusions, leave the unit's mailbox.
  Result<void> take_mail_back(const CaseId& id, const UnitId& unit, bool only_notices);
  Result<Cause> cause_of(LogIndex index) const;
  Result<void> carry_over(const CaseRecord& record, const CarryCause& carry);
  Result<void> acknowledge(const Message& message);
  Result<void> put_mail(const UnitId& unit, LogIndex index);

  store::Store& store_;
  CaseBook cases_;
  Changes changes_;
};

}  // namespace rujukan::sequencer
