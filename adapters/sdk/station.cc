#include "adapters/sdk/station.h"

#include <utility>

#include "broker/runtime/trace.h"

namespace rujukan::sdk {
namespace {

constexpr std::size_t kHellosKept = 8;

// Keys last for months.
constexpr std::chrono::seconds kUnitsEvery{10};

ReleaseVersion next_of(ReleaseVersion version) { return ReleaseVersion{to_number(version) + 1}; }

}  // namespace

Result<std::unique_ptr<Station>> Station::open(const StationBase& base, Agency& agency,
                                               const StationSettings& settings) {
  auto releases = ReleaseCache::open(base.database, base.anchor);
  if (!releases) return releases.error();
  std::unique_ptr<Station> station(new Station(base, *std::move(releases), agency, settings));
  const auto found = find_contradiction(base.database);
  if (!found) return found.error();
  if (*found) return Error{(*found)->code, "checkpoint", "found before; see the alarm"};
  return station;
}

Result<void> Station::connected(Send send) {
  disconnected();
  send_ = std::move(send);
  return hello();
}

void Station::disconnected() {
  send_ = nullptr;
  welcomed_ = false;
  distrusts_ = false;
  awaited_.reset();
  newer_announced_ = false;
  mail_was_unkept_ = false;
  hellos_.clear();
  sender_.disconnected();
  parts_.seen.disconnected();
}

Result<void> Station::hello() {
  auto checkpoint = parts_.seen.latest();
  if (!checkpoint) return checkpoint.error();
  mail_was_passed_over_ = false;
  // Of more than these none can still be unanswered.
  if (hellos_.size() == kHellosKept) hellos_.erase(hellos_.begin());
  hellos_.push_back(*checkpoint);
  units_said_ = able_units();
  units_looked_at_ = steady_now();
  // A link that cannot take it reports its end by itself.
  send_(wire::encode(wire::Hello{parts_.releases.version(), *std::move(checkpoint), units_said_}));
  return {};
}

// Those that could acknowledge what they are sent. Without a release nobody knows.
std::vector<UnitId> Station::able_units() const {
  std::vector<UnitId> units = parts_.keys.units();
  const auto& table = parts_.releases.newest();
  if (!table) return units;
  std::erase_if(units, [&](const UnitId& unit) {
    return parts_.keys.signing_key(unit, *table, parts_.clock.now()) == nullptr;
  });
  return units;
}

// A key came into force, or ended: the broker is told for whom it may send.
Result<void> Station::look_at_units() {
  const SteadyTime now = steady_now();
  if (now - units_looked_at_ < kUnitsEvery) return {};
  units_looked_at_ = now;
  return able_units() == units_said_ ? Result<void>() : hello();
}

Result<void> Station::receive(wire::FrameViews frames) {
  if (distrusts_) return {};
  auto done = dispatch(frames);
  if (done) return {};
  if (fate_of(done.error().code) == Fate::kFatal) return done;
  trace::error("broker.distrusted", done.error());
  distrusts_ = true;
  return {};
}

Result<void> Station::dispatch(wire::FrameViews frames) {
  if (frames.empty()) return Error{ErrorCode::kFrameMalformed, "frames", "none"};
  const auto type = wire::read_frame_type(frames[0]);
  if (!type) return type.error();
  switch (*type) {
    case wire::FrameType::kWelcome: {
      const auto welcome = wire::decode_welcome(frames);
      return welcome ? take_welcome(*welcome) : Result<void>(welcome.error());
    }
    case wire::FrameType::kOutcome: {
      const auto outcome = wire::decode_outcome(frames);
      return outcome ? take_outcome(*outcome) : Result<void>(outcome.error());
    }
    case wire::FrameType::kDelivery: {
      const auto delivery = wire::decode_delivery(frames);
      return delivery ? take_delivery(*delivery) : Result<void>(delivery.error());
    }
    case wire::FrameType::kRelease: {
      const auto reply = wire::decode_release_reply(frames);
      return reply ? take_release(*reply) : Result<void>(reply.error());
    }
    case wire::FrameType::kConsistency: {
      const auto answer = wire::decode_consistency(frames);
      return answer ? take_consistency(*answer) : Result<void>(answer.error());
    }
    case wire::FrameType::kHello:
    case wire::FrameType::kSubmission:
    case wire::FrameType::kGetRelease:
    case wire::FrameType::kGetConsistency:
      break;
  }
  return Error{ErrorCode::kFrameMalformed, "frame 0", "of a station"};
}

// Before the welcome its shard may not be known; it comes again after the next hello.
Result<void> Station::take_delivery(const wire::Delivery& delivery) {
  if (!welcomed_) return {};
  auto done = receiver_.take(delivery);
  if (done && !receiver_.has_unkept()) mail_backoff_.reset();
  return done;
}

Result<void> Station::take_consistency(const wire::Consistency& answer) {
  const auto follows = parts_.seen.answer(answer);
  if (!follows) return follows.error();
  return *follows ? hello() : Result<void>();
}

// The log has begun a new shard. The administrators' release must name it, and its genesis must
// continue what was seen.
Result<void> Station::follow(const wire::Welcome& welcome) {
  // What was signed for the shard before is signed again once this one is known.
  welcomed_ = false;
  announced(welcome.release);
  const auto& table = parts_.releases.newest();
  if (table && table->release().log_origin == merkle::origin_line(welcome.checkpoint)) {
    const auto question = parts_.seen.ask_for_link(welcome.checkpoint);
    if (!question) return question.error();
    if (!*question) return hello();
    send_(wire::encode(**question));
    return {};
  }
  if (in_force_ <= parts_.releases.version()) {
    return Error{ErrorCode::kCheckpointInvalid, "welcome", "of a log that no release names"};
  }
  mail_was_passed_over_ = true;
  ask_release(ReleaseVersion{});
  return {};
}

void Station::announced(ReleaseVersion version) {
  in_force_ = version;
  newer_announced_ = awaited_.has_value();
}

Result<void> Station::take_welcome(const wire::Welcome& welcome) {
  const auto known = parts_.seen.knows(welcome.checkpoint);
  if (!known) return known.error();
  if (!*known) return follow(welcome);
  if (auto continued = parts_.seen.welcome(welcome, hellos_); !continued) return continued;
  announced(welcome.release);
  welcomed_ = true;
  trace::info("station.welcomed", {{"station", welcome.station.str()},
                                   {"release", to_number(welcome.release)},
                                   {"held", to_number(parts_.releases.version())}});
  if (in_force_ > parts_.releases.version()) ask_release(ReleaseVersion{});
  return {};
}

Result<void> Station::take_outcome(const wire::SubmissionOutcome& outcome) {
  const bool of_hello = outcome.request_id == 0 && outcome.refusal;
  if (of_hello && (outcome.refusal->code == ErrorCode::kCheckpointFork ||
                   outcome.refusal->code == ErrorCode::kCheckpointBehind)) {
    return parts_.seen.denied(hellos_.back(), *outcome.refusal);
  }
  return sender_.take(outcome, steady_now(), welcomed_);
}

std::optional<Error> Station::why_waits(const std::string& ticket) const {
  const auto seq = parts_.outbox.waiting_as(ticket);
  if (!seq || !*seq) return std::nullopt;
  return welcomed_ ? sender_.why_waits(**seq) : Error(ErrorCode::kBrokerUnreachable);
}

void Station::ask_release(ReleaseVersion version) {
  if (!send_ || awaited_) return;
  awaited_ = version;
  send_(wire::encode(wire::GetRelease{version}));
}

// The release in force is tried first. When its signers are not those of the release held, the ones
// in between lead there, one after the other.
Result<void> Station::take_release(const wire::ReleaseReply& reply) {
  if (!awaited_) return Error{ErrorCode::kFrameMalformed, "release", "not asked for"};
  const bool stepping = to_number(*std::exchange(awaited_, std::nullopt)) != 0;
  // The broker may have answered before it announced another.
  const bool asks_again =
      std::exchange(newer_announced_, false) && !stepping && reply.version < in_force_;
  if (!stepping && !asks_again) in_force_ = reply.version;
  auto taken = take_awaited(reply, stepping);
  if (taken && asks_again) ask_release(ReleaseVersion{});
  return taken;
}

Result<void> Station::take_awaited(const wire::ReleaseReply& reply, bool stepping) {
  if (reply.refusal) {
    trace::warning("release.refused",
                   {{"version", to_number(reply.version)}, {"code", name_of(reply.refusal->code)}});
    // Versions may leave gaps.
    if (stepping && next_of(reply.version) < in_force_) ask_release(next_of(reply.version));
    if (stepping && next_of(reply.version) == in_force_) ask_release(ReleaseVersion{});
    return {};
  }
  const auto step =
      reply.version < in_force_ ? ReleaseCache::Step::kOnTheWay : ReleaseCache::Step::kInForce;
  const ReleaseVersion held = parts_.releases.version();
  auto taken = parts_.releases.take(reply.signed_release, step, parts_.clock.now());
  if (!taken) {
    const ErrorCode code = taken.error().code;
    if (code == ErrorCode::kReleaseSignature && !stepping && next_of(held) < in_force_) {
      ask_release(next_of(held));
      return {};
    }
    if (fate_of(code) == Fate::kFatal) return taken;
    trace::error("release.not_taken", taken.error(), {{"version", to_number(reply.version)}});
    return {};
  }
  if (parts_.releases.version() > held) {
    trace::info("release.taken", {{"version", to_number(parts_.releases.version())}});
    sender_.release_taken();
    receiver_.release_taken();
    release_backoff_.reset();
    release_due_ = {};
  }
  if (stepping && parts_.releases.version() < in_force_) {
    const ReleaseVersion next = next_of(parts_.releases.version());
    ask_release(next < in_force_ ? next : ReleaseVersion{});
  } else if (mail_was_passed_over_) {
    return hello();
  }
  return {};
}

Result<void> Station::pump() {
  if (auto done = receiver_.conclude(); !done) return done;
  if (auto done = receiver_.acknowledge(); !done) return done;
  if (auto done = parts_.cases.scrub(); !done) return done;
  if (distrusts_) return {};
  if (!welcomed_) {
    // The release that names the log's new shard.
    if (mail_was_passed_over_) pump_release();
    return {};
  }
  if (auto done = sender_.pump(steady_now(), send_); !done) return done;
  const auto questions = parts_.seen.questions();
  if (!questions) return questions.error();
  // What the link does not take is asked again over the next one.
  for (const wire::GetConsistency& question : *questions) send_(wire::encode(question));
  if (receiver_.passed_over()) mail_was_passed_over_ = true;
  if (auto done = look_at_units(); !done) return done;
  pump_release();
  return pump_mail();
}

Result<void> Station::pump_mail() {
  const SteadyTime now = steady_now();
  if (receiver_.unkept()) {
    if (!mail_was_unkept_) mail_due_ = now + mail_backoff_.next();
    mail_was_unkept_ = true;
  }
  if (!mail_was_unkept_ || now < mail_due_) return {};
  mail_was_unkept_ = false;
  return hello();
}

void Station::pump_release() {
  const SteadyTime now = steady_now();
  if (now < release_due_) return;
  const bool waits = agency_waits_ || mail_was_passed_over_ || sender_.waits_for_release() ||
                     receiver_.waits_for_release() || parts_.releases.version() < in_force_ ||
                     !parts_.releases.usable(parts_.clock.now());
  if (!waits) {
    release_backoff_.reset();
    return;
  }
  ask_release(ReleaseVersion{});
  sender_.release_asked();
  release_due_ = now + release_backoff_.next();
}

}  // namespace rujukan::sdk
