// Brings the outbox to the broker: batches, signs, retries, plans again, and believes an outcome
// only with its receipt.
#pragma once

#include <functional>
#include <map>

#include "adapters/sdk/station_parts.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

// False: the link cannot take it now; it will report its end.
using Send = std::function<bool(const wire::Frames&)>;

// One thread.
class Sender {
 public:
  // `parts` outlives it.
  Sender(StationParts& parts, const StationSettings& settings)
      : parts_(parts), settings_(settings) {}

  // Sends what is due, a few submissions at a time. Errors: store.*, fatal.
  Result<void> pump(SteadyTime now, const Send& send);
  // `welcomed`: the log's newest shard is known, as far as the broker said. Errors: fatal ones
  // (store.*, checkpoint.fork), and what shows that the broker is not to be believed; then its
  // messages are sent again later.
  Result<void> take(const wire::SubmissionOutcome& outcome, SteadyTime now, bool welcomed = true);
  // What was on its way is due again.
  void disconnected() { in_flight_.clear(); }

  // Of an item that has no outcome.
  Error why_waits(OutboxSeq seq) const;
  // Something waits that another release than the one held here may let go.
  bool waits_for_release() const;
  void release_asked() { release_doubted_ = false; }
  // A newer release is held: what waited for it is due.
  void release_taken();

 private:
  struct Batch {
    std::vector<OutboxItem> items;  // of one unit, oldest first; not empty
    std::size_t bytes = 0;
    bool full = false;
  };
  struct InFlight {
    std::vector<OutboxItem> items;  // of one unit, in the order of the submission
    SteadyTime until;
    std::string log_origin;  // for which it was signed
  };
  struct Waiting {
    Backoff backoff;
    SteadyTime due{};
    std::optional<std::uint32_t> replan_for = {};  // case version to plan again for
    bool for_release = false;
    bool moved = false;  // somebody else moved the case
    std::optional<Error> why = {};
  };

  std::set<OutboxSeq> busy(SteadyTime now) const;
  void give_up_late(SteadyTime now);
  Waiting& delay(const OutboxItem& item, SteadyTime now);
  // The same, until another release is held, and now and then in between.
  Waiting& delay_for_release(const OutboxItem& item, SteadyTime now);
  // False: not to be sent now; it waits for a release, or was settled.
  Result<bool> replan(OutboxItem& item, std::uint32_t case_version, SteadyTime now);
  void add_to_batch(std::vector<Batch>& batches, OutboxItem item) const;
  bool submit(std::vector<OutboxItem> items, const std::string& log_origin, SteadyTime now,
              const Send& send);
  bool signed_for_another_shard(const wire::SubmissionOutcome& outcome, bool moved);
  Result<void> take_result(const OutboxItem& item, const wire::MessageResult& result,
                           SteadyTime now);
  Result<void> take_refusal(const OutboxItem& item, const Error& refusal,
                            const wire::MessageResult& result, SteadyTime now);
  Result<void> check_receipt(const OutboxItem& item, const wire::MessageResult& result);
  Result<void> settle(const OutboxItem& item, const wire::MessageResult& result,
                      const std::optional<Error>& refusal);

  StationParts& parts_;
  const StationSettings settings_;
  std::uint64_t next_request_ = 1;
  std::map<std::uint64_t, InFlight> in_flight_;
  std::map<OutboxSeq, Waiting> waiting_;  // those that were tried before
  bool release_doubted_ = false;          // by an outcome, since it was asked for
  bool signature_refused_ = false;        // of the latest submission
};

}  // namespace rujukan::sdk
