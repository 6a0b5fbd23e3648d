#include "broker/routing/release_diff.h"

#include <algorithm>

#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {
namespace {

// Reads like "units changed post: areas 11.01 -> 11.01 11.02".
Texts changes(const Release& before, const Release& after) {
  Texts out;
  for (const EntryChange& change : entry_changes(before, after)) {
    std::string text = std::string(name_of(change.section)) + " " +
                       std::string(name_of(change.what)) + " " + change.id;
    for (const FieldChange& field : change.fields) {
      text += "; " + field.name + " " + field.before + " -> " + field.after;
    }
    out.push_back(text);
  }
  return out;
}

Release before() {
  Release release = compile(small(), {}).release;
  for (const char* id : {"R2", "R3", "R4"}) {
    Rule rule = release.rules.front();
    rule.id = RuleId(id);
    release.rules.push_back(rule);
  }
  return release;
}

}  // namespace

TEST_CASE("a release differs in nothing from itself") {
  CHECK(changes(before(), before()).empty());
}

TEST_CASE("what changes of a unit is told field by field") {
  Release after = before();
  for (Unit& unit : after.units) {
    if (unit.id.str() != "post") continue;
    unit.areas = areas({"11"});
    unit.level = Level::kProvince;
    unit.validity.until = day("2026-07-01");
    unit.successor = UnitId("nation");
  }
  CHECK(changes(before(), after) ==
        Texts{"units changed post; level regency -> province; areas 11.01 -> 11; successor  -> "
              "nation; valid_until  -> 2026-07-01"});
}

TEST_CASE("what comes and goes is told with all it says") {
  Release after = before();
  after.units.erase(after.units.begin());
  const std::string gone = before().units.front().id.str();
  const Texts there = changes(before(), after);
  REQUIRE(there.size() == 1);
  CHECK(there[0].find("units removed " + gone + "; agency ") == 0);
  const Texts back = changes(after, before());
  REQUIRE(back.size() == 1);
  CHECK(back[0].find("units added " + gone + "; agency  -> ") == 0);
}

TEST_CASE("a rule that moves is told and those that it passes are not") {
  Release after = before();
  std::rotate(after.rules.begin(), after.rules.begin() + 1, after.rules.end());
  CHECK(changes(before(), after) == Texts{"rules moved R1; before R2 -> "});
  std::swap(after.rules[0], after.rules[3]);
  after.rules.erase(after.rules.begin() + 1);
  CHECK(changes(before(), after) ==
        Texts{"rules removed R3; needs investigation -> ; function investigation -> ; level "
              "regency -> ; anchors victims -> ",
              "rules moved R2; before R3 -> "});
}

TEST_CASE("rules are told by the field that changes") {
  Release after = before();
  Rule& rule = after.rules[1];
  rule.when.mode = {Mode::kOnline};
  rule.when.suspect_abroad = true;
  rule.anchors = {Anchor::kSuspects, Anchor::kVictims};
  rule.inform = {{FunctionId("oversight"), Level::kNational, std::nullopt}};
  CHECK(changes(before(), after) ==
        Texts{"rules changed R2; when  -> mode online; suspect_abroad true; anchors victims -> "
              "suspects victims; inform  -> oversight national"});
  after = before();
  after.rules[1].withheld = true;
  CHECK(changes(before(), after) ==
        Texts{"rules changed R2; withheld  -> true; function investigation -> ; level regency -> ; "
              "anchors victims -> "});
}

TEST_CASE("every section of a release is compared") {
  Release after = before();
  after.threshold = 2;
  after.administrators.push_back({"admin", {1}});
  after.areas.back().name = "abroad";
  after.implied.push_back({{}, {Need::kProtection}});
  after.case_informs.push_back({RuleId("K1"), {}, {FunctionId("oversight"), {}, {}}});
  after.guarantees.push_back({RuleId("G1"), {}, {AgencyId("police")}, {}, {}, {}, {}});
  after.permissions.front().may_own = !after.permissions.front().may_own;
  after.deadlines.transfer_offer_within_s = 60;
  after.stations.push_back({StationId("post"), {1}, {UnitId("post")}});
  after.keys.push_back({UnitId("post"), "sign-1", KeyPurpose::kSign, {1}, {}, std::nullopt});
  CHECK(changes(before(), after) ==
        Texts{"release changed release; threshold 1 -> 2", "administrators added admin",
              "areas changed XX; name Luar negeri -> abroad", "implied added protection",
              "informs added K1; inform  -> oversight national",
              "guarantees added G1; owner_agency  -> police",
              "permissions changed kpai; may_own false -> true",
              "deadlines changed deadlines; transfer_offer_within_s 86400 -> 60",
              "stations added post; units  -> post", "keys added post sign-1; purpose  -> sign"});
}

TEST_CASE("of a key that is another only that is told") {
  Release with_key = before();
  with_key.keys.push_back({UnitId("post"), "sign-1", KeyPurpose::kSign, {1}, {}, std::nullopt});
  Release after = with_key;
  after.keys.front().key = {2};
  CHECK(changes(with_key, after) == Texts{"keys changed post sign-1; key one key -> another key"});
}

TEST_CASE("owners are compared while the later release is valid") {
  Release after = before();
  for (Unit& unit : after.units) {
    if (unit.id.str() == "post") unit.validity.from = day("2026-05-01");
  }
  const auto always = diff(before(), after);
  REQUIRE(always.ok());
  CHECK_FALSE(always->routes.owner.empty());
  after.validity = {day("2026-06-01"), day("2027-06-01")};
  const auto later = diff(before(), after);
  REQUIRE(later.ok());
  CHECK(later->routes.owner.empty());
}

}  // namespace rujukan::routing
