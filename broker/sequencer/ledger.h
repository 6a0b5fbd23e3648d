// From a cause to its entry: the one place where a decision is logged.
#pragma once

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

// Owned by the sequencer; one thread; inside the transaction that is open. Errors: store.*, fatal.
class Ledger {
 public:
  // Both outlive it.
  Ledger(store::Store& store, LogWriter& log) : store_(store), log_(log), derived_(store) {}

  // Decides a message and logs it, or finds that it was decided before: the same bytes get their
  // first outcome again, other bytes under the same id a logged conflict.
  Result<Logged> record_message(const routing::RoutingTable& table, const Submitter& submitter,
                                const verify::VerifiedMessage& verified);
  // Fires the earliest deadline when it is not later than the log's time. False: none is due.
  Result<bool> record_due(ReleaseVersion release);
  // Puts a release in force. Requires: verified.
  Result<void> record_release(const ReleaseCause& cause, ByteView signed_release);

  MailChanges take_mail_changes() { return derived_.take_mail_changes(); }

 private:
  Result<std::optional<Logged>> find_duplicate(const verify::VerifiedMessage& verified);
  Result<Logged> record_refusal(ReleaseVersion release, const verify::VerifiedMessage& verified,
                                Error error);
  Result<Logged> record_decision(const routing::RoutingTable& table,
                                 const verify::VerifiedMessage& verified, TimeUs now);

  store::Store& store_;
  LogWriter& log_;
  Derived derived_;
};

}  // namespace rujukan::sequencer
