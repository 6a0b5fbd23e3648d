// From a release back to text, and an earlier one again.
#include "broker/routing/config_text.h"

#include <catch2/catch.hpp>

#include "tests/support/small_release.h"
#include "tests/unit/routing/national.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

Release again(const Release& release) {
  const auto compiled =
      routing::compile(routing::config_text(release),
                       {release.version, release.log_origin, release.validity, release.threshold});
  for (const routing::Finding& finding : compiled.findings) FAIL(finding.to_string());
  Release read = compiled.release;
  // The small release has no abroad, which is built into the text.
  if (release.areas.back().code.view() != "XX") {
    std::erase_if(read.areas, [](const Area& area) { return area.code.view() == "XX"; });
  }
  CHECK(read.areas == release.areas);
  CHECK(read.units == release.units);
  CHECK(read.keys == release.keys);
  CHECK(read.stations == release.stations);
  CHECK(read.administrators == release.administrators);
  CHECK(read.implied == release.implied);
  CHECK(read.rules == release.rules);
  CHECK(read.case_informs == release.case_informs);
  CHECK(read.guarantees == release.guarantees);
  CHECK(read.permissions == release.permissions);
  CHECK(read.second_agency_for == release.second_agency_for);
  CHECK(read.legal_bases == release.legal_bases);
  return read;
}

}  // namespace

TEST_CASE("a release gives back the text that it was made of") {
  SECTION("the small one, with a registry") {
    Release release = release_of_two_agencies();
    std::ranges::sort(release.permissions, {}, [](const Permission& p) { return p.agency.view(); });
    for (Rule& rule : release.rules) {
      if (rule.level == Level::kNational) rule.anchors.clear();
    }
    release.areas.front().name = "A \"quoted\" name, with a comma";
    release.keys.front().compromised_since = noon();
    release.keys.back().validity = {noon() - Seconds(5), noon()};
    release.legal_bases = {{"uu-1-2000", "a \\ b \"c\"", {noon(), {}}, "somewhere"}};
    REQUIRE(again(release) == release);
  }
  SECTION("the national one") {
    const Release& release = routing::national_table().release();
    REQUIRE(again(release) == release);
  }
}

TEST_CASE("an earlier release comes back with what cannot be taken back") {
  const Release earlier = small_release();
  Release in_force = earlier;
  in_force.version = ReleaseVersion{2};
  add_unit_like(in_force, "polres.a", "polres.n").areas = {AreaCode("11")};
  in_force.rules[0].level = Level::kProvince;
  in_force.threshold = 1;
  for (UnitKey& key : in_force.keys) {
    if (key.unit.view() == "polda") key.compromised_since = noon();
  }
  Release back = routing::reverted(earlier, in_force, noon());
  back.version = ReleaseVersion{3};
  REQUIRE(back.rules == earlier.rules);
  REQUIRE(back.keys == in_force.keys);
  REQUIRE(back.stations == in_force.stations);
  REQUIRE(back.threshold == 1);
  const Unit& ended = unit_in(back, "polres.n");
  REQUIRE(ended.validity.until == noon());
  REQUIRE(ended.successor.view() == "bareskrim");
  REQUIRE(unit_in(back, "polres.a") == unit_in(const_cast<Release&>(in_force), "polres.a"));
  // It compiles, and no unit is gone.
  const Release read = again(back);
  REQUIRE(read == back);
}
