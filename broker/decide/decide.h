// The decision: a pure function of the case, the command, the table and the log's time.
#pragma once

#include <optional>
#include <vector>

#include "broker/model/entry.h"
#include "broker/routing/table.h"

namespace rujukan::decide {

// What a cause asks for. The message was decoded from the cause's bytes.
struct MessageCommand {
  const Message& message;  // its announced payload, if any, came with it and matched
};
struct DeadlineCommand {
  Need need;
};

// `record` is nullptr when there is no such case. `now` is the time of the entry. Never fails: an
// outcome is either events or a refusal.
Outcome decide(const CaseRecord* record, const MessageCommand& command,
               const routing::RoutingTable& table, TimeUs now);
// Requires: the assignment's deadline is set and not later than `now`.
Outcome decide(const CaseRecord& record, const DeadlineCommand& command, TimeUs now);

// Whether the outcome is the message's first and last: its id is used up, and the same bytes get it
// again. A refusal of the envelope is not: the message may come again with its payload whole, from
// a station that serves the unit, or under a key in force.
bool uses_up_id(const Outcome& outcome);

// The record that an accepted opening makes. Requires: an outcome of this referral without refusal.
CaseRecord opened_record(const Message& referral, const Outcome& outcome, TimeUs now,
                         ReleaseVersion release);
// Folds a later outcome into the record. Requires: an outcome for this record without refusal.
void apply(CaseRecord& record, const Outcome& outcome);

// Opener, assigned units and informed units, without repeats.
std::vector<UnitId> parties(const CaseRecord& record);
// In whose mailboxes the entry of an accepted outcome goes: the parties before and after it, less
// the unit that sent it, unless its own referral comes to it. Empty for `received`, because an
// acknowledgement of acknowledgements would never end. `before` is nullptr for an opening;
// `message` is nullptr for a deadline.
std::vector<UnitId> units_to_tell(const CaseRecord* before, const CaseRecord& after,
                                  const Message* message);
// Parties after the entry that had no part before it; they are sent the case's earlier entries.
std::vector<UnitId> new_parties(const CaseRecord& before, const CaseRecord& after);
// Whether a unit gets the payload of a message of the case: it is a recipient, and it opened the
// case or is or was responsible. A wider unit of the chain waits until its turn comes.
bool may_read_payload(const CaseRecord& record, const Message& message, const UnitId& unit);

// Always on, after every change: one lead assignment, needs in order, a deadline exactly while an
// accept is awaited. Aborts on a breach.
void check_invariants(const CaseRecord& record);

}  // namespace rujukan::decide
