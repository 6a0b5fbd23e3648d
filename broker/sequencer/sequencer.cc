#include "broker/sequencer/sequencer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/base/limits.h"
#include "broker/decide/decide.h"
#include "broker/runtime/trace.h"
#include "broker/sequencer/continuity.h"
#include "broker/wire/order_codec.h"

namespace rujukan::sequencer {
namespace {

// How long the thread sleeps at most: deadlines are seconds long, and tests use short ones.
constexpr std::chrono::milliseconds kTick{50};

// A crash costs units at most as much of their time, which they get back.
constexpr std::chrono::seconds kAliveEvery{15};
// Stations that are welcomed again in one round: about 10 ms of proofs.
constexpr std::size_t kToldAtOnce = 64;

// The log's key signed what this log does not have.
bool contradicts(const Error& error) {
  return error.code == ErrorCode::kCheckpointFork || error.code == ErrorCode::kCheckpointBehind;
}

wire::MessageResult result_of(const verify::VerifiedMessage& verified, const Logged& logged) {
  wire::MessageResult result;
  result.message_id = verified.message_id;
  result.refusal = logged.refusal;
  result.case_version = logged.case_version;
  result.recipients = logged.recipients;
  return result;
}

// So that a hold and its lifting may be found at once. What cannot be read comes first.
void in_order_of_issue(std::vector<OfferedOrder>& orders) {
  const auto issued_at = [](const OfferedOrder& offered) {
    const auto order = wire::order_in(offered.signed_order);
    return order ? order->issued_at : TimeUs();
  };
  std::ranges::stable_sort(orders, {}, issued_at);
}

void trace_order(const std::string& file, const LoggedOrder& logged) {
  if (logged.refusal && logged.index) {
    trace::error("order.refused", *logged.refusal,
                 {{"file", file}, {"index", to_number(*logged.index)}});
  } else if (logged.refusal) {
    trace::error("order.refused", *logged.refusal, {{"file", file}});
  } else if (logged.index) {
    trace::info("order.carried_out", {{"file", file}, {"index", to_number(*logged.index)}});
  }
}

// The next multiple from `size` on, so that restarts do not put it off.
std::uint64_t next_state_from(std::uint64_t size, std::uint64_t every) {
  if (every == 0) return std::numeric_limits<std::uint64_t>::max();
  return (std::max<std::uint64_t>(size, 1) + every - 1) / every * every;
}

}  // namespace

Sequencer::Sequencer(const Config& config, Clock& clock, transport::Outbound& outbound,
                     std::unique_ptr<store::Store> store, std::unique_ptr<LogWriter> log)
    : config_(config),
      clock_(clock),
      outbound_(outbound),
      store_(std::move(store)),
      log_(std::move(log)),
      ledger_(*store_, *log_),
      courier_(
          *store_, outbound, [this](LogIndex index) { return log_->receipt(index); },
          config.redeliver_after),
      next_state_(next_state_from(log_->size(), config.state_every)),
      clock_watch_(config.clock_ahead),
      answering_(config.settle) {}

Result<std::unique_ptr<Sequencer>> Sequencer::open(const Config& config,
                                                   const Ed25519SecretKey& log_key, Clock& clock,
                                                   transport::Outbound& outbound,
                                                   const std::optional<Bytes>& signed_release) {
  auto store = store::Store::open(config.data_dir);
  if (!store) return store.error();
  auto log = LogWriter::open(**store, clock, config.origin, log_key);
  if (!log) return (*store)->mark_if_damaged(log.error());
  std::unique_ptr<Sequencer> sequencer(
      new Sequencer(config, clock, outbound, *std::move(store), *std::move(log)));
  auto done = sequencer->check_clock();
  if (done) done = sequencer->load_release(signed_release);
  if (done) done = sequencer->lag_.load(*sequencer->store_, config.witnessed);
  if (!done) return sequencer->store_->mark_if_damaged(done.error());
  return sequencer;
}

// When it last ran the log tells, or, of a log that grew later than it was last said, its end.
Result<void> Sequencer::check_clock() {
  if (log_->size() == 0) return {};
  const auto stored = store_->clock();
  if (!stored) return stored.error();
  const TimeUs alive = std::max(stored->alive, log_->last_time());
  answering_.stops(alive);
  return config_.clock_confirmed ? Result<void>() : clock_watch_.check_start(clock_.now(), alive);
}

void Sequencer::offer_orders(std::vector<OfferedOrder> orders) {
  const MutexLock lock(offered_mutex_);
  offered_orders_ = std::move(orders);
}

Result<void> Sequencer::take_offered_orders() {
  std::vector<OfferedOrder> offered;
  {
    const MutexLock lock(offered_mutex_);
    offered.swap(offered_orders_);
  }
  in_order_of_issue(offered);
  for (const OfferedOrder& order : offered) {
    if (auto done = begin_if_needed(); !done) return done;
    const auto logged = ledger_.record_order(*table_, order.signed_order);
    if (!logged) return logged.error();
    trace_order(order.file, *logged);
    if (auto done = commit_if_full(); !done) return done;
  }
  return {};
}

void Sequencer::start(Pipeline& pipeline, std::function<void(const Error&)> on_fatal) {
  INVARIANT(!thread_.joinable());
  thread_ = std::thread([this, &pipeline, on_fatal = std::move(on_fatal)] {
    while (!pipeline.drained()) {
      const auto jobs = pipeline.pop_ready(limits::kGroupCommitMessages, kTick);
      if (const auto done = process(jobs); !done) {
        on_fatal(done.error());
        return;
      }
    }
    alive_written_.reset();
    if (const auto done = process({}); !done) on_fatal(done.error());
  });
}

void Sequencer::join() {
  if (thread_.joinable()) thread_.join();
}

Result<void> Sequencer::process(const std::vector<verify::Job>& jobs) {
  auto done = run_round(jobs);
  if (!done && (done.error().code == ErrorCode::kStoreFailed ||
                done.error().code == ErrorCode::kStoreCorrupt)) {
    store_->mark_failed();
  }
  return done;
}

Result<void> Sequencer::run_round(const std::vector<verify::Job>& jobs) {
  serves_ = true;
  believes_clock_ = clock_watch_.believes(clock_.now(), elapsed_now(), log_->last_time());
  if (believes_clock_) {
    if (auto done = take_offered_release(); !done) return done;
    if (auto done = take_offered_orders(); !done) return done;
  }
  ends_watch_.look(table_->release(), clock_.now(), steady_now());
  if (auto done = lag_.keep_offered(*store_, log_->shard()); !done) return done;
  for (const verify::Job& job : jobs) {
    if (auto done = take(job); !done) return done;
  }
  if (auto done = keep_deadlines(); !done) return done;
  if (believes_clock_) {
    if (carrying_) {
      if (auto done = carry_some(); !done) return done;
    }
    if (auto done = sweep(); !done) return done;
    if (auto done = stay_alive(); !done) return done;
  }
  if (auto done = commit(); !done) return done;
  if (auto done = scrub(); !done) return done;
  if (auto done = tell_news(); !done) return done;
  return courier_.pump(steady_now(), log_->next_time());
}

Result<void> Sequencer::take(const verify::Job& job) {
  if (const auto* submission = std::get_if<verify::VerifiedSubmission>(&job.work)) {
    return sequence(job, *submission);
  }
  if (const auto* hello = std::get_if<wire::Hello>(&job.work)) return welcome(job, *hello);
  if (const auto* request = std::get_if<wire::GetRelease>(&job.work)) {
    return send_release(job, *request);
  }
  if (const auto* request = std::get_if<wire::GetConsistency>(&job.work)) {
    return send_consistency(job, *request);
  }
  if (const auto* refused = std::get_if<verify::Refused>(&job.work)) refuse(job, *refused);
  if (std::holds_alternative<verify::Gone>(job.work)) {
    courier_.gone(job.from);
    greeted_.gone(job.from);
  }
  return {};
}

void Sequencer::refuse(const verify::Job& job, const verify::Refused& refused) {
  refused_trace_.happened({{"station", job.station.str()}, {"code", name_of(refused.error.code)}});
  outbound_.send(job.from,
                 wire::encode(wire::SubmissionOutcome{refused.request_id, refused.error, {}}));
}

Result<void> Sequencer::sequence(const verify::Job& job,
                                 const verify::VerifiedSubmission& submission) {
  // Verified before a new shard began: it has to be signed for that one.
  if (submission.log_origin != log_->shard().key.name) {
    refuse(job, {submission.request_id, {ErrorCode::kSubmissionSignature, "log_origin"}});
    return {};
  }
  if (!believes_clock_) {
    refuse(job, {submission.request_id, {ErrorCode::kClockDoubted, "clock"}});
    return {};
  }
  const auto lags = lag_.above_since(config_.stop_after_lag, *store_, clock_.now(), log_->size());
  if (!lags) return lags.error();
  if (*lags) {
    refuse(job, {submission.request_id, Error{ErrorCode::kWitnessLag, "witnesses"}});
    return {};
  }
  if (auto done = begin_if_needed(); !done) return done;
  Pending pending{job.from, {submission.request_id, std::nullopt, {}}, {}};
  for (const verify::VerifiedMessage& verified : submission.messages) {
    auto logged = ledger_.record_message(*table_, {job.station, job.station_key}, verified);
    if (!logged) return logged.error();
    pending.outcome.results.push_back(result_of(verified, *logged));
    pending.logged.push_back(*std::move(logged));
  }
  pending_.push_back(std::move(pending));
  return commit_if_full();
}

Result<std::optional<TimeUs>> Sequencer::takes_none_since() {
  if (!believes_clock_) return clock_watch_.doubts_since();
  const auto& expires = table_->release().validity.until;
  const TimeUs now = log_->next_time();
  if (expires && now >= *expires) return expires;
  return lag_.above_since(config_.stop_after_lag, *store_, clock_.now(), log_->size());
}

// None fires while no answer can be taken, nor before those that were written meanwhile came.
Result<void> Sequencer::keep_deadlines() {
  if (table_->release().edition < Edition::kFairWaits) {
    return believes_clock_ ? fire_due() : Result<void>();
  }
  const auto since = takes_none_since();
  if (!since) return since.error();
  if (*since) {
    answering_.stops(**since);
    return {};
  }
  const SteadyTime steady = steady_now();
  if (const auto lost = answering_.goes_on(log_->next_time(), steady)) {
    const auto awaited = store_->next_due();
    if (!awaited) return awaited.error();
    if (*awaited) {
      if (auto done = begin_if_needed(); !done) return done;
      if (auto done = ledger_.record_lost_time(*table_, *lost); !done) return done;
      trace::warning("deadlines.later",
                     {{"by_s", std::chrono::duration_cast<Seconds>(*lost).count()}});
    }
  }
  return answering_.has_settled(steady) ? fire_due() : Result<void>();
}

// So that a later start knows since when nobody could answer.
Result<void> Sequencer::stay_alive() {
  const TimeUs now = clock_.now();
  if (alive_written_ && now >= *alive_written_ && now - *alive_written_ < kAliveEvery) return {};
  alive_written_ = now;
  if (!begun_) {
    if (auto done = begin(); !done) return done;
  }
  return store_->put_clock({store_->shift(), now});
}

Result<void> Sequencer::fire_due() {
  // Bounded, so that a flood of deadlines does not hold up submissions; the rest is fired next.
  for (std::size_t fired = 0; fired < limits::kGroupCommitMessages; ++fired) {
    const auto due = store_->next_due();
    if (!due) return due.error();
    if (!*due || (*due)->at > log_->next_time()) return {};
    if (auto done = begin_if_needed(); !done) return done;
    const auto recorded = ledger_.record_due(*table_);
    if (!recorded) return recorded.error();
  }
  return {};
}

Result<void> Sequencer::scrub() {
  if (!scrub_) return {};
  const auto done = store_->scrub();
  if (!done) return done.error();
  scrub_ = !*done;
  return {};
}

Result<void> Sequencer::begin_if_needed() {
  if (!begun_) {
    if (auto done = begin(); !done) return done;
  }
  return log_state_if_due();
}

Result<void> Sequencer::begin() {
  if (auto done = log_->begin(); !done) return done;
  begun_ = true;
  first_of_commit_ = log_->size();
  return {};
}

// Never between a referral and the links that follow from it.
Result<void> Sequencer::log_state_if_due() {
  if (log_->size() < next_state_) return {};
  if (auto done = ledger_.record_state(*table_); !done) return done;
  next_state_ = next_state_from(log_->size(), config_.state_every);
  return {};
}

Result<void> Sequencer::commit_if_full() {
  const bool full = log_->size() - first_of_commit_ >= limits::kGroupCommitMessages;
  return full ? commit() : Result<void>();
}

Result<void> Sequencer::commit() {
  if (!begun_) return {};
  // Submissions that were all duplicates add nothing, and a size has one checkpoint.
  const bool grew = log_->size() > first_of_commit_;
  if (auto done = grew ? log_->commit() : store_->commit(); !done) return done;
  begun_ = false;
  const Changes changes = ledger_.take_changes();
  for (const auto& [unit, indices] : changes.mail_removed) courier_.mail_removed(unit, indices);
  for (const auto& [unit, earliest] : changes.mail_added) courier_.mail_added(unit, earliest);
  scrub_ = scrub_ || changes.payloads_erased;
  if (candidate_) candidate_->touched.insert(changes.cases.begin(), changes.cases.end());
  for (Pending& pending : pending_) {
    if (auto done = answer(pending); !done) return done;
  }
  pending_.clear();
  return {};
}

Result<void> Sequencer::answer(Pending& pending) {
  for (std::size_t i = 0; i < pending.logged.size(); ++i) {
    Logged& logged = pending.logged[i];
    auto receipt = logged.entry.empty()
                       ? log_->receipt(logged.index)
                       : log_->fresh_receipt(logged.index, std::move(logged.entry));
    if (!receipt) return receipt.error();
    pending.outcome.results[i].receipt = *std::move(receipt);
  }
  outbound_.send(pending.to, wire::encode(pending.outcome));
  return {};
}

Result<void> Sequencer::welcome(const verify::Job& job, const wire::Hello& hello) {
  // What is welcomed must be committed: the checkpoint below covers everything logged so far.
  if (auto done = commit(); !done) return done;
  const Station* station = table_->station(job.station);
  if (station == nullptr) {
    outbound_.send(job.from, wire::encode(wire::SubmissionOutcome{
                                 0, Error{ErrorCode::kStationUnknown, "station"}, {}}));
    return {};
  }
  const Greeted greeted{job.station, job.from, hello.checkpoint};
  auto said = send_welcome(greeted);
  if (!said && fate_of(said.error().code) == Fate::kFatal) return said;
  if (!said) {
    outbound_.send(job.from, wire::encode(wire::SubmissionOutcome{0, said.error(), {}}));
    return {};
  }
  greeted_.greeted(greeted);
  std::optional<std::set<UnitId>> serves;
  if (hello.units) serves.emplace(hello.units->begin(), hello.units->end());
  courier_.connected(*station, job.from, std::move(serves));
  connected_traces_.try_emplace(job.station, "station.connected", trace::Level::kInfo)
      .first->second.happened(
          {{"station", job.station.str()}, {"release", to_number(hello.release)}});
  return {};
}

// Whose checkpoint contradicts the log has its evidence with this broker's: nobody else is served.
Result<void> Sequencer::send_welcome(const Greeted& to) {
  auto consistency = prove_from(*log_, to.checkpoint);
  if (!consistency && !contradicts(consistency.error())) return consistency.error();
  wire::Welcome welcome;
  welcome.station = to.station;
  welcome.release = table_->release().version;
  welcome.checkpoint = log_->checkpoint();
  if (consistency) welcome.consistency = *std::move(consistency);
  welcome.now = clock_.now();
  outbound_.send(to.connection, wire::encode(welcome));
  return consistency ? Result<void>() : consistency.error();
}

// Some at each round: a country's stations are not told before anything else is decided.
Result<void> Sequencer::tell_news() {
  for (std::size_t told = 0; told < kToldAtOnce; ++told) {
    const auto next = greeted_.next_to_tell();
    if (!next) return {};
    if (table_->station(next->station) == nullptr) continue;  // its connection ends
    const auto said = send_welcome(*next);
    if (!said && fate_of(said.error().code) == Fate::kFatal) return said;
  }
  return {};
}

Result<void> Sequencer::send_release(const verify::Job& job, const wire::GetRelease& request) {
  const auto stored = store_->release(request.version);
  if (!stored) return stored.error();
  wire::ReleaseReply reply;
  reply.version = to_number(request.version) == 0 ? table_->release().version : request.version;
  if (*stored) {
    reply.signed_release = **stored;
  } else {
    reply.refusal = Error{ErrorCode::kReleaseUnknown, "version"};
  }
  outbound_.send(job.from, wire::encode(reply));
  return {};
}

Result<void> Sequencer::send_consistency(const verify::Job& job,
                                         const wire::GetConsistency& request) {
  auto proven = prove_between(*store_, *log_, request);
  wire::Consistency reply{request, std::nullopt, {}, {}};
  if (proven) {
    reply = *std::move(proven);
  } else if (fate_of(proven.error().code) == Fate::kFatal && !contradicts(proven.error())) {
    return proven.error();
  } else {
    reply.refusal = proven.error();
  }
  outbound_.send(job.from, wire::encode(reply));
  return reply.refusal && contradicts(*reply.refusal) ? Result<void>(*reply.refusal)
                                                      : Result<void>();
}

}  // namespace rujukan::sequencer
