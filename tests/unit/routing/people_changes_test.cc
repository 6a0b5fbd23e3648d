#include "broker/routing/people_changes.h"

#include "broker/routing/release_diff.h"
#include "tests/unit/routing/checked.h"

namespace rujukan::routing {
namespace {

ReleaseDiff national_diff(const ConfigFiles& after) {
  const Compiled first = compile(national_files(), {});
  const Compiled second = compile(after, {});
  for (const Finding& finding : second.findings) FAIL(finding.to_string());
  return diff(first.release, second.release).value();
}

ReleaseDiff national_diff(const std::string& file, const std::string& old_text,
                          const std::string& text) {
  return national_diff(replaced(national_files(), file, old_text, text));
}

using Ages = std::vector<VictimAge>;

// Of the part, "NEEDS: BEFORE -> AFTER" for victims of these ages.
Texts told(const ReleaseDiff& diff, ChangedPart part, const Ages& ages) {
  Texts out;
  for (const PeopleChange& change : diff.people) {
    if (change.part != part || change.ages != ages) continue;
    std::string text;
    for (const Need need : change.needs) text += std::string(name_of(need)) + " ";
    for (const UnitId& unit : change.before.units) text += unit.str() + " ";
    text += change.before.nobody ? "nobody ->" : "->";
    for (const UnitId& unit : change.after.units) text += " " + unit.str();
    out.push_back(text + (change.after.nobody ? " nobody" : ""));
  }
  return out;
}

const Ages kAll = {VictimAge::kChild, VictimAge::kAdult, VictimAge::kUnknown};

TEST_CASE("closing a centre tells of the protection of children too") {
  const ReleaseDiff diff =
      national_diff("units.csv", "uptd-ppa.32,service_centre,protection,province,32,,,",
                    "uptd-ppa.32,service_centre,protection,province,32,,2027-03-01,uptd-ppa.32.73");
  const Texts children = told(diff, ChangedPart::kAssignment, kAll);
  REQUIRE_FALSE(children.empty());
  CHECK(children.front() ==
        "protection psychological shelter legal_aid uptd-ppa.32 -> kemenpppa.sapa");
  const PeopleChange& first = diff.people.front();
  CHECK(first.from == day("2027-03-01"));
  CHECK(first.places.areas.contains(AreaCode("32.04")));
  CHECK_FALSE(first.places.areas.contains(AreaCode("32.73")));
  CHECK(first.places.lists == std::set{Anchor::kVictims});
}

TEST_CASE("a need that leads for nobody is told of by the needs of those who have it") {
  const ReleaseDiff diff = national_diff("units.csv", "komdigi.aduan,", "komdigi.lapor,");
  CHECK(told(diff, ChangedPart::kAssignment, kAll) ==
        Texts{"takedown komdigi.aduan -> komdigi.lapor"});
  CHECK(diff.people.front().places.anywhere);
}

TEST_CASE("who is no longer informed of children's cases is told of the case as a whole") {
  ConfigFiles files = national_files();
  std::string& rules = files["routing.toml"];
  const std::size_t at = rules.find("[[inform]]");
  rules.erase(at, rules.find("#", at) - at);
  const ReleaseDiff diff = national_diff(files);
  CHECK(told(diff, ChangedPart::kInformed, {VictimAge::kChild, VictimAge::kUnknown}) ==
        Texts{"kpai ->"});
  CHECK(diff.people.size() == 1);
  CHECK(diff.people.front().needs.empty());
}

TEST_CASE("a change of hundreds of units is few changes for people") {
  const ReleaseDiff diff = national_diff(
      "routing.toml", "level = \"regency\"\nanchors = [\"incidents\", \"victims\", \"suspects\"]",
      "level = \"national\"");
  CHECK(diff.routes.owner.size() > 500);
  CHECK(diff.people.size() <= 4);
  CHECK(diff.people.front().before.units.size() == 548);
  CHECK(diff.people.front().after.units == std::set{UnitId("polri.bareskrim.ppa")});
}

TEST_CASE("places that only change together are told apart") {
  ConfigFiles files = national_files();
  std::string& units = files["units.csv"];
  const std::string city = " 32.76";
  for (const char* unit : {"polri.polda.metro-jaya.siber", "polri.polda.metro-jaya.ppa",
                           "rs-bhayangkara.metro-jaya"}) {
    units.erase(units.find(city, units.find(unit)), city.size());
  }
  const ReleaseDiff diff = national_diff(files);
  CHECK(told(diff, ChangedPart::kAssignment, kAll) ==
        Texts{"investigation polri.polda.metro-jaya.siber -> polri.polda.jawa-barat.siber",
              "medical rs-bhayangkara.metro-jaya -> rs-bhayangkara.jawa-barat",
              "investigation polri.bareskrim.ppa polri.bareskrim.siber polri.polda.metro-jaya.ppa "
              "polri.polda.metro-jaya.siber -> polri.bareskrim.ppa polri.bareskrim.siber "
              "polri.polda.jawa-barat.ppa polri.polda.jawa-barat.siber",
              "medical polri.pusdokkes rs-bhayangkara.metro-jaya -> polri.pusdokkes "
              "rs-bhayangkara.jawa-barat"});
  CHECK(diff.people[0].places.areas == std::set{AreaCode("32.76")});
  CHECK(diff.people[2].places.areas.empty());
  CHECK(diff.people[2].places.two_areas.size() > 25);
  // The post of the city stays and falls to another.
  CHECK(told(diff, ChangedPart::kChain, kAll) ==
        Texts{"investigation polri.polda.metro-jaya.ppa -> polri.polda.jawa-barat.ppa"});
}

TEST_CASE("nothing changes for anybody when nothing changes") {
  CHECK(national_diff(national_files()).people.empty());
}

// What is taken away.

TEST_CASE("all guarantees removed is told before anything else") {
  ConfigFiles files = national_files();
  std::string& rules = files["routing.toml"];
  rules.resize(rules.find("[[guarantee]]"));
  const auto found = national_diff(files).weakened;
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Weakened{Weakened::What::kGuarantees, "", {"G1", "G2", "G5", "G3", "G4"}, ""});
  // One that stays is told among the entries.
  CHECK(national_diff("routing.toml",
                      "[[guarantee]]\nid = \"G2\"\nunassigned_agency = [\"kpai\"]\n", "")
            .weakened.empty());
}

TEST_CASE("an agency that only watched and may own now is told") {
  const auto found =
      national_diff("permissions.toml", "may_own = false", "may_own = true").weakened;
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Weakened{Weakened::What::kMayOwn, "kpai", {}, ""});
  CHECK(national_diff("permissions.toml", "may_own = true", "may_own = true").weakened.empty());
}

TEST_CASE("a new rule that drops the inform of the one it overrides is told") {
  const auto with_inform = [](const std::string& inform) {
    return national_diff("routing.toml", "# Cybercrime units exist",
                         "[[rule]]\nid = \"I2L\"\nneeds = [\"investigation\"]\nwhen = { mode = "
                         "[\"online\", \"mixed\"], any_category = [\"livestreamed_abuse\"] }\n"
                         "function = \"investigation.cyber\"\nlevel = \"national\"\n" +
                             inform + "# Cybercrime units exist")
        .weakened;
  };
  const auto found = with_inform("");
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Weakened{Weakened::What::kInform,
                             "I2L",
                             {"investigation.cyber province of suspects",
                              "investigation.ppa regency of victims"},
                             "I3"});
  CHECK(with_inform("inform = [{ function = \"investigation.cyber\", level = \"province\", of = "
                    "\"suspects\" }, { function = \"investigation.ppa\", level = \"regency\", of = "
                    "\"victims\" }]\n")
            .empty());
}

}  // namespace
}  // namespace rujukan::routing
