// The table against a slow, literal second implementation of the domain's resolution, and its
// guarantees over every combination of what rules can tell apart.
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "broker/routing/explain.h"
#include "tests/unit/routing/national.h"

namespace rujukan::routing {
namespace {

// ---- The second implementation: strings and linear searches only.

std::string resolved(const Release& r, std::string code) {
  for (const Area& a : r.areas) {
    if (a.code.str() == code && !a.succeeded_by.empty()) return resolved(r, a.succeeded_by.str());
  }
  return code;
}

bool lies_in(const std::string& area, const std::string& listed) {
  return listed == "00" || listed == area || area.starts_with(listed + ".");
}

std::string slow_unit(const Release& r, const std::string& function, Level level,
                      const std::string& area) {
  std::string best;
  std::size_t best_size = 0;
  for (const Unit& u : r.units) {
    if (u.function.str() != function || u.level != level) continue;
    for (const AreaCode& listed : u.areas) {
      const std::size_t size = listed.str() == "00" ? 1 : listed.str().size();
      if (lies_in(area, listed.str()) && size > best_size) {
        best = u.id.str();
        best_size = size;
      }
    }
  }
  return best;
}

// "" where the anchors differ or one gives none.
std::string slow_agreed(const Release& r, const std::string& function, Level level,
                        const Texts& anchors) {
  std::string unit = slow_unit(r, function, level, anchors.at(0));
  for (const std::string& anchor : anchors) {
    if (slow_unit(r, function, level, anchor) != unit) return "";
  }
  return unit;
}

Texts slow_chain(const Release& r, const Rule& rule, const Facts& facts) {
  Texts anchors;
  for (const Anchor anchor : rule.anchors) {
    const auto& list = anchor == Anchor::kVictims    ? facts.victims
                       : anchor == Anchor::kSuspects ? facts.suspects
                                                     : facts.incidents;
    if (!list.empty() && anchors.empty()) {
      for (const AreaCode& code : list) anchors.push_back(resolved(r, code.str()));
    }
  }
  bool national = anchors.empty() || rule.level == Level::kNational;
  for (const std::string& code : anchors) national = national || code == "00" || code == "XX";
  Texts chain;
  const auto add = [&](const std::string& unit) {
    if (!unit.empty() && (chain.empty() || chain.back() != unit)) chain.push_back(unit);
  };
  if (!national && rule.level == Level::kRegency) {
    add(slow_agreed(r, rule.function.str(), Level::kRegency, anchors));
  }
  if (!national) add(slow_agreed(r, rule.function.str(), Level::kProvince, anchors));
  add(slow_unit(r, rule.function.str(), Level::kNational, "00"));
  return chain;
}

bool has_abroad(const Facts& facts) {
  return std::find(facts.suspects.begin(), facts.suspects.end(), AreaCode("XX")) !=
         facts.suspects.end();
}

// The rules of the domain document, literally; "" for a need that is withheld.
std::string slow_rule(Need need, const Facts& facts) {
  const bool withheld =
      facts.victim_age == VictimAge::kAdult && facts.consent == Consent::kWithheldPolice;
  const bool online = facts.mode != Mode::kOffline;
  switch (need) {
    case Need::kInvestigation:
      if (withheld) return "";
      if (online) return has_abroad(facts) ? "I2" : "I3";
      return "I4";
    case Need::kProtection:
    case Need::kPsychological:
    case Need::kShelter:
    case Need::kLegalAid:
      return "P1";
    case Need::kMedical:
      return withheld ? "M1" : "M2";
    case Need::kRehabilitation:
      return "R1";
    case Need::kTakedown:
      return "T1";
    case Need::kProsecution:
      return "C1";
    case Need::kWitnessProtection:
      return "W1";
  }
  throw std::logic_error("unreachable");
}

std::set<Need> slow_needs(const Facts& facts) {
  std::set<Need> needs(facts.needs.begin(), facts.needs.end());
  if (facts.victim_age != VictimAge::kAdult) {
    needs.insert({Need::kInvestigation, Need::kProtection});
  } else if (facts.consent == Consent::kWithheldPolice) {
    needs.insert(Need::kProtection);
  }
  return needs;
}

const Rule& rule_by_id(const Release& r, const std::string& id) {
  for (const Rule& rule : r.rules) {
    if (rule.id.str() == id) return rule;
  }
  throw std::logic_error("no rule " + id);
}

// The informed as the rules' table states them, in its order.
Texts slow_informed(const Release& r, const Facts& facts, const Texts& holders) {
  Texts out;
  const auto add = [&](const std::string& unit) {
    if (unit.empty() || std::count(holders.begin(), holders.end(), unit) != 0) return;
    if (std::count(out.begin(), out.end(), unit) == 0) out.push_back(unit);
  };
  const auto each = [&](const std::vector<AreaCode>& list, const char* function, Level level) {
    for (const AreaCode& code : list) {
      const std::string area = resolved(r, code.str());
      if (area != "00" && area != "XX") add(slow_unit(r, function, level, area));
    }
  };
  if (slow_needs(facts).contains(Need::kInvestigation)) {
    const std::string rule = slow_rule(Need::kInvestigation, facts);
    if (rule == "I2") each(facts.victims, "investigation.cyber", Level::kProvince);
    if (rule == "I3") {
      each(facts.suspects, "investigation.cyber", Level::kProvince);
      each(facts.victims, "investigation.ppa", Level::kRegency);
    }
    if (rule == "I4") each(facts.suspects, "investigation.ppa", Level::kRegency);
  }
  if (facts.victim_age != VictimAge::kAdult) add("kpai");
  return out;
}

// What is explained is what was answered.
void check_explanation(const Facts& facts, const Result<Route>& routed) {
  const Explanation explained = national_table().explain(facts, kNow);
  REQUIRE(explained.error.has_value() != routed.ok());
  if (!routed) {
    REQUIRE(*explained.error == routed.error());
    return;
  }
  std::size_t assigned = 0;
  for (const Explanation::NeedDecided& decided : explained.needs) {
    if (decided.rule->withheld) continue;
    Texts chain;
    for (const auto& tried : decided.levels) {
      if (tried.taken != nullptr) chain.push_back(tried.taken->id.str());
    }
    REQUIRE(assigned < routed->assignments.size());
    REQUIRE(chain == texts(routed->assignments[assigned].chain));
    ++assigned;
  }
  REQUIRE(assigned == routed->assignments.size());
  REQUIRE(explained.needs.size() == assigned + routed->withheld.size());
  Texts informed;
  for (const auto& entry : explained.informs) {
    for (const auto& sought : entry.sought) {
      if (sought.result == InformResult::kInformed) informed.push_back(sought.unit->id.str());
    }
  }
  REQUIRE(informed == texts(routed->informed));
}

void check_against_reference(const Facts& facts) {
  const Release& r = national_table().release();
  const auto routed = national_table().route(facts, kNow);
  Texts holders;
  std::vector<Need> assigned;
  std::vector<Need> withheld;
  for (const Need need : slow_needs(facts)) {
    const std::string id = slow_rule(need, facts);
    if (id.empty()) {
      withheld.push_back(need);
      continue;
    }
    const Texts chain = slow_chain(r, rule_by_id(r, id), facts);
    REQUIRE(routed.ok());
    REQUIRE(assigned.size() < routed->assignments.size());
    const RoutedAssignment& actual = routed->assignments[assigned.size()];
    REQUIRE(actual.need == need);
    REQUIRE(actual.rule.str() == id);
    REQUIRE(texts(actual.chain) == chain);
    assigned.push_back(need);
    holders.push_back(chain.front());
  }
  REQUIRE(routed.ok() == !assigned.empty());
  check_explanation(facts, routed);
  if (!routed) return;
  REQUIRE(routed->assignments.size() == assigned.size());
  REQUIRE(routed->withheld == withheld);
  REQUIRE(routed->lead == assigned.front());
  REQUIRE(texts(routed->informed) == slow_informed(r, facts, holders));
}

// ---- The guarantees of the domain document, on a route.

AgencyId agency_of(const UnitId& id) { return national_table().unit(id)->agency; }

void check_guarantees(const Facts& facts, const Route& route) {
  const AgencyId police("police");
  const bool adult = facts.victim_age == VictimAge::kAdult;
  if (adult && facts.consent == Consent::kWithheldPolice) {
    for (const UnitId& unit : route.recipients()) REQUIRE(agency_of(unit) != police);
    for (const UnitId& unit : route.informed) REQUIRE(agency_of(unit) != police);
  }
  for (const UnitId& unit : route.recipients()) REQUIRE(agency_of(unit) != AgencyId("kpai"));
  if (facts.mode == Mode::kOnline && !adult) REQUIRE(agency_of(route.owner()) == police);
  for (const RoutedAssignment& a : route.assignments) {
    REQUIRE(national_table().unit(a.chain.back())->level == Level::kNational);
  }
}

const std::vector<std::vector<AreaCode>>& area_lists() {
  static const std::vector<std::vector<AreaCode>> lists = {
      areas({}), areas({"32.04"}), areas({"32.76", "32.76"}), areas({"32.76", "32.73"}),
      areas({"XX"})};
  return lists;
}

TEST_CASE("the guarantees hold for every mode and age and consent and need and kind of areas") {
  std::size_t routes = 0;
  for (const auto& mode : code_names<Mode>()) {
    for (const auto& age : code_names<VictimAge>()) {
      for (const auto& consent : code_names<Consent>()) {
        for (const auto& need : code_names<Need>()) {
          for (const auto& victims : area_lists()) {
            for (const auto& suspects : area_lists()) {
              Facts facts;
              facts.mode = mode.value;
              facts.victim_age = age.value;
              facts.consent = consent.value;
              facts.needs = {need.value};
              facts.victims = victims;
              facts.suspects = suspects;
              facts.incidents = victims;
              check_against_reference(facts);
              const auto routed = national_table().route(facts, kNow);
              REQUIRE(routed.ok());
              check_guarantees(facts, *routed);
              ++routes;
            }
          }
        }
      }
    }
  }
  CHECK(routes == 3 * 3 * 4 * 10 * 5 * 5);
}

// A code of the release, often near another one, so that anchors agree at times.
AreaCode draw_area(std::mt19937_64& random) {
  const auto& all = national_table().release().areas;
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  if (pick(4) != 0) return all[pick(all.size())].code;
  static const std::vector<AreaCode> near =
      areas({"32.04", "32.73", "32.76", "32", "31.71", "36.71", "91.01", "93.01", "00", "XX"});
  return near[pick(near.size())];
}

Facts draw_facts(std::mt19937_64& random) {
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto list = [&] {
    std::vector<AreaCode> out;
    const AreaCode first = draw_area(random);
    for (std::size_t n = pick(4); n > 0; --n) {
      // Half of them in the first one's province.
      const auto& all = national_table().release().areas;
      AreaCode code = draw_area(random);
      for (std::size_t tries = pick(2) * 200; tries > 0; --tries) {
        if (code.str().substr(0, 2) == first.str().substr(0, 2)) break;
        code = all[pick(all.size())].code;
      }
      out.push_back(code);
    }
    return out;
  };
  Facts facts;
  facts.mode = code_names<Mode>()[pick(3)].value;
  facts.victim_age = code_names<VictimAge>()[pick(3)].value;
  facts.consent = code_names<Consent>()[pick(4)].value;
  facts.urgency = code_names<Urgency>()[pick(3)].value;
  facts.victims = list();
  facts.suspects = list();
  facts.incidents = list();
  for (std::size_t n = pick(4); n > 0; --n) {
    facts.needs.push_back(code_names<Need>()[pick(10)].value);
  }
  return facts;
}

TEST_CASE("the table answers like the second implementation on drawn facts") {
  std::mt19937_64 random(20260301);
  for (int i = 0; i < 4000; ++i) {
    INFO("draw " << i);
    const Facts facts = draw_facts(random);
    check_against_reference(facts);
    if (const auto routed = national_table().route(facts, kNow)) check_guarantees(facts, *routed);
  }
}

}  // namespace
}  // namespace rujukan::routing
