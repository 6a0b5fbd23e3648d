#include "broker/routing/table.h"

#include <catch2/catch.hpp>

#include "tests/unit/routing/national.h"

namespace rujukan::routing {
namespace {

Area area(const char* code, const char* parent, Level level) {
  return {AreaCode(code), AreaCode(parent), level, code, {}, {}};
}

Unit unit(const char* id, const char* function, Level level, std::vector<AreaCode> where) {
  return {UnitId(id), AgencyId("agency"), FunctionId(function), level, std::move(where), {}, {}};
}

void end(Unit& ended, const char* at, const char* successor) {
  ended.validity.until = day(at);
  ended.successor = UnitId(successor);
}

// A nation, a province with two regencies, and "f" with a unit at each level.
Release base() {
  Release r;
  r.areas = {area("00", "", Level::kNational), area("11", "00", Level::kProvince),
             area("11.01", "11", Level::kRegency), area("11.02", "11", Level::kRegency)};
  r.units = {unit("nation", "f", Level::kNational, areas({"00"})),
             unit("province", "f", Level::kProvince, areas({"11"})),
             unit("regency", "f", Level::kRegency, areas({"11.01"}))};
  Rule rule;
  rule.id = RuleId("R1");
  rule.needs = {Need::kShelter};
  rule.function = FunctionId("f");
  rule.level = Level::kRegency;
  rule.anchors = {Anchor::kVictims};
  r.rules = {rule};
  return r;
}

Facts shelter(std::initializer_list<const char*> victims) {
  Facts facts;
  facts.victim_age = VictimAge::kAdult;
  facts.needs = {Need::kShelter};
  facts.victims = areas(victims);
  return facts;
}

Texts chain(const Release& release, const Facts& facts, const char* at = "2026-03-01") {
  auto table = RoutingTable::build(release);
  if (!table) FAIL(to_string(table.error()));
  const auto routed = (*table)->route(facts, day(at));
  if (!routed) FAIL(to_string(routed.error()));
  return texts(routed->assignments.at(0).chain);
}

TEST_CASE("a unit is found between its beginning and its end only") {
  Release r = base();
  r.units[2].validity = {day("2026-01-01"), day("2027-01-01")};
  const Texts without = {"province", "nation"};
  const Texts with = {"regency", "province", "nation"};
  CHECK(chain(r, shelter({"11.01"}), "2025-12-31T23:59:59.999999Z") == without);
  CHECK(chain(r, shelter({"11.01"}), "2026-01-01") == with);
  CHECK(chain(r, shelter({"11.01"}), "2026-12-31T23:59:59.999999Z") == with);
  CHECK(chain(r, shelter({"11.01"}), "2027-01-01") == without);
}

TEST_CASE("an ended unit is stood for by the successor at the end of its chain") {
  Release r = base();
  end(r.units[2], "2024-01-01", "second");
  r.units.push_back(unit("second", "f", Level::kRegency, areas({"11.02"})));
  end(r.units.back(), "2025-01-01", "third");
  r.units.push_back(unit("third", "f", Level::kRegency, areas({"11"})));
  CHECK(chain(r, shelter({"11.01"}), "2023-06-01").front() == "regency");
  CHECK(chain(r, shelter({"11.01"}), "2024-06-01").front() == "second");
  CHECK(chain(r, shelter({"11.01"}), "2025-06-01").front() == "third");
  CHECK(chain(r, shelter({"11.01", "11.02"}), "2024-06-01").front() == "second");
}

TEST_CASE("a successor of another level or function does not stand for an ended unit") {
  for (const bool other_level : {true, false}) {
    Release r = base();
    end(r.units[2], "2024-01-01", "other");
    r.units.push_back(other_level ? unit("other", "f", Level::kProvince, areas({"11.02"}))
                                  : unit("other", "g", Level::kRegency, areas({"11.01"})));
    CHECK(chain(r, shelter({"11.01"})) == Texts{"province", "nation"});
  }
}

TEST_CASE("a successor that has not begun does not stand for an ended unit") {
  Release r = base();
  end(r.units[2], "2024-01-01", "next");
  r.units.push_back(unit("next", "f", Level::kRegency, areas({"11.02"})));
  r.units.back().validity.from = day("2025-01-01");
  CHECK(chain(r, shelter({"11.01"}), "2024-06-01") == Texts{"province", "nation"});
  CHECK(chain(r, shelter({"11.01"}), "2025-06-01").front() == "next");
}

TEST_CASE("an active unit that lists the area goes before a successor") {
  Release r = base();
  end(r.units[2], "2024-01-01", "heir");
  r.units.push_back(unit("heir", "f", Level::kRegency, areas({"11.02"})));
  r.units.push_back(unit("fresh", "f", Level::kRegency, areas({"11.01"})));
  r.units.back().validity.from = day("2025-01-01");
  CHECK(chain(r, shelter({"11.01"}), "2024-06-01").front() == "heir");
  CHECK(chain(r, shelter({"11.01"}), "2025-06-01").front() == "fresh");
}

TEST_CASE("of two ended units of an area the successor of the later one stands in") {
  Release r = base();
  end(r.units[2], "2025-01-01", "late");
  r.units[2].validity.from = day("2024-01-01");
  r.units.push_back(unit("earlier", "f", Level::kRegency, areas({"11.01"})));
  end(r.units.back(), "2024-01-01", "early");
  r.units.push_back(unit("early", "f", Level::kRegency, areas({"11.02"})));
  r.units.push_back(unit("late", "f", Level::kRegency, areas({"11.02"})));
  CHECK(chain(r, shelter({"11.01"})).front() == "late");
  std::swap(r.units[2], r.units[3]);
  CHECK(chain(r, shelter({"11.01"})).front() == "late");
}

TEST_CASE("the nation as an anchor is national even if a narrower unit lists it") {
  Release r = base();
  r.units[1].areas = areas({"00"});
  r.rules[0].inform = {{FunctionId("f"), Level::kProvince, Anchor::kSuspects}};
  Facts facts = shelter({"00"});
  facts.suspects = areas({"00"});
  CHECK(chain(r, facts) == Texts{"nation"});
  const auto table = *RoutingTable::build(r);
  CHECK(table->route(facts, kNow)->informed.empty());
  facts.suspects = areas({"11.01"});
  CHECK(texts(table->route(facts, kNow)->informed) == Texts{"province"});
}

TEST_CASE("levels on which the anchors differ are left out of the chain") {
  Release r = base();
  r.areas.push_back(area("12", "00", Level::kProvince));
  r.areas.push_back(area("12.01", "12", Level::kRegency));
  r.units[2].areas = areas({"11.01", "12.01"});
  CHECK(chain(r, shelter({"11.01", "12.01"})) == Texts{"regency", "nation"});
}

TEST_CASE("without an active national unit there is no route") {
  Release r = base();
  r.units[0].validity.until = day("2026-01-01");
  const auto table = RoutingTable::build(r);
  REQUIRE(table.ok());
  CHECK((*table)->route(shelter({"11.01"}), day("2025-06-01")).ok());
  CHECK((*table)->route(shelter({"11.01"}), kNow).error().code == ErrorCode::kRoutingNoUnit);
}

TEST_CASE("a need that no rule matches has no route") {
  Facts facts = shelter({"11.01"});
  facts.needs = {Need::kTakedown, Need::kShelter};
  const auto table = RoutingTable::build(base());
  REQUIRE(table.ok());
  CHECK((*table)->route(facts, kNow).error() ==
        Error{ErrorCode::kRoutingNoRule, "needs", "takedown"});
}

TEST_CASE("facts whose every need is withheld are refused") {
  Release r = base();
  r.rules[0].withheld = true;
  const auto table = RoutingTable::build(r);
  REQUIRE(table.ok());
  CHECK((*table)->route(shelter({"11.01"}), kNow).error() ==
        Error{ErrorCode::kFactsInvalid, "needs", "every need is withheld"});
}

TEST_CASE("the first rule whose conditions hold decides") {
  Release r = base();
  Rule special = r.rules[0];
  special.id = RuleId("R0");
  special.when = {{Mode::kOnline},    {VictimAge::kAdult}, {Consent::kGiven},
                  {Urgency::kUrgent}, {Category::kCsam},   true};
  r.rules.insert(r.rules.begin(), special);
  const auto table = RoutingTable::build(r);
  REQUIRE(table.ok());
  Facts match = shelter({"11.01"});
  match.mode = Mode::kOnline;
  match.consent = Consent::kGiven;
  match.urgency = Urgency::kUrgent;
  match.categories = {Category::kNeglect, Category::kCsam};
  match.suspects = areas({"11", "XX"});
  const auto rule = [&](const Facts& facts) {
    return (*table)->route(facts, kNow)->assignments.at(0).rule.str();
  };
  CHECK(rule(match) == "R0");
  Facts other = match;
  other.mode = Mode::kMixed;
  CHECK(rule(other) == "R1");
  other = match;
  other.victim_age = VictimAge::kChild;
  CHECK(rule(other) == "R1");
  other = match;
  other.consent = Consent::kPending;
  CHECK(rule(other) == "R1");
  other = match;
  other.urgency = Urgency::kImmediate;
  CHECK(rule(other) == "R1");
  other = match;
  other.categories = {Category::kNeglect};
  CHECK(rule(other) == "R1");
  other = match;
  other.suspects = areas({"11"});
  CHECK(rule(other) == "R1");
}

TEST_CASE("the informed are listed in the order of the rules and not of the needs") {
  Release r = base();
  r.units.push_back(unit("g", "g", Level::kNational, areas({"00"})));
  r.units.push_back(unit("h", "h", Level::kNational, areas({"00"})));
  Rule first = r.rules[0];
  first.needs = {Need::kWitnessProtection};
  first.inform = {{FunctionId("g"), Level::kNational, std::nullopt}};
  r.rules[0].inform = {{FunctionId("h"), Level::kNational, std::nullopt},
                       {FunctionId("g"), Level::kNational, std::nullopt}};
  r.rules.insert(r.rules.begin(), first);
  Facts facts = shelter({"11.01"});
  facts.needs.push_back(Need::kWitnessProtection);
  const auto table = RoutingTable::build(r);
  CHECK(texts((*table)->route(facts, kNow)->informed) == Texts{"g", "h"});
}

// Building.

std::string refused_field(const Release& release) {
  const auto table = RoutingTable::build(release);
  if (table) return "accepted";
  return std::string(name_of(table.error().code)) + " " + table.error().field;
}

TEST_CASE("a release whose references lead nowhere is not a table") {
  Release r = base();
  r.areas[2].parent = AreaCode("13");
  CHECK(refused_field(r) == "release.invalid areas.parent");
  r = base();
  r.areas[3].succeeded_by = AreaCode("13");
  CHECK(refused_field(r) == "release.invalid areas.succeeded_by");
  r = base();
  r.areas.erase(r.areas.begin());
  CHECK(refused_field(r).starts_with("release.invalid areas"));
  r = base();
  r.units[2].areas.emplace_back("13");
  CHECK(refused_field(r) == "release.invalid units.areas");
  r = base();
  r.units[2].areas.emplace_back("XX");
  CHECK(refused_field(r) == "release.invalid units.areas");
  r = base();
  end(r.units[2], "2024-01-01", "none");
  CHECK(refused_field(r) == "release.invalid units.successor");
  r = base();
  r.rules[0].function = FunctionId("none");
  CHECK(refused_field(r) == "release.invalid rules.function");
  r = base();
  r.rules[0].inform = {{FunctionId("none"), Level::kNational, std::nullopt}};
  CHECK(refused_field(r) == "release.invalid rules.inform");
  r = base();
  r.rules[0].inform = {{FunctionId("f"), Level::kRegency, std::nullopt}};
  CHECK(refused_field(r) == "release.invalid rules.inform");
  r = base();
  r.keys.push_back({UnitId("none"), "k", KeyPurpose::kSign, {}, {}, {}});
  CHECK(refused_field(r) == "release.invalid keys.unit");
  r = base();
  r.stations.push_back({StationId("s"), {}, {UnitId("none")}});
  CHECK(refused_field(r) == "release.invalid stations.units");
}

TEST_CASE("a release with an id twice is not a table") {
  Release r = base();
  r.areas.push_back(r.areas[1]);
  CHECK(refused_field(r) == "release.invalid areas.code");
  r = base();
  r.units.push_back(r.units[1]);
  CHECK(refused_field(r) == "release.invalid units.id");
  r = base();
  r.permissions = {{AgencyId("a"), {}, {}, true}, {AgencyId("a"), {}, {}, true}};
  CHECK(refused_field(r) == "release.invalid permissions.agency");
  r = base();
  r.stations = {{StationId("s"), {}, {}}, {StationId("s"), {}, {}}};
  CHECK(refused_field(r) == "release.invalid stations.id");
  r = base();
  r.keys.assign(2, {UnitId("nation"), "k", KeyPurpose::kSign, {}, {}, {}});
  CHECK(refused_field(r) == "release.invalid keys.key_id");
}

TEST_CASE("a release with a cycle is not a table") {
  Release r = base();
  r.areas[2].succeeded_by = AreaCode("11.02");
  r.areas[3].succeeded_by = AreaCode("11.01");
  CHECK(refused_field(r) == "release.invalid areas");
  r = base();
  r.areas[1].parent = AreaCode("11.01");
  CHECK(refused_field(r) == "release.invalid areas");
  r = base();
  end(r.units[2], "2024-01-01", "regency");
  CHECK(refused_field(r) == "release.invalid units.successor");
}

// Registry and permissions.

UnitKey seal_key(const char* id, std::optional<TimeUs> from, std::optional<TimeUs> until = {}) {
  return {UnitId("nation"), id, KeyPurpose::kSeal, {}, {from, until}, std::nullopt};
}

TEST_CASE("a key is found for its unit and purpose while in force and not compromised") {
  Release r = base();
  UnitKey sign{UnitId("nation"), "k", KeyPurpose::kSign, {}, {day("2026-01-01"), day("2027-01-01")},
               day("2026-06-01")};
  r.keys = {sign};
  const auto table = *RoutingTable::build(r);
  const auto found = [&](const char* id, const char* key_id, KeyPurpose purpose, const char* at) {
    return table->key(UnitId(id), key_id, purpose, day(at)) != nullptr;
  };
  CHECK(found("nation", "k", KeyPurpose::kSign, "2026-01-01"));
  CHECK(found("nation", "k", KeyPurpose::kSign, "2026-05-31"));
  CHECK_FALSE(found("nation", "k", KeyPurpose::kSign, "2025-12-31"));
  CHECK_FALSE(found("nation", "k", KeyPurpose::kSign, "2026-06-01"));
  CHECK_FALSE(found("nation", "k", KeyPurpose::kSeal, "2026-02-01"));
  CHECK_FALSE(found("nation", "j", KeyPurpose::kSign, "2026-02-01"));
  CHECK_FALSE(found("province", "k", KeyPurpose::kSign, "2026-02-01"));
}

TEST_CASE("the sealing key is the one in force that became valid last") {
  Release r = base();
  r.keys = {seal_key("a", std::nullopt), seal_key("b", day("2026-01-01")),
            seal_key("c", day("2025-01-01")), seal_key("d", day("2026-02-01"), day("2026-02-15"))};
  const auto table = *RoutingTable::build(r);
  const auto id = [&](const char* at) {
    return table->sealing_key(UnitId("nation"), day(at))->key_id;
  };
  CHECK(id("2024-01-01") == "a");
  CHECK(id("2025-06-01") == "c");
  CHECK(id("2026-01-15") == "b");
  CHECK(id("2026-02-10") == "d");
  CHECK(id("2026-02-15") == "b");
  CHECK(table->sealing_key(UnitId("province"), kNow) == nullptr);
}

TEST_CASE("a station serves the units that it lists") {
  Release r = base();
  r.stations = {{StationId("s"), {}, {UnitId("regency"), UnitId("nation")}}};
  const auto table = *RoutingTable::build(r);
  CHECK(table->station(StationId("s")) != nullptr);
  CHECK(table->station(StationId("t")) == nullptr);
  CHECK(table->station_serves(StationId("s"), UnitId("nation")));
  CHECK(table->station_serves(StationId("s"), UnitId("regency")));
  CHECK_FALSE(table->station_serves(StationId("s"), UnitId("province")));
  CHECK_FALSE(table->station_serves(StationId("t"), UnitId("nation")));
}

TEST_CASE("an agency opens what its permission names") {
  Release r = base();
  r.permissions = {{AgencyId("a"), {Category::kCsam, Category::kGrooming}, {Need::kShelter}, true},
                   {AgencyId("b"), {}, {Need::kShelter}, true}};
  const auto table = *RoutingTable::build(r);
  Facts facts = shelter({});
  CHECK(table->may_open(AgencyId("a"), facts).ok());
  facts.categories = {Category::kGrooming, Category::kCsam};
  CHECK(table->may_open(AgencyId("a"), facts).ok());
  facts.categories.push_back(Category::kNeglect);
  CHECK(table->may_open(AgencyId("a"), facts).error() ==
        Error{ErrorCode::kPermissionDenied, "categories", "neglect"});
  facts = shelter({});
  facts.needs.push_back(Need::kMedical);
  CHECK(table->may_open(AgencyId("a"), facts).error() ==
        Error{ErrorCode::kPermissionDenied, "needs", "medical"});
  CHECK(table->may_open(AgencyId("b"), shelter({})).error().field == "origin");
  CHECK(table->may_open(AgencyId("c"), shelter({})).error().field == "origin");
}

TEST_CASE("ids that the release does not hold are not found") {
  CHECK(national_table().unit(UnitId("none")) == nullptr);
  CHECK(national_table().area(AreaCode("99")) == nullptr);
  CHECK(national_table().area(AreaCode("XX")) != nullptr);
  CHECK(national_table().area(AreaCode("31.71"))->name == "Kota Administrasi Jakarta Pusat");
  CHECK(national_table().covering_unit(FunctionId("none"), Level::kNational, AreaCode("00"),
                                       kNow) == nullptr);
}

}  // namespace
}  // namespace rujukan::routing
