#include "broker/runtime/supervisor.h"

#include <catch2/catch.hpp>

using namespace rujukan;
using std::chrono::milliseconds;

TEST_CASE("children that die young are started later each time, and within a second") {
  RestartPauses pauses;
  milliseconds last(0);
  for (int death = 0; death < 4; ++death) {
    const milliseconds pause = pauses.after(RestartPauses::kQuickDeath - milliseconds(1));
    CHECK(pause > last);
    last = pause;
  }
  CHECK(last == RestartPauses::kMost);
  CHECK(last < milliseconds(1'000));
  CHECK(pauses.after(milliseconds(0)) == RestartPauses::kMost);
}

TEST_CASE("a child that had begun to work is started again at once, whatever came before") {
  RestartPauses pauses;
  for (int death = 0; death < 5; ++death) pauses.after(milliseconds(0));
  CHECK(pauses.after(RestartPauses::kQuickDeath) == RestartPauses::kFirst);
}
