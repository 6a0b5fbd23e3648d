// The check against a literal brute force: drawn small tables, every drawn-from facts routed.
#include <random>
#include <set>

#include "broker/routing/coverage.h"
#include "tests/unit/routing/checked.h"

namespace rujukan::routing {
namespace {

const std::vector<Need> kNeeds = {Need::kInvestigation, Need::kProtection, Need::kMedical};
const std::vector<const char*> kAreas = {"11", "11.01", "11.02", "12"};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  Condition condition() {
    Condition when;
    if (one_in(3)) when.consent = {one_in(2) ? Consent::kWithheldPolice : Consent::kGiven};
    if (one_in(4)) when.any_category = {Category::kCsam};
    if (one_in(4)) when.suspect_abroad = one_in(2);
    return when;
  }
  std::vector<Need> needs() {
    std::vector<Need> out;
    for (const Need need : kNeeds) {
      if (one_in(2)) out.push_back(need);
    }
    if (out.empty()) out.push_back(kNeeds[below(3)]);
    return out;
  }
  FunctionId function() { return FunctionId(one_in(2) ? "f" : "g"); }
  AgencyId agency() {
    constexpr const char* kAgencies[] = {"a", "a", "b", "c"};
    return AgencyId(kAgencies[below(4)]);
  }
  Rule rule(std::size_t number) {
    Rule rule;
    rule.id = RuleId("R" + std::to_string(number));
    rule.needs = needs();
    rule.when = condition();
    if (one_in(5)) {
      rule.withheld = true;
      return rule;
    }
    rule.function = function();
    rule.level = code_names<Level>()[below(3)].value;
    static const std::vector<std::vector<Anchor>> kAnchors = {
        {Anchor::kVictims}, {Anchor::kVictims, Anchor::kSuspects}, {Anchor::kSuspects}};
    if (rule.level != Level::kNational) rule.anchors = kAnchors[below(3)];
    if (one_in(3)) {
      rule.inform = {{function(), one_in(2) ? Level::kProvince : Level::kRegency,
                      one_in(2) ? Anchor::kVictims : Anchor::kSuspects}};
    }
    return rule;
  }
  Unit unit(std::size_t number) {
    Unit unit;
    unit.id = UnitId("u" + std::to_string(number));
    unit.agency = agency();
    unit.function = function();
    unit.level = one_in(2) ? Level::kProvince : Level::kRegency;
    for (const char* area : kAreas) {
      const bool province = std::string_view(area).size() == 2;
      if (province == (unit.level == Level::kProvince) && one_in(2)) unit.areas.emplace_back(area);
    }
    if (one_in(4)) unit.validity.from = day("2026-06-01");
    return unit;
  }
  Guarantee guarantee(std::size_t number) {
    Guarantee g;
    g.id = RuleId("G" + std::to_string(number));
    g.when = condition();
    const std::size_t promise = below(5);
    if (promise == 0) g.owner_agency = {AgencyId("a"), agency()};
    if (promise == 1) g.unassigned_agency = {agency()};
    if (promise == 2) g.excluded_agency = {agency()};
    if (promise == 3)
      g.owner_level = {Level::kNational, one_in(2) ? Level::kProvince : Level::kRegency};
    if (promise == 4) g.terminal_level = {one_in(4) ? Level::kProvince : Level::kNational};
    return g;
  }

 private:
  std::mt19937_64 random_;
};

void add_national(Draw& draw, Release& release) {
  for (const char* function : {"f", "g"}) {
    Unit unit;
    unit.id = UnitId(std::string("n") + function);
    unit.agency = AgencyId(draw.one_in(8) ? "c" : draw.one_in(3) ? "b" : "a");
    unit.function = FunctionId(function);
    unit.areas = {AreaCode("00")};
    if (draw.one_in(10)) unit.validity.from = day("2026-06-01");
    release.units.push_back(unit);
  }
}

Release draw_release(std::uint64_t seed) {
  Draw draw(seed);
  Release release = compile(total(), {}).release;
  release.rules.clear();
  release.units.clear();
  release.permissions.clear();
  for (const char* agency : {"a", "b", "c"}) {
    release.permissions.push_back({AgencyId(agency), {Category::kCsam}, kNeeds, agency[0] != 'c'});
  }
  for (Area& area : release.areas) {
    area.validity = {};
    area.succeeded_by = {};
  }
  Area twelve = release.areas[1];
  REQUIRE(twelve.code == AreaCode("11"));
  twelve.code = AreaCode("12");
  release.areas.push_back(twelve);
  add_national(draw, release);
  for (std::size_t i = 0; i < 4; ++i) {
    Unit unit = draw.unit(i);
    if (!unit.areas.empty()) release.units.push_back(std::move(unit));
  }
  for (std::size_t i = draw.below(3); i > 0; --i) {
    release.implied.push_back({draw.condition(), {kNeeds[draw.below(3)]}});
  }
  for (std::size_t i = 1 + draw.below(5); i > 0; --i) release.rules.push_back(draw.rule(i));
  Rule rest;
  rest.id = RuleId("Z");
  rest.needs = needs_of(~to_need_set(kNeeds));
  if (!draw.one_in(4)) rest.needs = needs_of(~NeedSet());
  rest.function = FunctionId("f");
  release.rules.push_back(rest);
  for (std::size_t i = 0; i < 4; ++i) release.guarantees.push_back(draw.guarantee(i));
  return release;
}

bool among(const std::vector<AgencyId>& agencies, const Unit& unit) {
  return std::find(agencies.begin(), agencies.end(), unit.agency) != agencies.end();
}
bool among(const std::vector<Level>& levels, const Unit& unit) {
  return levels.empty() || std::find(levels.begin(), levels.end(), unit.level) != levels.end();
}

// Whether the route keeps what the guarantee promises.
bool kept(const Guarantee& g, const RoutingTable& table, const Route& route) {
  const auto unit = [&table](const UnitId& id) -> const Unit& { return *table.unit(id); };
  bool good = among(g.owner_level, unit(route.owner()));
  for (const UnitId& id : route.assignments.front().chain) {
    good = good && (g.owner_agency.empty() || among(g.owner_agency, unit(id)));
  }
  for (const UnitId& id : route.recipients()) {
    good = good && !among(g.unassigned_agency, unit(id)) && !among(g.excluded_agency, unit(id));
  }
  for (const UnitId& id : route.informed) good = good && !among(g.excluded_agency, unit(id));
  for (const RoutedAssignment& a : route.assignments) {
    good = good && among(g.terminal_level, unit(a.chain.back()));
  }
  return good;
}

// What some facts show. Ids of guarantees that break and of rules that decide.
struct Shown {
  std::set<std::string> faults;
  std::set<std::string> broken;
  std::set<std::string> deciding;

  void add(const RoutingTable& table, const Facts& facts, TimeUs at) {
    const auto route = table.route(facts, at);
    if (!route) {
      const bool withheld = route.error().detail == "every need is withheld";
      if (withheld) faults.insert("table.no_owner");
      if (route.error().code == ErrorCode::kRoutingNoRule) faults.insert("table.no_rule");
      if (route.error().code == ErrorCode::kRoutingNoUnit) faults.insert("table.no_terminal");
      return;
    }
    for (const RuleId& id : route->withheld_rules) deciding.insert(id.str());
    for (const RoutedAssignment& a : route->assignments) {
      deciding.insert(a.rule.str());
      for (const UnitId& id : a.chain) {
        if (table.unit(id)->agency == AgencyId("c")) faults.insert("table.oversight_owns");
      }
    }
    for (const Guarantee& g : table.release().guarantees) {
      CaseTraits traits{facts.mode, facts.victim_age, facts.consent, facts.urgency, false, 0};
      for (const AreaCode& code : facts.suspects) {
        traits.suspect_abroad = traits.suspect_abroad || code == AreaCode("XX");
      }
      for (const Category c : facts.categories) traits.categories |= 1U << static_cast<unsigned>(c);
      if (holds(g.when, traits) && !kept(g, table, *route)) broken.insert(g.id.str());
    }
  }
};

std::vector<std::pair<std::vector<AreaCode>, std::vector<AreaCode>>> victims_and_suspects() {
  std::vector<std::pair<std::vector<AreaCode>, std::vector<AreaCode>>> out = {
      {{}, {}}, {areas({"11.01", "11.02"}), {}}, {{}, areas({"11.01", "11.02"})}};
  for (const char* area : kAreas) {
    out.push_back({areas({area}), {}});
    out.push_back({{}, areas({area})});
  }
  return out;
}

Shown brute_force(const RoutingTable& table) {
  Shown shown;
  // And one need that only the last rule knows: with it, facts whose other needs are withheld have
  // an owner.
  std::vector<Need> all = kNeeds;
  all.push_back(Need::kTakedown);
  for (unsigned needs = 0; needs < 16; ++needs) {
    for (const auto& [victims, suspects] : victims_and_suspects()) {
      for (unsigned bits = 0; bits < 8; ++bits) {
        Facts facts;
        for (unsigned n = 0; n < all.size(); ++n) {
          if ((needs >> n & 1U) != 0) facts.needs.push_back(all[n]);
        }
        facts.consent = (bits & 1U) != 0 ? Consent::kWithheldPolice : Consent::kGiven;
        if ((bits & 2U) != 0) facts.categories = {Category::kCsam};
        facts.victims = victims;
        facts.suspects = suspects;
        if ((bits & 4U) != 0) facts.suspects.emplace_back("XX");
        for (const char* at : {"2026-05-01", "2026-07-01"}) shown.add(table, facts, day(at));
      }
    }
  }
  return shown;
}

Shown checked(const CheckReport& report, const Release& release) {
  Shown shown;
  for (const Rule& rule : release.rules) shown.deciding.insert(rule.id.str());
  for (const Finding& finding : report.findings) {
    const std::string code(name_of(finding.error.code));
    const std::string id = finding.error.field.substr(finding.error.field.rfind(' ') + 1);
    if (finding.severity == Severity::kWarning) continue;
    if (code == "table.guarantee") {
      shown.broken.insert(id);
    } else if (code == "table.unreachable_rule") {
      shown.deciding.erase(id);
    } else {
      shown.faults.insert(code);
    }
  }
  return shown;
}

// Each example of an error, routed, shows the error.
void check_examples(const CheckReport& report, const RoutingTable& table) {
  for (const Finding& finding : report.findings) {
    if (finding.severity == Severity::kWarning) continue;
    INFO(finding.to_string());
    REQUIRE(finding.example.has_value());
    Shown shown;
    shown.add(table, finding.example->facts, finding.example->at);
    const std::string code(name_of(finding.error.code));
    if (code == "table.guarantee") {
      CHECK(shown.broken.contains(finding.error.field.substr(10)));
    } else if (code == "table.unreachable_rule") {
      CHECK_FALSE(shown.deciding.contains(finding.error.field.substr(5)));
    } else {
      CHECK(shown.faults.contains(code));
    }
  }
}

TEST_CASE("the check says of drawn tables what a brute force over facts says") {
  std::size_t compared = 0;
  std::size_t refused = 0;
  std::size_t whole = 0;
  std::size_t guarantees_broken = 0;
  for (std::uint64_t seed = 1; seed <= 240; ++seed) {
    const Release release = draw_release(seed);
    if (!double_coverage(release.units).empty()) continue;
    INFO("seed " << seed);
    const auto table = RoutingTable::build(release);
    REQUIRE(table.ok());
    const CheckReport report = check(release);
    const Shown expected = brute_force(**table);
    const Shown actual = checked(report, release);
    CHECK(actual.faults.contains("table.no_rule") == expected.faults.contains("table.no_rule"));
    ++compared;
    if (report.errors() != 0) ++refused;
    // Facts that cannot be routed hide what else they would show.
    if (expected.faults.contains("table.no_rule")) continue;
    CHECK(actual.faults.contains("table.no_owner") == expected.faults.contains("table.no_owner"));
    CHECK(actual.faults.contains("table.no_terminal") ==
          expected.faults.contains("table.no_terminal"));
    if (expected.faults.contains("table.no_terminal")) continue;
    CHECK(actual.faults == expected.faults);
    CHECK(actual.broken == expected.broken);
    CHECK(actual.deciding == expected.deciding);
    check_examples(report, **table);
    ++whole;
    guarantees_broken += expected.broken.size();
  }
  CHECK(compared > 120);
  CHECK(whole > 60);
  CHECK(guarantees_broken > 30);
  CHECK(refused < compared);
}

}  // namespace
}  // namespace rujukan::routing
