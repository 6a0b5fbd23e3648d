// The decision: a pure function of the case, the command, the table and the log's time.
#pragma once

#include <optional>
#include <vector>

#include "broker/model/entry.h"
#include "broker/routing/table.h"

namespace rujukan::decide {

// What a cause asks for. The message was decoded from the cause's bytes.
struct MessageCommand {
  const Message& message;
  bool has_payload;  // its announced payload came with it and matched
};
struct DeadlineCommand {
  Need need;
};

// `record` is nullptr when there is no such case. `now` is the time of the entry. Never fails: an
// outcome is either events or a refusal.
Outcome decide(const CaseRecord* record, const MessageCommand& command,
               const routing::RoutingTable& table, TimeUs now);
// Requires: the assignment's deadline is set and not later than `now`.
Outcome decide(const CaseRecord& record, const DeadlineCommand& command,
               const routing::RoutingTable& table, TimeUs now);

// Folds an accepted outcome into the record; with an `opened` event it makes a new one from the
// message. Requires: an outcome without refusal.
CaseRecord apply(const CaseRecord* record, const Cause& cause, const Message* message,
                 const Outcome& outcome, TimeUs now, ReleaseVersion release);

// Units in whose mailboxes the entry goes: parties of the case after it, less the sender. Empty for
// `received` and for refusals.
std::vector<UnitId> parties_to_tell(const CaseRecord& after, const Cause& cause,
                                    const Outcome& outcome);
// Parties after the entry that were none before it; they are sent the case's earlier entries first.
std::vector<UnitId> new_parties(const CaseRecord* before, const CaseRecord& after);

// Opener, assigned units and informed units, without repeats.
std::vector<UnitId> parties(const CaseRecord& record);
// May the unit open the message's payload: it is one of its recipients and has been a party.
bool is_recipient(const Message& message, const UnitId& unit);

// Always on, after every apply. Aborts on a breach.
void check_invariants(const CaseRecord& record);

}  // namespace rujukan::decide
