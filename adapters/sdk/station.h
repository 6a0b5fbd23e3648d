// A station's side of the protocol, without sockets: frames in, frames out, everything durable in
// between. The link below it and the agency above it are the caller's.
#pragma once

#include <memory>

#include "adapters/sdk/receiver.h"
#include "adapters/sdk/sender.h"

namespace rujukan::sdk {

// One thread. An error of any function is fatal: the process stops, and the next start goes on
// from what is durable.
class Station {
 public:
  // `agency` outlives it. Errors: store.*, release.invalid; checkpoint.fork or checkpoint.behind
  // when a contradiction was found before.
  static Result<std::unique_ptr<Station>> open(const StationBase& base, Agency& agency,
                                               const StationSettings& settings);

  // A fresh link: says hello over it.
  Result<void> connected(Send send);
  void disconnected();
  // One multipart message. What proves that the broker is not to be believed sets distrusts().
  Result<void> receive(wire::FrameViews frames);
  // Acknowledges, concludes, sends what is due. To be called after receiving and in between.
  Result<void> pump();

  // Whether something of the agency's waits that another release than the one held may let go: the
  // broker is asked for it now and then.
  void agency_waits(bool waits) { agency_waits_ = waits; }
  bool agency_waits() const { return agency_waits_; }
  // Why what the outbox holds with the ticket has no outcome yet. nullopt: it has one, or there is
  // none.
  std::optional<Error> why_waits(const std::string& ticket) const;

  // Welcomed by a broker whose log continues what was seen.
  bool welcomed() const { return welcomed_; }
  // The link must be given up: what came over it does not verify.
  bool distrusts() const { return distrusts_; }

  const ReleaseCache& releases() const { return parts_.releases; }
  const KnownCases& cases() const { return parts_.cases; }
  Outbox& outbox() { return parts_.outbox; }

 private:
  Station(const StationBase& base, ReleaseCache releases, Agency& agency,
          const StationSettings& settings)
      : parts_(base, std::move(releases)),
        sender_(parts_, settings),
        receiver_(parts_, agency, settings),
        mail_backoff_(settings.release_retry),
        release_backoff_(settings.release_retry) {}

  Result<void> dispatch(wire::FrameViews frames);
  Result<void> hello();
  std::vector<UnitId> able_units() const;
  Result<void> look_at_units();
  Result<void> take_welcome(const wire::Welcome& welcome);
  Result<void> follow(const wire::Welcome& welcome);
  // The release in force, as a welcome says.
  void announced(ReleaseVersion version);
  Result<void> take_delivery(const wire::Delivery& delivery);
  Result<void> take_consistency(const wire::Consistency& answer);
  Result<void> take_outcome(const wire::SubmissionOutcome& outcome);
  Result<void> take_release(const wire::ReleaseReply& reply);
  Result<void> take_awaited(const wire::ReleaseReply& reply, bool stepping);
  void ask_release(ReleaseVersion version);
  // Asks for the release in force, with back-off, while something waits for it.
  void pump_release();
  // Asks for mail again that the agency's side could not keep.
  Result<void> pump_mail();

  StationParts parts_;
  Sender sender_;
  Receiver receiver_;
  Send send_;                        // empty: no link
  std::vector<std::string> hellos_;  // the checkpoints of the connection's, the latest last
  bool welcomed_ = false;
  bool distrusts_ = false;
  ReleaseVersion in_force_{};              // as the broker said last
  std::optional<ReleaseVersion> awaited_;  // asked for; 0: the one in force
  bool newer_announced_ = false;           // while that one was on its way
  std::vector<UnitId> units_said_;         // in the latest hello
  SteadyTime units_looked_at_{};
  bool mail_was_passed_over_ = false;  // for want of a release
  bool agency_waits_ = false;
  bool mail_was_unkept_ = false;  // the agency's side could not
  Backoff mail_backoff_;
  SteadyTime mail_due_{};  // it is asked for again
  Backoff release_backoff_;
  SteadyTime release_due_{};  // not before this
};

}  // namespace rujukan::sdk
