#include "tests/unit/routing/national.h"

#include <catch2/catch.hpp>
#include <map>

namespace rujukan::routing {
namespace {

std::size_t count_areas(Level level, bool replaced) {
  std::size_t n = 0;
  for (const Area& area : national_table().release().areas) {
    if (area.level == level && area.succeeded_by.empty() != replaced) ++n;
  }
  return n;
}

TEST_CASE("the national configuration compiles without findings") {
  for (const Finding& finding : compile(national_files(), {}).findings) {
    FAIL(finding.to_string());
  }
}

TEST_CASE("the national configuration has the areas in force and the replaced codes") {
  CHECK(count_areas(Level::kProvince, false) == 38);
  CHECK(count_areas(Level::kRegency, false) == 514);
  CHECK(count_areas(Level::kRegency, true) == 26);
}

TEST_CASE("the national configuration has the whole default directory") {
  std::map<std::string, std::map<std::string, std::size_t>> counts;
  for (const Unit& unit : national_table().release().units) {
    ++counts[unit.agency.str() + " " + unit.function.str()][std::string(name_of(unit.level))];
  }
  using PerLevel = std::map<std::string, std::size_t>;
  const std::map<std::string, PerLevel> expected = {
      {"police investigation.cyber", {{"national", 1}, {"province", 34}}},
      {"police investigation.ppa", {{"national", 1}, {"province", 34}, {"regency", 514}}},
      {"police medical", {{"national", 1}, {"province", 34}}},
      {"service_centre protection", {{"province", 34}, {"regency", 93}}},
      {"women_child_ministry protection", {{"national", 1}}},
      {"social_affairs social_rehabilitation", {{"national", 1}, {"province", 38}}},
      {"communications_ministry takedown", {{"national", 1}}},
      {"prosecutor prosecution", {{"national", 1}, {"province", 34}}},
      {"kpai oversight", {{"national", 1}}},
      {"witness_protection witness_protection", {{"national", 1}}}};
  CHECK(counts == expected);
  CHECK(national_table().release().units.size() == 824);
}

TEST_CASE("the five regencies of Jakarta have a police post and no service centre") {
  for (const char* code : {"31.71", "31.72", "31.73", "31.74", "31.75"}) {
    CHECK(national_table().unit(UnitId(std::string("polri.polres.") + code + ".ppa")) != nullptr);
    CHECK(national_table().unit(UnitId(std::string("uptd-ppa.") + code)) == nullptr);
  }
}

TEST_CASE("every list of a compiled release but the rules is sorted by id") {
  const Release& release = national_table().release();
  CHECK(std::is_sorted(release.areas.begin(), release.areas.end(),
                       [](const Area& a, const Area& b) { return a.code < b.code; }));
  CHECK(std::is_sorted(release.units.begin(), release.units.end(),
                       [](const Unit& a, const Unit& b) { return a.id < b.id; }));
  CHECK(release.rules.front().id == RuleId("I1"));
  CHECK(release.rules.back().id == RuleId("W1"));
}

TEST_CASE("every agency may open cases and only the commission may not own them") {
  const Release& release = national_table().release();
  REQUIRE(release.permissions.size() == 8);
  for (const Permission& permission : release.permissions) {
    CHECK_FALSE(permission.open_categories.empty());
    CHECK(permission.may_own == (permission.agency != AgencyId("kpai")));
  }
}

TEST_CASE("the deadlines are an hour and six hours and a day") {
  CHECK(national_table().release().deadlines == Deadlines{3600, 21600, 86400});
}

}  // namespace
}  // namespace rujukan::routing
