// Whoever may be given a case has keys and a station, all the release's life.
#include <catch2/catch.hpp>

#include "broker/routing/check.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

std::vector<std::string> said(const Release& release) {
  std::vector<std::string> out;
  for (const routing::Finding& finding : routing::check(release).findings) {
    const bool warning = finding.severity == routing::Severity::kWarning;
    const std::string text = finding.to_string();
    // Others are about the small table itself.
    const bool ours = text.find("table.no_key") != std::string::npos ||
                      text.find("table.no_station") != std::string::npos ||
                      text.find("table.not_joined") != std::string::npos ||
                      text.find("config.missing") != std::string::npos;
    if (ours) out.push_back((warning ? "W " : "") + text);
  }
  return out;
}

UnitKey& key_of(Release& release, const char* unit, KeyPurpose purpose) {
  for (UnitKey& key : release.keys) {
    if (key.unit.view() == unit && key.purpose == purpose) return key;
  }
  throw std::logic_error("no such key");
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a registry with everything says nothing") { REQUIRE(said(small_release()).empty()); }

TEST_CASE("one missing line is an error, whichever it is") {
  for (const char* unit : {"polres.a", "polda", "bareskrim", "uptd", "sapa"}) {
    for (const KeyPurpose purpose : {KeyPurpose::kSign, KeyPurpose::kSeal}) {
      Release release = small_release();
      std::erase_if(release.keys, [&](const UnitKey& key) {
        return key.unit.view() == unit && key.purpose == purpose;
      });
      const auto lines = said(release);
      REQUIRE(lines.size() == 1);
      REQUIRE(lines[0].find("unit " + std::string(unit)) != std::string::npos);
      REQUIRE(lines[0].find(name_of(purpose)) != std::string::npos);
    }
  }
}

TEST_CASE("a unit that no station serves is an error") {
  Release release = small_release();
  std::erase(release.stations[2].units, UnitId("polda"));
  REQUIRE(said(release) ==
          Lines{"release: table.no_station: unit polda: a unit that may be given a case is served "
                "by no station"});
}

TEST_CASE("who is never given a case needs neither") {
  Release release = small_release();
  std::erase_if(release.keys, [](const UnitKey& key) { return key.unit.view() == "kpai"; });
  std::erase_if(release.stations, [](const Station& one) { return one.id.view() == "kpai"; });
  REQUIRE(said(release).empty());
}

TEST_CASE("a key has to be there at every moment of the release and of the unit") {
  const TimeUs ends = *parse_time("2030-01-01");
  Release release = small_release();
  key_of(release, "uptd", KeyPurpose::kSeal).validity.until = ends;
  REQUIRE(said(release).size() == 1);
  REQUIRE(said(release)[0].find("from 2030-01-01T00:00:00.000000Z") != std::string::npos);
  SECTION("one that follows closes the gap") {
    UnitKey next = key_of(release, "uptd", KeyPurpose::kSeal);
    next.key_id = "seal-2";
    next.validity = {ends, {}};
    release.keys.push_back(next);
    std::ranges::sort(release.keys, {}, [](const UnitKey& k) {
      return std::pair(k.unit.view(), std::string_view(k.key_id));
    });
    REQUIRE(said(release).empty());
  }
  SECTION("a release that ends before has none") {
    release.validity.until = ends;
    REQUIRE(said(release).empty());
  }
  SECTION("nor a unit that does") {
    add_unit_like(release, "uptd", "uptd.n");
    key_of(release, "uptd", KeyPurpose::kSeal).validity.until = ends;
    end_unit(release, "uptd", ends, "uptd.n");
    REQUIRE(said(release).empty());
  }
  SECTION("a compromised key is none") {
    key_of(release, "uptd", KeyPurpose::kSeal).validity.until.reset();
    key_of(release, "uptd", KeyPurpose::kSeal).compromised_since = ends;
    REQUIRE(said(release).size() == 1);
  }
}

TEST_CASE("an agency that has not joined is a warning, a registry without any is an error") {
  Release release = small_release();
  const auto of_centre = [](const UnitId& unit) {
    return unit.view() == "sapa" || unit.view() == "uptd";
  };
  std::erase_if(release.keys, [&](const UnitKey& key) { return of_centre(key.unit); });
  // A station is enough to have joined.
  REQUIRE(said(release).size() == 4);
  std::erase_if(release.stations, [](const Station& one) { return one.id.view() == "centre"; });
  REQUIRE(said(release) == Lines{"W release: table.not_joined: agency centre: the agency has no "
                                 "keys and no station: cases that need it wait (2 units)"});
  Release empty = release;
  empty.keys.clear();
  REQUIRE(said(empty).size() == 1);
  empty = release;
  empty.stations.clear();
  REQUIRE(said(empty).size() == 1);
}

TEST_CASE("older editions are put in force as they were") {
  Release release = small_release();
  release.keys.clear();
  release.edition = Edition::kPresentFacts;
  REQUIRE(said(release).empty());
}
