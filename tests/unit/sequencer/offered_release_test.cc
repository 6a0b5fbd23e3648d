// Releases that may not come into force: the broker goes on with the one that is.
#include "broker/crypto/sha256.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::hours kHour{1};

Release numbered(std::uint32_t version) {
  Release release = small_release();
  release.version = ReleaseVersion{version};
  return release;
}

Bytes half_signed(const Release& release) {
  auto parts = *wire::decode_signed_release(signed_small_release(release));
  parts.signatures.pop_back();
  return wire::encode_signed_release(parts);
}

std::uint32_t in_force(const SequencerInTest& s) {
  return to_number(s.sequencer->table()->release().version);
}

}  // namespace

TEST_CASE("a broker whose log has a release starts whatever its file holds") {
  SequencerInTest s;
  s.sequencer->offer_release(signed_small_release(numbered(2)));
  REQUIRE(s.process());
  Release expired = numbered(3);
  expired.validity.until = noon() - kHour;
  std::uint64_t size = s.sequencer->log_size();
  std::uint8_t number = 0;
  for (const Bytes& file : {half_signed(numbered(3)), signed_small_release(numbered(1)),
                            signed_small_release(expired), Bytes{1, 2, 3}, Bytes()}) {
    REQUIRE(s.start(file));
    REQUIRE(in_force(s) == 2);
    REQUIRE(s.sequencer->log_size() == size);
    REQUIRE_FALSE(s.submit(referral_message(offline_facts(), ++number)).refusal);
    REQUIRE(s.sequencer->log_size() == ++size);
  }
}

TEST_CASE("a new log does not begin without a release that may be in force") {
  SequencerInTest s;
  s.stop();
  const TemporaryFolder fresh;
  const auto begin = [&](const std::optional<Bytes>& release) {
    return sequencer::Sequencer::open({fresh.path().string(), kOrigin}, s.log_key, s.clock,
                                      s.outbound, release)
        .error()
        .code;
  };
  REQUIRE(begin(half_signed(small_release())) == ErrorCode::kReleaseSignature);
  REQUIRE(begin(std::nullopt) == ErrorCode::kConfigMissing);
}

TEST_CASE("a release that is signed for later comes into force by itself") {
  SequencerInTest s;
  Release later = numbered(2);
  later.validity.from = noon() + kHour;
  SECTION("offered while it runs") { s.sequencer->offer_release(signed_small_release(later)); }
  SECTION("offered at a start") { REQUIRE(s.start(signed_small_release(later))); }
  REQUIRE(s.process());
  REQUIRE(in_force(s) == 1);
  s.pass(kHour - std::chrono::minutes(1));
  REQUIRE(in_force(s) == 1);
  s.pass(std::chrono::minutes(1));
  REQUIRE(in_force(s) == 2);
}

TEST_CASE("a release that the log has is no news") {
  SequencerInTest s;
  s.sequencer->offer_release(signed_small_release(numbered(2)));
  REQUIRE(s.process());
  const std::uint64_t size = s.sequencer->log_size();
  s.outbound.sent.clear();
  for (const std::uint32_t version : {1U, 2U}) {
    s.sequencer->offer_release(signed_small_release(numbered(version)));
    REQUIRE(s.process());
  }
  REQUIRE(in_force(s) == 2);
  REQUIRE(s.sequencer->log_size() == size);
  REQUIRE(s.outbound.sent.empty());
}

TEST_CASE("a release follows the one that it was made from") {
  SequencerInTest s;
  const Digest first = sha256(wire::encode_release(small_release()));
  Release second = numbered(2);
  second.parent = first;
  Release rival = numbered(3);
  rival.parent = first;
  s.sequencer->offer_release(signed_small_release(second));
  REQUIRE(s.process());
  REQUIRE(in_force(s) == 2);
  s.sequencer->offer_release(signed_small_release(rival));
  REQUIRE(s.process());
  REQUIRE(in_force(s) == 2);
  rival.parent = sha256(wire::encode_release(second));
  s.sequencer->offer_release(signed_small_release(rival));
  REQUIRE(s.process());
  REQUIRE(in_force(s) == 3);
}
