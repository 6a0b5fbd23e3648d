#include "broker/base/time.h"

#include <catch2/catch.hpp>

using namespace rujukan;

TEST_CASE("a time is printed in UTC with microseconds and read back") {
  const TimeUs t = time_from_us(1'700'000'000'123'456ULL);
  REQUIRE(to_rfc3339(t) == "2023-11-14T22:13:20.123456Z");
  REQUIRE(parse_time(to_rfc3339(t)) == t);
  REQUIRE(to_rfc3339(time_from_us(0)) == "1970-01-01T00:00:00.000000Z");
}

TEST_CASE("a date is the start of its day in UTC, an offset is taken away") {
  REQUIRE(parse_time("2026-11-22") == parse_time("2026-11-22T00:00:00Z"));
  REQUIRE(parse_time("2026-11-22T07:00:00+07:00") == parse_time("2026-11-22T00:00:00Z"));
  REQUIRE(parse_time("2024-02-29"));
}

TEST_CASE("a date that is no date is refused") {
  for (const char* text :
       {"", "2026", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-01-01",
        "2026-01-01T", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00Z ",
        " 2026-01-01", "1969-12-31", "2026-01-01T00:00:00+0700"}) {
    INFO(text);
    REQUIRE_FALSE(parse_time(text));
  }
  REQUIRE_FALSE(parse_date("2026-01-01T00:00:00Z"));
}
