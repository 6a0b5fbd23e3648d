// No deadline runs while nobody can answer.
#include "broker/sequencer/sequencer.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;
using namespace std::chrono_literals;

namespace {

Release release_until(TimeUs ends, std::uint32_t version = 1) {
  Release release = small_release();
  release.version = ReleaseVersion{version};
  release.validity.until = ends;
  return release;
}

std::vector<std::chrono::microseconds> lost_times(const SequencerInTest& s) {
  std::vector<std::chrono::microseconds> out;
  for (std::uint64_t i = 0; i < s.sequencer->log_size(); ++i) {
    const Entry entry = s.entry(i);
    if (const auto* time = std::get_if<TimeCause>(&entry.cause)) out.push_back(time->shift);
  }
  return out;
}

using Lost = std::vector<std::chrono::microseconds>;

}  // namespace

TEST_CASE("a broker that was down gives the time back") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  const TimeUs due = s.record_of(opening).next_due()->at;
  s.pass(1h);
  s.stop();
  s.clock.set(due + 10h);
  const auto lost = s.clock.now() - (noon() + 1h);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  REQUIRE(lost_times(s) == Lost{lost});
  REQUIRE(s.owner_of(opening) == "polres.a");
  REQUIRE(s.record_of(opening).next_due()->at == due + lost);
  SECTION("an accept that was written meanwhile is in time") {
    s.does(opening, "polres.a", Accept{Need::kInvestigation});
    REQUIRE(s.record_of(opening).lead_assignment().state == AssignmentState::kAccepted);
  }
  SECTION("and it is no later than that") {
    s.clock.set(due + lost - 1s);
    REQUIRE(s.process());
    REQUIRE(s.owner_of(opening) == "polres.a");
    s.pass(2s);
    REQUIRE(s.owner_of(opening) == "polda");
  }
  SECTION("what is asked later has its own time") {
    const Message second = referral_message(offline_facts(), 2);
    s.submit(second);
    REQUIRE(s.record_of(second).next_due()->at - s.clock.now() <= 24h + 1s);
    REQUIRE(s.record_of(second).next_due()->at - s.clock.now() > 23h);
  }
  SECTION("after another start the time lost is that of both") {
    s.stop();
    s.clock.advance(3h);
    REQUIRE(s.start(std::nullopt));
    REQUIRE(s.process());
    REQUIRE(lost_times(s) == Lost{lost, 3h});
    REQUIRE(s.record_of(opening).next_due()->at == due + lost + 3h);
  }
}

TEST_CASE("a short restart and an empty log lose nothing") {
  SequencerInTest s;
  s.stop();
  s.clock.advance(5h);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  REQUIRE(lost_times(s).empty());
  s.submit(referral_message());
  s.stop();
  s.clock.advance(900ms);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  REQUIRE(lost_times(s).empty());
}

TEST_CASE("while the release has expired nothing is missed") {
  SequencerInTest s(signed_small_release(release_until(noon() + 10h)));
  const Message opening = referral_message();
  s.submit(opening);
  const TimeUs due = s.record_of(opening).next_due()->at;
  s.pass(30h);
  REQUIRE(s.owner_of(opening) == "polres.a");
  s.sequencer->offer_release(signed_small_release(release_until(noon() + 1000h, 2)));
  REQUIRE(s.process());
  REQUIRE(lost_times(s) == Lost{s.last_entry().time - (noon() + 10h)});
  REQUIRE(s.owner_of(opening) == "polres.a");
  const auto lost = lost_times(s)[0];
  s.clock.set(due + lost + 1s);
  REQUIRE(s.process());
  REQUIRE(s.owner_of(opening) == "polda");
}

TEST_CASE("while the witnesses are too far behind nothing is missed") {
  SequencerInTest s;
  s.witnessed = true;
  s.stop_after_lag = 60s;
  REQUIRE(s.start(std::nullopt));
  const Message opening = referral_message();
  s.submit(opening);
  s.pass(48h);
  REQUIRE(s.owner_of(opening) == "polres.a");
}

TEST_CASE("no deadline fires before the broker has settled") {
  SequencerInTest s;
  s.settle = 3600s;
  const Message opening = referral_message();
  s.submit(opening);
  s.stop();
  s.clock.advance(10h);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  s.pass(100h);
  REQUIRE(s.owner_of(opening) == "polres.a");
}

TEST_CASE("older editions miss deadlines as they did") {
  Release first = small_release();
  first.edition = Edition::kPresentFacts;
  SequencerInTest s(signed_small_release(first));
  const Message opening = referral_message();
  s.submit(opening);
  s.stop();
  s.clock.advance(30h);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  REQUIRE(lost_times(s).empty());
  REQUIRE(s.owner_of(opening) == "polda");
}

TEST_CASE("a start with a clock far ahead is refused, and goes on when somebody confirms it") {
  SequencerInTest s;
  s.submit(referral_message());
  s.stop();
  s.clock_ahead = 60min;
  s.clock.advance(24h * 365);
  REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kClockAhead);
  s.clock_confirmed = true;
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  REQUIRE(lost_times(s).size() == 1);
  REQUIRE(s.owner_of(referral_message()) == "polres.a");
}

TEST_CASE("while the clock is not believed nothing is logged") {
  SequencerInTest s;
  s.clock_ahead = 60min;
  REQUIRE(s.start(std::nullopt));
  const Message opening = referral_message();
  s.submit(opening);
  const std::uint64_t size = s.sequencer->log_size();
  s.clock.advance(24h * 365);
  s.outbound.sent.clear();
  const Message second = referral_message(offline_facts(), 2);
  REQUIRE(s.process(SequencerInTest::job_of(StationId("kpai"), {second})));
  const auto outcome = wire::decode_outcome(s.outbound.sent.at(0).views());
  REQUIRE(outcome->refusal->code == ErrorCode::kClockDoubted);
  REQUIRE(s.sequencer->log_size() == size);
  s.clock.set(noon());
  REQUIRE_FALSE(s.submit(second).refusal);
  REQUIRE(s.owner_of(opening) == "polres.a");
}

TEST_CASE("the last unit of a chain is reminded ever more seldom") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  std::vector<std::chrono::microseconds> waits;
  std::uint64_t seen = s.sequencer->log_size();
  TimeUs last = noon();
  while (waits.size() < 6) {
    s.pass(1h);
    for (; seen < s.sequencer->log_size(); ++seen) {
      const Entry entry = s.entry(seen);
      if (entry.outcome.events.empty()) continue;
      const Event& event = entry.outcome.events.front();
      if (event.need != Need::kInvestigation) continue;
      if (event.type == EventType::kEscalated) last = entry.time;
      if (event.type != EventType::kOverdue) continue;
      waits.push_back(std::chrono::round<std::chrono::hours>(entry.time - last));
      last = entry.time;
    }
  }
  REQUIRE(waits == Lost{24h, 24h, 48h, 96h, 168h, 168h});
}

TEST_CASE("a late answer of who was responsible says where it went") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  s.pass(24h + 1s);
  REQUIRE(s.owner_of(opening) == "polda");
  const TimeUs moved = *s.record_of(opening).lead_assignment().asked_at;
  const auto late = s.say(opening, "polres.a", Accept{Need::kInvestigation});
  REQUIRE(late.refusal->code == ErrorCode::kAssignmentNotYours);
  REQUIRE(late.refusal->detail == "moved to polda at " + to_rfc3339(moved));
  REQUIRE(s.say(opening, "polres.b", Accept{Need::kInvestigation}).refusal->code ==
          ErrorCode::kCaseUnknown);
}
