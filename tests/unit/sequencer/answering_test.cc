// When deadlines run, and when the clock is believed.
#include "broker/sequencer/answering.h"

#include <catch2/catch.hpp>

#include "broker/sequencer/clock_watch.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;
using namespace std::chrono_literals;

namespace {

SteadyTime steady(std::chrono::seconds at) { return SteadyTime(1000s + at); }

}  // namespace

TEST_CASE("the time in which no answers are taken is told once") {
  sequencer::Answering answering(60s);
  REQUIRE_FALSE(answering.goes_on(noon(), steady(0s)));
  answering.stops(noon());
  answering.stops(noon() - 5s);
  answering.stops(noon() + 5s);
  REQUIRE_FALSE(answering.has_settled(steady(0s)));
  REQUIRE(answering.goes_on(noon() + 10s, steady(10s)) == 15s);
  REQUIRE_FALSE(answering.goes_on(noon() + 11s, steady(11s)));
}

TEST_CASE("no deadline fires before stations could find the broker") {
  sequencer::Answering answering(60s);
  SECTION("for twice as long as it was away, and what connecting takes") {
    answering.stops(noon());
    answering.goes_on(noon() + 4s, steady(0s));
    REQUIRE_FALSE(answering.has_settled(steady(12s)));
    REQUIRE(answering.has_settled(steady(13s)));
  }
  SECTION("but no longer than is set") {
    answering.stops(noon());
    answering.goes_on(noon() + 1h, steady(0s));
    REQUIRE_FALSE(answering.has_settled(steady(59s)));
    REQUIRE(answering.has_settled(steady(60s)));
  }
  SECTION("nor for what nobody waits for") {
    answering.stops(noon());
    REQUIRE_FALSE(answering.goes_on(noon() + 999ms, steady(0s)));
    REQUIRE(answering.has_settled(steady(0s)));
  }
}

TEST_CASE("a start with a clock far ahead of the log is refused") {
  const sequencer::ClockWatch watch(60min);
  REQUIRE(watch.check_start(noon() + 60min, noon()));
  REQUIRE(watch.check_start(noon() - 24h, noon()));
  const auto refused = watch.check_start(noon() + 61min, noon());
  REQUIRE(refused.error().code == ErrorCode::kClockAhead);
  REQUIRE(refused.error().detail.find("--confirm-clock") != std::string::npos);
  REQUIRE(sequencer::ClockWatch(0min).check_start(noon() + 24h * 400, noon()));
}

TEST_CASE("a clock that jumps ahead is not believed until it goes back") {
  sequencer::ClockWatch watch(60min);
  REQUIRE(watch.believes(noon(), steady(0s), noon()));
  REQUIRE(watch.believes(noon() + 1s, steady(1s), noon()));
  REQUIRE_FALSE(watch.believes(noon() + 2h, steady(2s), noon()));
  REQUIRE(watch.doubts_since() == noon() + 1s);
  REQUIRE_FALSE(watch.believes(noon() + 2h + 5s, steady(7s), noon()));
  REQUIRE(watch.believes(noon() + 8s, steady(8s), noon()));
  REQUIRE_FALSE(watch.doubts_since());
  // Time that passed is no jump, and nothing that goes back is one.
  REQUIRE(watch.believes(noon() + 5h, steady(5h), noon()));
  REQUIRE(watch.believes(noon() - 5h, steady(5h + 1s), noon()));
  REQUIRE(sequencer::ClockWatch(0min).believes(noon(), steady(0s), noon()));
}
