// What of a release ends soon, and how loud it is said.
#include "broker/routing/expiry.h"

#include <catch2/catch.hpp>

#include "broker/routing/check.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

using std::chrono::days;

// Of what ends: the days within which it is said.
std::vector<int> steps(const Release& release, TimeUs now = noon()) {
  std::vector<int> out;
  for (const routing::Expiry& one : routing::expiring(release, now)) out.push_back(one.within_days);
  return out;
}

using Steps = std::vector<int>;

}  // namespace

TEST_CASE("the end of a release is said 60, 14 and 3 days before") {
  Release release = small_release();
  const auto ends_in = [&](std::chrono::microseconds left) {
    release.validity.until = noon() + left;
    return steps(release);
  };
  REQUIRE(ends_in(days(60) + Seconds(1)).empty());
  REQUIRE(ends_in(days(60)) == Steps{60});
  REQUIRE(ends_in(days(14)) == Steps{14});
  REQUIRE(ends_in(days(3)) == Steps{3});
  REQUIRE(ends_in(Seconds(1)) == Steps{3});
  REQUIRE(ends_in(Seconds(0)).empty());
}

TEST_CASE("keys are said as well, but not of units that end before, nor compromised ones") {
  Release release = small_release();
  const auto key = std::ranges::find_if(release.keys, [](const UnitKey& one) {
    return one.unit.view() == "uptd" && one.purpose == KeyPurpose::kSign;
  });
  key->validity.until = noon() + days(10);
  const auto ends = routing::expiring(release, noon());
  REQUIRE(ends.size() == 1);
  REQUIRE(ends[0].what == "key sign-1 of uptd");
  REQUIRE(ends[0].within_days == 14);
  SECTION("a unit that ends before") {
    unit_in(release, "uptd").validity.until = noon() + days(9);
    REQUIRE(steps(release).empty());
  }
  SECTION("a compromised key") {
    key->compromised_since = noon();
    REQUIRE(steps(release).empty());
  }
  SECTION("the check warns of it, once for each step") {
    std::size_t warnings = 0;
    for (const auto& finding : routing::check(release, {}, noon()).findings) {
      if (finding.error.code != ErrorCode::kTableExpires) continue;
      ++warnings;
      REQUIRE(finding.severity == routing::Severity::kWarning);
      REQUIRE(finding.error.detail.starts_with("key sign-1 of uptd ends in 10 days"));
    }
    REQUIRE(warnings == 1);
  }
}

TEST_CASE("what is left is told in days, and in hours at last") {
  REQUIRE(routing::time_left(noon() + days(13) + Seconds(5), noon()) == "in 13 days");
  REQUIRE(routing::time_left(noon() + std::chrono::hours(30), noon()) == "in 30 hours");
}
