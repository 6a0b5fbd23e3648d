// From a cause to its entry: the one place where a decision is logged.
#pragma once

#include "broker/decide/decide.h"
#include "broker/model/order.h"
#include "broker/routing/table.h"
#include "broker/sequencer/derived.h"
#include "broker/sequencer/log_writer.h"
#include "broker/verify/job.h"

namespace rujukan::sequencer {

// Who submitted, as the connection proved it.
struct Submitter {
  const StationId& station;
  const PublicKey& curve_key;
};

// What became of a message.
struct Logged {
  LogIndex index{};
  Bytes entry;  // empty when an earlier commit made it
  std::uint32_t case_version = 0;
  std::optional<Error> refusal;
  std::vector<UnitId> recipients;
};

// What became of an administrators' order.
struct LoggedOrder {
  std::optional<LogIndex> index;  // nullopt: nothing was logged
  std::optional<Error> refusal;   // neither: it was decided before
};

// Owned by the sequencer; one thread; inside the transaction that is open. Errors: store.*, fatal.
class Ledger {
 public:
  // Both outlive it.
  Ledger(store::Store& store, LogWriter& log) : store_(store), log_(log), derived_(store) {}

  // Decides a message and logs it, or finds that it was decided before: the same bytes get their
  // first outcome again, other bytes under the same id a logged conflict.
  Result<Logged> record_message(const routing::RoutingTable& table, const Submitter& submitter,
                                const verify::VerifiedMessage& verified);
  // Decides an order that administrators of the release in force signed, and logs it. Without
  // enough good signatures nothing is logged, and the same order may come again with more of them.
  Result<LoggedOrder> record_order(const routing::RoutingTable& table, const Bytes& signed_order);
  // Fires the earliest deadline when it is not later than the log's time. False: none is due.
  Result<bool> record_due(const routing::RoutingTable& table);
  // Moves what an ended unit holds of the case, or one that a guarantee keeps out, and tells whom
  // it keeps out.
  Result<void> settle(const routing::RoutingTable& table, const CaseId& id);
  // Makes a case of an earlier shard part of the newest one. False: it is, or there is none.
  // Requires: its record fits an entry.
  Result<bool> carry_if_needed(const routing::RoutingTable& table, const CaseId& id);
  // Puts a release in force. Requires: verified at `now`, since when nothing was logged.
  Result<void> record_release(const ReleaseCause& cause, ByteView signed_release, TimeUs now);
  // The same, in the first entry of a new shard.
  Result<void> record_genesis(GenesisCause cause, ByteView signed_release, TimeUs now);

  // Puts off every deadline by as long as the broker took no answers. Requires: `lost` > 0.
  Result<void> record_lost_time(const routing::RoutingTable& table, std::chrono::microseconds lost);
  // Logs the digest of all case records as they stand.
  Result<void> record_state(const routing::RoutingTable& table);

  Changes take_changes() { return derived_.take_changes(); }

 private:
  // That first decided the message or order.
  Result<std::optional<Entry>> first_entry(const MessageId& id) const;
  // What was decided before under a message's id: the same bytes get their first outcome again,
  // others are a conflict.
  struct Duplicate {
    std::optional<Logged> same;
    std::optional<Error> conflict;
  };
  Result<Duplicate> find_duplicate(const verify::VerifiedMessage& verified) const;
  Result<std::optional<Error>> find_unvouched(const routing::RoutingTable& table,
                                              const verify::VerifiedMessage& verified);
  Result<std::optional<Error>> find_unvouched(const routing::RoutingTable& table,
                                              const Message& message);
  Result<LoggedOrder> record_order(const routing::RoutingTable& table, const Order& order,
                                   Entry entry);
  Result<Logged> record_refusal(const Release& release, const verify::VerifiedMessage& verified,
                                Error error, TimeUs now);
  Result<Logged> record_decision(const routing::RoutingTable& table, const Submitter& submitter,
                                 const verify::VerifiedMessage& verified);
  Result<void> record_carry(const routing::RoutingTable& table, const CaseId& id);
  // In the newest shard, as it stands at the log's next time, after every succession that was due.
  // nullptr: no such case. `now` is set to that time. Valid until the next call.
  Result<const CaseRecord*> settled_case(const routing::RoutingTable& table, const CaseId& id,
                                         TimeUs& now);
  Result<std::vector<CaseRecord>> related_cases(const routing::RoutingTable& table,
                                                const Message& message);
  // What a `received` names, to its sender; empty for others.
  Result<std::vector<decide::Mail>> mail_in(const Message& message) const;
  Result<void> record_links(const routing::RoutingTable& table, const Message& message);
  Result<void> fold(const routing::RoutingTable& table, const Entry& entry, const Message* message);
  Result<void> announce(const routing::RoutingTable& table, const CaseId& id);
  // Of a cause without a message.
  Result<void> record(const routing::RoutingTable& table, Cause cause, Outcome outcome, TimeUs now);

  store::Store& store_;
  LogWriter& log_;
  Derived derived_;
};

}  // namespace rujukan::sequencer
