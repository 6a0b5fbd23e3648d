// Each shard is verified and replayed as a log of its own.
#include "broker/audit/replay.h"
#include "broker/audit/source.h"
#include "broker/audit/verification.h"
#include "broker/sequencer/sequencer.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr const char* kNext = "log.example/test-2027";

// Both shards of a broker hold cases, an acknowledged and accepted one among those carried over.
struct TwoShards {
  MemoryBroker broker;
  StationInTest kpai{broker, "kpai"};
  StationInTest police{broker, "police"};

  TwoShards() {
    police.accepting = {"polres.a"};
    exchange("t1");
    Release next = small_release();
    next.version = ReleaseVersion{2};
    next.log_origin = kNext;
    broker.inner.sequencer->offer_release(signed_small_release(next));
    broker.tick();
    exchange("t2");
    broker.inner.clock.advance(std::chrono::hours(25));
    broker.tick();
  }
  void exchange(const std::string& ticket) {
    kpai.run();
    police.run();
    kpai.post(ticket, kpai.referral());
    REQUIRE(kpai.exchange().ok());
    REQUIRE(police.exchange().ok());
  }
  std::string directory() const { return broker.inner.folder.path().string(); }
};

audit::VerifyOptions trusting(const TwoShards& log, const char* origin) {
  audit::VerifyOptions options;
  merkle::Policy policy;
  policy.logs.push_back({{origin, log.broker.inner.log_key.public_key()}, ""});
  options.policy = policy;
  options.threads = 1;
  return options;
}

void require_sound(const std::string& source, audit::VerifyOptions options) {
  const auto files = audit::open_source(source);
  REQUIRE(files);
  auto replay = *audit::Replay::create();
  options.consumers = {replay.get()};
  const auto verified = audit::verify_log(**files, options);
  REQUIRE(verified);
  for (const auto& finding : verified->findings) {
    FAIL(finding.position << ": " << to_string(finding.error));
  }
  REQUIRE(verified->entries == verified->size);
  REQUIRE(verified->cases.cases == verified->cases.sound);
  REQUIRE(verified->cases.cases > 0);
  REQUIRE_FALSE(replay->divergence());
  REQUIRE_FALSE(replay->lost());
}

}  // namespace

TEST_CASE("both shards verify and replay without the other") {
  TwoShards log;
  require_sound(log.directory() + "#0", trusting(log, kOrigin));
  require_sound(log.directory() + "#1", trusting(log, kNext));
  auto whole = trusting(log, kNext);
  whole.data_directory = log.directory();
  require_sound(log.directory(), whole);
  REQUIRE(audit::open_source(log.directory() + "#2").error().code == ErrorCode::kLogNotFound);
}

TEST_CASE("a genesis that names no checkpoint of the log's key is found") {
  TwoShards log;
  auto options = trusting(log, kNext);
  const auto stranger = Ed25519SecretKey::from_seed(seed_of("stranger"));
  options.policy->logs[0].key.key = stranger.public_key();
  const auto files = audit::open_source(log.directory());
  const auto verified = audit::verify_log(**files, options);
  REQUIRE(verified);
  REQUIRE_FALSE(verified->findings.empty());
}
