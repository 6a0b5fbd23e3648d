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
