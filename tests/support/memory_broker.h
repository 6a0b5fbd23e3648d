// A real sequencer with real verification, and stations at the other end of a wire of memory.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "adapters/sdk/station.h"
#include "broker/verify/verify.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {

class MemoryBroker {
 public:
  // One multipart message of a station. Answers, and deliveries to whoever said hello, are kept.
  void take(const std::string& station, const wire::Frames& frames) {
    verify::Job job;
    job.from = connection(station);
    job.station = StationId(station);
    const auto table = inner.sequencer->table();
    job.station_key = table->station(job.station)->curve_key;
    job.frames = frames;
    verify::verify_job(job, {*table, table->release().log_origin, inner.clock.now()});
    std::vector<verify::Job> jobs;
    jobs.push_back(std::move(job));
    REQUIRE(inner.process(std::move(jobs)).ok());
    sort_out();
  }
  // Lets time pass: deadlines fire.
  void tick() {
    REQUIRE(inner.process({}).ok());
    sort_out();
  }
  std::deque<wire::Frames>& mail_of(const std::string& station) { return mail_[station]; }
  std::uint64_t log_size() const { return inner.sequencer->log_size(); }

  SequencerInTest inner;

 private:
  void sort_out() {
    for (auto& sent : inner.outbound.sent) {
      mail_[std::string(as_text(sent.to.routing_id))].push_back(std::move(sent.frames));
    }
    inner.outbound.sent.clear();
  }
  std::map<std::string, std::deque<wire::Frames>> mail_;
};

// Trusts the small release's administrators and the log of a MemoryBroker.
inline sdk::Anchor small_anchor() {
  const Release release = small_release();
  sdk::Anchor anchor;
  anchor.log = {kOrigin, Ed25519SecretKey::from_seed(seed_of("log")).public_key()};
  anchor.endpoints = {"tcp://127.0.0.1:1"};
  anchor.trust = decide::trust_of(release);
  return anchor;
}

// The secret keys of a station of the small release.
inline std::vector<UnitSecret> small_secrets(const std::string& station) {
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

// Moves frames between a station and the broker until both are quiet. `spoil` may change or drop
// (return false) what the broker sends.
using Spoil = std::function<bool(wire::Frames&)>;
inline Result<void> exchange(sdk::Station& station, const std::string& name, MemoryBroker& broker,
                             std::deque<wire::Frames>& outgoing, const Spoil& spoil = nullptr) {
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
