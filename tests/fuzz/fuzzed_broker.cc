#include "tests/fuzz/fuzzed_broker.h"

#include "broker/audit/replay.h"
#include "broker/audit/verification.h"
#include "broker/runtime/trace.h"
#include "broker/store/stored_log_files.h"
#include "broker/verify/verify.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/small_release.h"

namespace rujukan::fuzz {

namespace {

const Ed25519SecretKey& log_key() {
  static const auto kKey = Ed25519SecretKey::from_seed(test::seed_of("log"));
  return kKey;
}

}  // namespace

FuzzedBroker::FuzzedBroker(const Release& release) {
  trace::start("fuzz", trace::Level::kOff);
  open(test::signed_small_release(release));
}

void FuzzedBroker::open(const std::optional<Bytes>& release) {
  store_.reset();
  sequencer_.reset();
  sequencer::Config config;
  config.data_dir = folder_.path().string();
  config.origin = test::kOrigin;
  config.state_every = 16;
  auto opened = sequencer::Sequencer::open(config, log_key(), clock, *this, release);
  require(opened.ok());
  sequencer_ = *std::move(opened);
  table_ = sequencer_->table();
  auto store = store::ReadOnlyStore::open(folder_.path().string());
  require(store.ok());
  store_ = *std::move(store);
}

void FuzzedBroker::take(const std::string& station, const wire::Frames& frames) {
  verify::Job job;
  job.from = {to_bytes(as_bytes(station))};
  job.station = StationId(station);
  job.station_key = table_->station(job.station)->curve_key;
  job.frames = frames;
  verify::verify_job(job, {*table_, test::kOrigin, clock.now()});
  round({std::move(job)});
}

void FuzzedBroker::pass(std::chrono::microseconds by) {
  clock.advance(by);
  round({});
}

void FuzzedBroker::restart() {
  sent_.clear();
  open(std::nullopt);
}

void FuzzedBroker::offer_order(Bytes signed_order) {
  sequencer_->offer_orders({{"fuzz.rjo", std::move(signed_order)}});
  round({});
}

void FuzzedBroker::round(const std::vector<verify::Job>& jobs) {
  require(sequencer_->process(jobs).ok());
}

std::vector<Sent> FuzzedBroker::sent() { return std::exchange(sent_, {}); }

void FuzzedBroker::send(const transport::ConnectionId& to, wire::Frames frames) {
  sent_.push_back({std::string(as_text(to.routing_id)), std::move(frames)});
}

std::optional<CaseRecord> FuzzedBroker::find_case(const CaseId& id) const {
  auto record = store_->reader().find_case(id);
  require(record.ok());
  return *std::move(record);
}

std::vector<LogIndex> FuzzedBroker::mailbox(const UnitId& unit) const {
  auto mail = store_->reader().mailbox(unit, std::nullopt, 100);
  require(mail.ok());
  return *std::move(mail);
}

void FuzzedBroker::audit() const {
  const auto files = store::StoredLogFiles::open(folder_.path().string());
  require(files.ok());
  const auto replay = audit::Replay::create();
  require(replay.ok());
  audit::VerifyOptions options;
  options.policy = merkle::Policy{{{{test::kOrigin, log_key().public_key()}, ""}}, {}, {}, ""};
  options.data_directory = folder_.path().string();
  options.threads = 1;
  options.consumers = {replay->get()};
  const auto verified = audit::verify_log(**files, options);
  require(verified.ok() && verified->findings.empty() && verified->signed_checkpoints);
  require(!(*replay)->divergence() && !(*replay)->lost());
}

}  // namespace rujukan::fuzz
