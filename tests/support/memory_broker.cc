#include "tests/support/memory_broker.h"

#include "adapters/sdk/anchor.h"
#include "adapters/sdk/station.h"
#include "broker/runtime/key_files.h"
#include "broker/sequencer/sequencer.h"
#include "broker/verify/verify.h"

namespace rujukan::test {

MemoryBroker::MemoryBroker() = default;
MemoryBroker::~MemoryBroker() = default;

void MemoryBroker::take(const std::string& station, const wire::Frames& frames) {
  verify::Job job;
  job.from = connection(station);
  job.station = StationId(station);
  const auto table = inner.sequencer->table();
  job.station_key = table->station(job.station)->curve_key;
  job.frames = frames;
  verify::verify_job(job, {*table, table->release().log_origin, inner.clock.now()});
  REQUIRE(inner.process(job).ok());
  sort_out();
}

void MemoryBroker::tick() {
  REQUIRE(inner.process().ok());
  sort_out();
}

std::deque<wire::Frames>& MemoryBroker::mail_of(const std::string& station) {
  return mail_[station];
}
std::uint64_t MemoryBroker::log_size() const { return inner.sequencer->log_size(); }

void MemoryBroker::sort_out() {
  for (auto& sent : inner.outbound.sent) {
    mail_[std::string(as_text(sent.to.routing_id))].push_back(std::move(sent.frames));
  }
  inner.outbound.sent.clear();
}

sdk::Anchor small_anchor() {
  const Release release = small_release();
  sdk::Anchor anchor;
  anchor.log = {kOrigin, Ed25519SecretKey::from_seed(seed_of("log")).public_key()};
  anchor.endpoints = {"tcp://127.0.0.1:1"};
  anchor.trust = decide::trust_of(release);
  return anchor;
}

std::vector<UnitSecret> small_secrets(const std::string& station) {
  std::vector<UnitSecret> out;
  for (const Station& row : small_release().stations) {
    if (row.id.str() != station) continue;
    for (const UnitId& unit : row.units) {
      out.push_back({unit, "sign-1", KeyPurpose::kSign, seed_of("sign " + unit.str())});
      out.push_back({unit, "seal-1", KeyPurpose::kSeal, seed_of("seal " + unit.str())});
    }
  }
  return out;
}

Result<void> exchange(sdk::Station& station, const std::string& name, MemoryBroker& broker,
                      std::deque<wire::Frames>& outgoing, const Spoil& spoil) {
  for (int turn = 0; turn < 100; ++turn) {
    if (auto done = station.pump(); !done) return done;
    if (outgoing.empty() && broker.mail_of(name).empty()) return {};
    while (!outgoing.empty()) {
      const wire::Frames frames = std::move(outgoing.front());
      outgoing.pop_front();
      broker.take(name, frames);
    }
    while (!broker.mail_of(name).empty()) {
      wire::Frames frames = std::move(broker.mail_of(name).front());
      broker.mail_of(name).pop_front();
      if (spoil && !spoil(frames)) continue;
      const std::vector<ByteView> views(frames.begin(), frames.end());
      if (auto done = station.receive(views); !done) return done;
    }
  }
  FAIL("station and broker do not come to rest");
  return {};
}

}  // namespace rujukan::test
