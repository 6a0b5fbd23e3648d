// The decision: a pure function of the case, the command, the table and the log's time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "broker/model/entry.h"
#include "broker/model/order.h"
#include "broker/routing/table.h"

namespace rujukan::decide {

// What an entry that a message about mail names is to its sender. Of the log alone: an entry is
// mail of a unit from telling_of() on, until the unit acknowledges it or it is taken back.
enum class Mail {
  kNone,     // no accepted entry of the message's case, or itself an acknowledgement
  kOfCase,   // of the case, and not in the sender's mailbox
  kWaiting,  // of the case, and in the sender's mailbox
};

// The entries that a message about mail names: `received`, `unreadable`.
std::vector<LogIndex> entries_named(const Message& message);

// What a cause asks for. The message was decoded from the cause's bytes.
struct MessageCommand {
  const Message& message;  // its announced payload, if any, came with it and matched
  // Of a referral: the records of the cases it names, in its order; nullptr: there is no such case.
  std::span<const CaseRecord* const> related = {};
  // What the entries are that entries_named() says, in its order.
  std::span<const Mail> mail = {};
};
// Something was not answered by its deadline.
struct DeadlineCommand {
  Need need;
  std::uint32_t assist = 0;
  Subject subject = Subject::kAssignment;
};
// A referral that opened another case named this one.
struct LinkCommand {
  const CaseRecord& opened;
};

// Administrators gave an order, and enough of them signed it: see order_trust.h.
struct OrderCommand {
  const Order& order;
};

// Whether a unit that holds or awaits a part of the case has ended, or a guarantee of the table
// forbids it its part. Then succession is decided before anything else of the case.
bool needs_succession(const CaseRecord& record, const routing::RoutingTable& table, TimeUs now);

// `record` is nullptr when there is no such case. `now` is the time of the entry. Never fails: an
// outcome is either events or a refusal. Requires, here and below: no succession is needed.
Outcome decide(const CaseRecord* record, const MessageCommand& command,
               const routing::RoutingTable& table, TimeUs now);
// Requires: the deadline is set and not later than `now`.
Outcome decide(const CaseRecord& record, const DeadlineCommand& command,
               const routing::RoutingTable& table, TimeUs now);
Outcome decide(const CaseRecord& record, const LinkCommand& command,
               const routing::RoutingTable& table);
// `record` as for a message.
Outcome decide(const CaseRecord* record, const OrderCommand& command,
               const routing::RoutingTable& table, TimeUs now);
// Requires: succession is needed. nullopt: there is no unit to move an assignment to, which a
// release that passed its check makes impossible.
std::optional<Outcome> decide_succession(const CaseRecord& record,
                                         const routing::RoutingTable& table, TimeUs now);

// Whether the outcome is the message's or order's first and last: its id is used up, and the same
// bytes get it again. A refusal of the envelope is not: the message may come again with its payload
// whole, from a station that serves the unit, or under a key in force.
bool uses_up_id(const Outcome& outcome);

// Whether a release without a list knows any code, and one with a list this one, in force or not:
// what happened under an older law is named by it.
bool knows_legal_basis(const Release& release, std::string_view code);
// nullopt when the release knows every unit and legal basis that the message names, and areas have
// the form of codes: then its bytes may come into the log, refused or not. Asked before anything
// else of a message, from edition 2 on. `stood`: the facts of its case; nullptr: there is none.
// Errors: name.unknown, custodian.unknown, legal_basis.unknown.
std::optional<Error> check_vouched(const Message& message, const Facts* stood,
                                   const routing::RoutingTable& table);
// The same of an order, which is not logged then.
std::optional<Error> check_vouched(const Order& order, const Release& release);
// Whether a message that is refused so may hold what nobody vouches for, a name among it. From
// edition 2 on its entry has its leaf hash in the place of its bytes.
bool withholds_message(const Outcome& outcome, Edition edition);

// The record that an accepted opening makes. Requires: an outcome of this referral without refusal.
CaseRecord opened_record(const Message& referral, const Outcome& outcome, TimeUs now,
                         ReleaseVersion release);
// Folds a later outcome into the record; `message` is that of the cause, nullptr for others.
// Requires: an outcome for this record without refusal. Aborts when that breaks an invariant.
// `at`: of kept_time().
void apply(CaseRecord& record, const Outcome& outcome, const Message* message,
           std::optional<TimeUs> at = {});
// What a record keeps of the time of an entry: nothing under editions before kFairWaits.
std::optional<TimeUs> kept_time(TimeUs entry_time, const Release& in_force);

// Whether no guarantee of the table keeps the unit out of a case with these facts. To be asked at
// each use, under the facts that hold then: what a unit was allowed before does not count.
bool may_know(const Facts& facts, const UnitId& unit, const routing::RoutingTable& table);

// Opener, assigned units, informed units, those that an offer or a transfer request concerns, less
// those that a guarantee keeps out; without repeats.
std::vector<UnitId> parties(const CaseRecord& record, const routing::RoutingTable& table);
// In whose mailboxes the entry of an accepted outcome goes: the parties before and after it, less
// the unit that sent it, unless its own referral comes to it, and less those that a guarantee keeps
// out after it. An erasure is told to former parties too, because they may hold a payload. Empty
// for `received`, because an acknowledgement of acknowledgements would never end. `before` is
// nullptr for an opening; `message` is nullptr for other causes. Not for exclusions.
std::vector<UnitId> units_to_tell(const CaseRecord* before, const CaseRecord& after,
                                  const Message* message, const routing::RoutingTable& table);
// Parties after the entry that had no part just before it; they are sent the case's earlier
// entries.
std::vector<UnitId> new_parties(const CaseRecord& before, const CaseRecord& after,
                                const routing::RoutingTable& table);
// What an accepted entry about a case does to mailboxes, in this order.
struct Telling {
  std::vector<UnitId> take_back;     // everything of the case leaves their mailboxes
  std::vector<UnitId> take_notices;  // exclusions of the case do
  std::vector<UnitId> tell;          // the entry goes in
  std::vector<UnitId> tell_history;  // and the earlier entries of the case, where may_be_told()
};
// `before` and `message` as above. `linked`: of a LinkCause, the case that names this one.
Telling telling_of(const Entry& entry, const CaseRecord* before, const CaseRecord& after,
                   const Message* message, const CaseRecord* linked,
                   const routing::RoutingTable& table);
// Whether the entry may change who may know of the case: by its facts, or by a release.
bool changes_who_knows(const Entry& entry, const CaseRecord& before, const CaseRecord& after);
// What new facts of a case do to the entries by which other cases say that it names them.
struct LinkTelling {
  std::vector<UnitId> take_back;  // they leave these mailboxes
  std::vector<UnitId> tell;       // and go into these
};
// `named`: the other case, as it stands.
LinkTelling link_telling_of(const CaseRecord& before, const CaseRecord& after,
                            const CaseRecord& named, const routing::RoutingTable& table);
// Whether an earlier entry of a case with this cause is told to a unit that gets a part in the
// case. No acknowledgements; no exclusions; no links to a case that a guarantee keeps the unit out
// of.
bool may_be_told(const Cause& cause, const CaseRecord* linked, const UnitId& unit,
                 const routing::RoutingTable& table);

// Whether a unit gets the payload of a message of the case: it is a recipient or stands in for one
// that has ended, whose keys it may hold; no guarantee keeps it out now; and it opened the case, is
// or was responsible, or is offered an assignment. A wider unit of the chain waits until its turn
// comes.
bool may_read_payload(const CaseRecord& record, const Message& message, const UnitId& unit,
                      const routing::RoutingTable& table, TimeUs now);
// Whether the recipient has ended and the unit, which has another id, stands in for it.
bool stands_in(const UnitId& unit, const UnitId& recipient, const routing::RoutingTable& table,
               TimeUs now);

// Whether the record does not show yet which of its units a guarantee keeps out. Then an exclusion
// is decided right after the entry that brought it, again and again until it shows all.
bool needs_exclusion(const CaseRecord& record, const routing::RoutingTable& table);
// Of one unit. Names neither owner nor version. Requires: needs_exclusion().
Outcome decide_exclusion(const CaseRecord& record, const routing::RoutingTable& table);

// What the facts say is withheld counts for an adult only, so that for a victim of unknown age
// somebody has to find out first. Errors: facts.invalid.
Result<void> check_consent(const Facts& facts);
// Whether new facts hold only once a unit of another agency agrees.
bool needs_second_agency(const Facts& before, const Facts& after, const Release& release);

// What is wrong with the record; nullopt: one lead assignment and so one owner, needs in order, a
// deadline exactly while an accept is awaited, nothing awaited in a closed case.
std::optional<std::string> broken_invariant(const CaseRecord& record);
// Under a table, once the above holds: the owner and every unit that holds a part of an open case
// are active, and its chain ends in the nation's unit.
std::optional<std::string> broken_invariant(const CaseRecord& record,
                                            const routing::RoutingTable& table, TimeUs now);

// A case goes on in a new shard of the log as it stands: version and owner are what they were.
Outcome decide_carry(const CaseRecord& record);

}  // namespace rujukan::decide
