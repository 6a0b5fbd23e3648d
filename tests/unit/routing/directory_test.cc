// Coverage laid out per span of time against the search that it stands for.
#include "broker/routing/directory.h"

#include <catch2/catch.hpp>
#include <random>

#include "broker/base/limits.h"
#include "tests/unit/routing/national.h"

namespace rujukan::routing {
namespace {

const Texts kCodes = {"00", "11", "11.01", "11.02", "12", "12.01"};

std::vector<Area> some_areas() {
  std::vector<Area> all;
  for (const std::string& code : kCodes) {
    const char* parent = code == "00" ? "" : code.size() == 2 ? "00" : "11";
    const Level level = code == "00"       ? Level::kNational
                        : code.size() == 2 ? Level::kProvince
                                           : Level::kRegency;
    all.push_back({AreaCode(code), AreaCode(parent), level, code, {}, {}});
  }
  all.back().parent = AreaCode("12");
  return all;
}

TimeUs draw_time(std::mt19937_64& random) { return time_from_us(1000 + random() % 12); }

// Units of few functions with drawn levels, areas, validity and successors without cycles.
Release draw_directory(std::mt19937_64& random, std::size_t units) {
  Release r;
  r.areas = some_areas();
  for (std::size_t i = 0; i < units; ++i) {
    Unit unit;
    unit.id = UnitId("unit-" + std::to_string(i));
    unit.agency = AgencyId("agency");
    unit.function = FunctionId(random() % 3 == 0 ? "g" : "f");
    unit.level = code_names<Level>()[random() % 3].value;
    unit.areas = {AreaCode(kCodes[random() % kCodes.size()])};
    if (random() % 2 == 0) unit.validity.from = draw_time(random);
    if (random() % 2 == 0) unit.validity.until = draw_time(random);
    if (unit.validity.until && i + 1 < units && random() % 2 == 0) {
      unit.successor = UnitId("unit-" + std::to_string(i + 1 + random() % (units - i - 1)));
    }
    r.units.push_back(unit);
  }
  return r;
}

// Counts the answers that are somebody; every one is compared.
std::size_t compare_with_search(const Directory& directory) {
  std::size_t somebody = 0;
  for (std::uint64_t us = 998; us < 1014; ++us) {
    const TimeUs at = time_from_us(us);
    const Directory::Moment moment = directory.moment(at);
    for (const char* function : {"f", "g"}) {
      const auto known = directory.function(function);
      if (!known) continue;
      for (const auto& level : code_names<Level>()) {
        for (const std::string& code : kCodes) {
          const AreaNode& area = *directory.area(code);
          const UnitNode* found = moment.covering(*known, level.value, area);
          REQUIRE(found == directory.search(*known, level.value, area, at).unit);
          REQUIRE(found == directory.covering(*known, level.value, area, at));
          if (found != nullptr) ++somebody;
        }
        REQUIRE(moment.covering(*known, level.value, *directory.area("XX")) == nullptr);
      }
    }
  }
  return somebody;
}

TEST_CASE("coverage laid out gives at every moment what a search gives") {
  std::mt19937_64 random(20260303);
  std::size_t somebody = 0;
  for (int i = 0; i < 300; ++i) {
    INFO("directory " << i);
    const Release release = draw_directory(random, 1 + random() % 12);
    const auto directory = Directory::build(release);
    REQUIRE(directory.ok());
    somebody += compare_with_search(*directory);
  }
  CHECK(somebody > 10'000);
}

TEST_CASE("a directory whose coverage would take too much memory is searched instead") {
  std::mt19937_64 random(20260304);
  Release release = draw_directory(random, 40);
  for (int i = 0; i < 3000; ++i) {
    Unit unit;
    unit.id = UnitId("other-" + std::to_string(i));
    unit.function = FunctionId("function-" + std::to_string(i));
    unit.areas = {AreaCode("00")};
    unit.validity.until = time_from_us(2000 + static_cast<std::uint64_t>(i));
    release.units.push_back(unit);
  }
  const auto directory = Directory::build(release);
  REQUIRE(directory.ok());
  CHECK(directory->memory_bytes() < limits::kCoverageBytes / 4);
  CHECK(compare_with_search(*directory) > 100);
}

TEST_CASE("the units that could cover an area are listed from the nearest area outwards") {
  Release release;
  release.areas = some_areas();
  const auto add = [&release](const char* id, Level level, const char* area) {
    release.units.push_back(
        {UnitId(id), AgencyId("agency"), FunctionId("f"), level, {AreaCode(area)}, {}, {}});
  };
  add("wide", Level::kRegency, "11");
  add("near", Level::kRegency, "11.01");
  add("beside", Level::kRegency, "11.02");
  add("above", Level::kProvince, "11");
  release.units[1].validity.until = time_from_us(1000);
  const auto directory = Directory::build(release);
  REQUIRE(directory.ok());
  const FunctionIx f = *directory->function("f");
  const AreaNode& area = *directory->area("11.01");
  Texts listed;
  for (const UnitNode* node : directory->listing(f, Level::kRegency, area)) {
    listed.push_back(node->unit->id.str());
  }
  CHECK(listed == Texts{"near", "wide"});
  CHECK(directory->count(f, Level::kRegency) == 3);
  const Covering found = directory->search(f, Level::kRegency, area, time_from_us(1000));
  REQUIRE(found.unit != nullptr);
  CHECK(found.unit->unit->id.str() == "wide");
  CHECK(found.listed == found.unit);
  CHECK(found.area->area->code.str() == "11");
}

TEST_CASE("what has not the form of a code is no area") {
  Release release;
  release.areas = some_areas();
  const auto directory = Directory::build(release);
  REQUIRE(directory.ok());
  for (const char* code : {"", "1", "1a", "11.", "11.1", "11.0a", "11-01", "11.010", "a1.01",
                           "XX.01", "xx", "11 01", "\xC3\xA9", "13", "11.03"}) {
    CAPTURE(code);
    CHECK(directory->area(code) == nullptr);
  }
  for (const std::string& code : kCodes) CHECK(directory->area(code)->area->code.str() == code);
  CHECK(directory->area("XX")->kind == AreaNode::Kind::kAbroad);
  release.areas.push_back({AreaCode("11.1"), AreaCode("11"), Level::kRegency, "", {}, {}});
  const auto refused = Directory::build(release);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().field == "areas.code");
}

}  // namespace
}  // namespace rujukan::routing
