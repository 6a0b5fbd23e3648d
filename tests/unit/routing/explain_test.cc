#include "broker/routing/explain.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/unit/routing/national.h"

namespace rujukan::routing {
namespace {

using Decided = Explanation::NeedDecided;

Facts child(Mode mode) {
  Facts facts;
  facts.mode = mode;
  facts.victim_age = VictimAge::kChild;
  facts.consent = Consent::kNotRequired;
  return facts;
}

const Decided& decided(const Explanation& explained, Need need) {
  for (const Decided& d : explained.needs) {
    if (d.need == need) return d;
  }
  FAIL("nothing about " << name_of(need));
  throw std::logic_error("unreachable");
}

std::string id_or_none(const Unit* unit) { return unit == nullptr ? "-" : unit->id.str(); }

// "regency: 32.76 unit, 32.73 - => taken"
Texts levels(const Decided& need) {
  Texts out;
  for (const auto& tried : need.levels) {
    std::string text = std::string(name_of(tried.level)) + ":";
    for (const auto& sought : tried.sought) {
      text += " " + sought.place.routed.str() + " " + id_or_none(sought.unit);
    }
    out.push_back(text + " => " + id_or_none(tried.taken));
  }
  return out;
}

Texts passed_over(const Decided& need) {
  Texts out;
  for (const auto& passed : need.passed_over) {
    out.push_back(passed.rule->id.str() + " " + std::string(name_of(passed.failed)));
  }
  return out;
}

TEST_CASE("each need tells the rules that were passed over and the part that failed") {
  const Explanation explained = national_table().explain(child(Mode::kOffline), kNow);
  CHECK(passed_over(decided(explained, Need::kInvestigation)) ==
        Texts{"I1 victim_age", "I2 mode", "I3 mode"});
  CHECK(decided(explained, Need::kInvestigation).rule->id.str() == "I4");
  CHECK(passed_over(decided(explained, Need::kProtection)).empty());
  Facts online = child(Mode::kOnline);
  online.victim_age = VictimAge::kAdult;
  online.needs = {Need::kInvestigation};
  CHECK(passed_over(national_table().explain(online, kNow).needs[0]) ==
        Texts{"I1 consent", "I2 suspect_abroad"});
}

TEST_CASE("the needs that an implied entry added are told beside it") {
  Facts facts = child(Mode::kOnline);
  facts.needs = {Need::kProtection, Need::kMedical};
  const Explanation explained = national_table().explain(facts, kNow);
  REQUIRE(explained.implied.size() == 1);
  CHECK(explained.implied[0].position == 0);
  CHECK(explained.implied[0].rule == &national_table().release().implied[0]);
  CHECK(explained.implied[0].added == std::vector<Need>{Need::kInvestigation});
}

TEST_CASE("areas that differ are told at each level up to the nation") {
  Facts facts = child(Mode::kOffline);
  facts.incidents = areas({"32.73", "18.71"});
  const Explanation explained = national_table().explain(facts, kNow);
  const Decided& need = decided(explained, Need::kInvestigation);
  CHECK(need.list == Anchor::kIncidents);
  CHECK_FALSE(need.at_nation);
  CHECK(levels(need) ==
        Texts{"regency: 32.73 polri.polres.32.73.ppa 18.71 polri.polres.18.71.ppa => -",
              "province: 32.73 polri.polda.jawa-barat.ppa 18.71 polri.polda.lampung.ppa => -",
              "national: 00 polri.bareskrim.ppa => polri.bareskrim.ppa"});
}

TEST_CASE("an area without a unit is told and so is the wider one that was taken") {
  Facts facts = child(Mode::kOffline);
  facts.victims = areas({"32.04"});
  const Explanation explained = national_table().explain(facts, kNow);
  const Decided& need = decided(explained, Need::kProtection);
  CHECK(levels(need) == Texts{"regency: 32.04 - => -", "province: 32.04 uptd-ppa.32 => uptd-ppa.32",
                              "national: 00 kemenpppa.sapa => kemenpppa.sapa"});
  CHECK(need.levels[0].sought[0].inactive.empty());
  CHECK(need.levels[1].sought[0].listed->code.str() == "32");
}

TEST_CASE("a replaced code is told with the one that it is routed by") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"91.01"});
  const Area* replaced = national_table().area(AreaCode("91.01"));
  REQUIRE_FALSE(replaced->succeeded_by.empty());
  const Decided need = decided(national_table().explain(facts, kNow), Need::kProtection);
  REQUIRE(need.places.size() == 1);
  CHECK(need.places[0].given.str() == "91.01");
  CHECK(need.places[0].routed == replaced->succeeded_by);
  CHECK(need.levels[0].sought[0].place.given.str() == "91.01");
}

TEST_CASE("a list that is empty or holds the nation or abroad is told to be the nation's") {
  Facts facts = child(Mode::kOnline);
  const Explanation explained = national_table().explain(facts, kNow);
  CHECK(decided(explained, Need::kProtection).list == std::nullopt);
  CHECK(decided(explained, Need::kProtection).at_nation);
  facts.victims = areas({"31.71", "XX"});
  const Decided need = decided(national_table().explain(facts, kNow), Need::kProtection);
  CHECK(need.list == Anchor::kVictims);
  CHECK(need.at_nation);
  CHECK(levels(need) == Texts{"national: 00 kemenpppa.sapa => kemenpppa.sapa"});
}

// The national configuration with the centre of 32.76 changed.
RoutingTable const& with_centre(const std::function<void(Release&, Unit&)>& change) {
  static std::vector<std::shared_ptr<const RoutingTable>> kept;
  Release r = national_table().release();
  const auto at = std::find_if(r.units.begin(), r.units.end(),
                               [](const Unit& u) { return u.id == UnitId("uptd-ppa.32.76"); });
  change(r, *at);
  kept.push_back(RoutingTable::build(std::move(r)).value());
  return *kept.back();
}

Explanation::Sought regency_of_protection(const RoutingTable& table) {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"32.76"});
  return decided(table.explain(facts, kNow), Need::kProtection).levels.at(0).sought.at(0);
}

TEST_CASE("a unit that has ended or not begun is told as the reason why there is none") {
  const auto ended = regency_of_protection(
      with_centre([](Release&, Unit& unit) { unit.validity.until = day("2026-01-01"); }));
  CHECK(ended.unit == nullptr);
  REQUIRE(ended.inactive.size() == 1);
  CHECK(ended.inactive[0].unit->id.str() == "uptd-ppa.32.76");
  CHECK(ended.inactive[0].ended);
  const auto early = regency_of_protection(
      with_centre([](Release&, Unit& unit) { unit.validity.from = day("2027-01-01"); }));
  CHECK(early.unit == nullptr);
  REQUIRE(early.inactive.size() == 1);
  CHECK_FALSE(early.inactive[0].ended);
}

TEST_CASE("a successor is told with the unit that it stands for") {
  const auto sought = regency_of_protection(with_centre([](Release& r, Unit& unit) {
    unit.validity.until = day("2026-01-01");
    unit.successor = UnitId("uptd-ppa.32.73");
    REQUIRE(std::count_if(r.units.begin(), r.units.end(),
                          [&](const Unit& u) { return u.id == unit.successor; }) == 1);
  }));
  REQUIRE(sought.unit != nullptr);
  CHECK(sought.unit->id.str() == "uptd-ppa.32.73");
  REQUIRE(sought.stands_for != nullptr);
  CHECK(sought.stands_for->id.str() == "uptd-ppa.32.76");
}

// "K1: kpai 0": rule, unit, result as a number.
Texts informs(const Explanation& explained) {
  Texts out;
  for (const auto& entry : explained.informs) {
    for (const auto& sought : entry.sought) {
      out.push_back(entry.rule->str() + ": " + sought.place.given.str() + " " +
                    id_or_none(sought.unit) + " " +
                    std::to_string(static_cast<int>(sought.result)));
    }
  }
  return out;
}

TEST_CASE("who is informed is told with the rule and who is not with the reason") {
  Facts facts = child(Mode::kOffline);
  facts.incidents = areas({"33.74"});
  facts.suspects = areas({"33.74", "51.71", "51.71", "XX"});
  static_assert(static_cast<int>(InformResult::kInformed) == 0);
  static_assert(static_cast<int>(InformResult::kAlready) == 1);
  static_assert(static_cast<int>(InformResult::kHolds) == 2);
  static_assert(static_cast<int>(InformResult::kNotDomestic) == 4);
  CHECK(informs(national_table().explain(facts, kNow)) ==
        Texts{"I4: 33.74 polri.polres.33.74.ppa 2", "I4: 51.71 polri.polres.51.71.ppa 0",
              "I4: 51.71 polri.polres.51.71.ppa 1", "I4: XX - 4", "K1: 00 kpai 0"});
}

TEST_CASE("facts that no rule matches tell every rule that was passed over") {
  Release r = national_table().release();
  std::erase_if(r.rules, [](const Rule& rule) { return rule.id == RuleId("I4"); });
  const auto table = RoutingTable::build(std::move(r)).value();
  const Explanation explained = table->explain(child(Mode::kOffline), kNow);
  REQUIRE(explained.error.has_value());
  CHECK(explained.error->code == ErrorCode::kRoutingNoRule);
  REQUIRE(explained.needs.size() == 1);
  CHECK(explained.needs[0].rule == nullptr);
  CHECK(passed_over(explained.needs[0]) == Texts{"I1 victim_age", "I2 mode", "I3 mode"});
}

TEST_CASE("facts that cannot be read are explained by their error alone") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"99.99"});
  const Explanation explained = national_table().explain(facts, kNow);
  REQUIRE(explained.error.has_value());
  CHECK(explained.error->field == "victims");
  CHECK(explained.needs.empty());
}

}  // namespace
}  // namespace rujukan::routing
