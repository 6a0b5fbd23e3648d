// What the station was sent, by unit and entry: what it has handed to the agency, what it has to
// acknowledge, and what its units became responsible for.
#pragma once

#include <set>
#include <vector>

#include "adapters/sdk/station_database.h"
#include "broker/model/entry.h"

namespace rujukan::sdk {

// Deliveries of one case to one unit that wait for one acknowledgement.
struct Unacknowledged {
  UnitId unit;
  CaseId case_id;
  std::vector<LogIndex> entries;  // ascending; at most limits::kDeliveryWindow
  bool of_unknown_case = false;   // a notice that a guarantee keeps the unit out of it
};

// An assignment or an offer that the entry brought the unit, to be accepted automatically.
struct Duty {
  UnitId unit;
  LogIndex entry{};
  Need need{};
  Subject subject = Subject::kAssignment;
};

// Errors of every function: store.*, fatal.
class Inbox {
 public:
  explicit Inbox(Database& database) : database_(database) {}

  Result<bool> holds(const UnitId& unit, LogIndex index) const;
  // Requires: the agency's side has the delivery durably, and !holds().
  Result<void> add(const UnitId& unit, LogIndex index, const CaseId& case_id);
  // The same, of a notice that a guarantee keeps the unit out of the case.
  Result<void> add_notice(const UnitId& unit, LogIndex index, const CaseId& case_id);
  // Whether any unit of the station was sent something of the case but notices.
  Result<bool> holds_case(const CaseId& case_id) const;
  // Whether the unit was sent a notice of the case, at whatever time.
  Result<bool> has_left(const UnitId& unit, const CaseId& case_id) const;
  // The unit's entries of the case and the duties that came with them.
  Result<void> forget(const UnitId& unit, const CaseId& case_id);
  Result<void> add_duty(const Duty& duty);

  // A payload that is sealed for the unit and cannot be read.
  struct UnreadEntry {
    UnitId unit;
    LogIndex entry{};
    CaseId case_id;
  };
  Result<void> add_unread(const UnreadEntry& unread);
  // Of which its sender was not told so far, but those of `without`; at most
  // limits::kDeliveryWindow.
  Result<std::vector<UnreadEntry>> unread(const std::set<UnitId>& without = {}) const;
  // A message about it lies in the outbox.
  Result<void> told_unread(const UnreadEntry& unread);
  // Whether there is one of the case, told or not.
  Result<bool> cannot_read(const UnitId& unit, const CaseId& case_id) const;

  // The first groups but those of `without`, at most limits::kDeliveryWindow deliveries.
  Result<std::vector<Unacknowledged>> unacknowledged(const std::set<UnitId>& without = {}) const;
  Result<bool> owes_acknowledgement(const UnitId& unit) const;
  // An acknowledgement lies in the outbox.
  Result<void> acknowledged(const Unacknowledged& group);
  // The acknowledgement came to nothing: another one has to be made.
  Result<void> acknowledge_again(const UnitId& unit, LogIndex index);

  // The duties that came with these entries.
  Result<std::vector<Duty>> duties(const UnitId& unit, const std::vector<LogIndex>& entries) const;
  Result<void> remove(const Duty& duty);

 private:
  // What the unit was sent of the case, ascending.
  Result<std::vector<LogIndex>> entries_of(const UnitId& unit, const CaseId& case_id) const;

  Database& database_;
};

}  // namespace rujukan::sdk
