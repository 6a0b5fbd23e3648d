#include <catch2/catch.hpp>

#include "tests/unit/routing/national.h"
#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {
namespace {

Facts child(Mode mode) {
  Facts facts;
  facts.mode = mode;
  facts.victim_age = VictimAge::kChild;
  facts.consent = Consent::kNotRequired;
  return facts;
}

Facts adult(std::vector<Need> needs) {
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.victim_age = VictimAge::kAdult;
  facts.consent = Consent::kGiven;
  facts.needs = std::move(needs);
  return facts;
}

Route route(const Facts& facts) {
  auto routed = national_table().route(facts, kNow);
  if (!routed) FAIL(to_string(routed.error()));
  return *routed;
}

const RoutedAssignment& assignment(const Route& route, Need need) {
  for (const RoutedAssignment& a : route.assignments) {
    if (a.need == need) return a;
  }
  FAIL("no assignment for " << name_of(need));
  throw std::logic_error("unreachable");
}

Texts chain(const Route& route, Need need) { return texts(assignment(route, need).chain); }
Texts chain(const Facts& facts, Need need) { return chain(route(facts), need); }

TEST_CASE("sample 1: an online case of a child belongs to the cyber unit of the victim's area") {
  Facts facts = child(Mode::kOnline);
  facts.categories = {Category::kSexualExtortion};
  facts.urgency = Urgency::kUrgent;
  facts.victims = areas({"31.71"});
  facts.suspects = areas({"18.71"});
  const Route r = route(facts);
  CHECK(r.lead == Need::kInvestigation);
  CHECK(r.owner().str() == "polri.polda.metro-jaya.siber");
  CHECK(r.assignments.size() == 2);
  CHECK(chain(r, Need::kInvestigation) ==
        Texts{"polri.polda.metro-jaya.siber", "polri.bareskrim.siber"});
  CHECK(chain(r, Need::kProtection) == Texts{"uptd-ppa.31", "kemenpppa.sapa"});
  CHECK(texts(r.informed) == Texts{"polri.polda.lampung.siber", "polri.polres.31.71.ppa", "kpai"});
  CHECK(r.accept_within_s == 6 * 3600);
  CHECK(texts(r.recipients()) == Texts{"polri.polda.metro-jaya.siber", "polri.bareskrim.siber",
                                       "uptd-ppa.31", "kemenpppa.sapa"});
}

TEST_CASE("sample 2: victims in two provinces rise to the nation") {
  Facts facts = child(Mode::kOnline);
  facts.categories = {Category::kGrooming};
  facts.victims = areas({"32.73", "35.78"});
  const Route r = route(facts);
  CHECK(chain(r, Need::kInvestigation) == Texts{"polri.bareskrim.siber"});
  CHECK(chain(r, Need::kProtection) == Texts{"kemenpppa.sapa"});
  CHECK(texts(r.informed) == Texts{"polri.polres.32.73.ppa", "polri.polres.35.78.ppa", "kpai"});
}

TEST_CASE("sample 3: a district without a centre falls to its province") {
  Facts facts = child(Mode::kOffline);
  facts.categories = {Category::kContactSexualAbuse};
  facts.victims = areas({"32.04"});
  facts.incidents = areas({"32.04"});
  const Route r = route(facts);
  CHECK(chain(r, Need::kInvestigation) ==
        Texts{"polri.polres.32.04.ppa", "polri.polda.jawa-barat.ppa", "polri.bareskrim.ppa"});
  CHECK(chain(r, Need::kProtection) == Texts{"uptd-ppa.32", "kemenpppa.sapa"});
  CHECK(texts(r.informed) == Texts{"kpai"});
}

TEST_CASE("sample 4: an adult who withholds the police is the service centre's case") {
  Facts facts = adult({Need::kInvestigation, Need::kProtection});
  facts.categories = {Category::kPropertyCrime};
  facts.consent = Consent::kWithheldPolice;
  facts.victim_protected = true;
  facts.victims = areas({"31.71"});
  const Route r = route(facts);
  CHECK(r.owner().str() == "uptd-ppa.31");
  CHECK(r.lead == Need::kProtection);
  CHECK(r.assignments.size() == 1);
  CHECK(r.withheld == std::vector<Need>{Need::kInvestigation});
  CHECK(texts(r.withheld_rules) == Texts{"I1"});
  CHECK(r.informed.empty());
}

TEST_CASE("sample 5: a suspect abroad brings the nation's cyber unit and the ministry") {
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.categories = {Category::kCsam};
  facts.victim_age = VictimAge::kUnknown;
  facts.suspects = areas({"XX"});
  facts.needs = {Need::kTakedown, Need::kInvestigation};
  const Route r = route(facts);
  CHECK(r.owner().str() == "polri.bareskrim.siber");
  CHECK(assignment(r, Need::kInvestigation).rule.str() == "I2");
  CHECK(chain(r, Need::kProtection) == Texts{"kemenpppa.sapa"});
  CHECK(chain(r, Need::kTakedown) == Texts{"komdigi.aduan"});
  CHECK(texts(r.informed) == Texts{"kpai"});
}

TEST_CASE("a suspect abroad informs the cyber unit of each victim's province") {
  Facts facts = child(Mode::kMixed);
  facts.victims = areas({"36.74", "18.01"});
  facts.suspects = areas({"31", "XX"});
  const Route r = route(facts);
  CHECK(assignment(r, Need::kInvestigation).rule.str() == "I2");
  CHECK(texts(r.informed) ==
        Texts{"polri.polda.metro-jaya.siber", "polri.polda.lampung.siber", "kpai"});
}

TEST_CASE("a suspect abroad does not matter offline") {
  Facts facts = child(Mode::kOffline);
  facts.suspects = areas({"XX"});
  facts.victims = areas({"18.71"});
  CHECK(assignment(route(facts), Need::kInvestigation).rule.str() == "I4");
}

TEST_CASE("an online case without known victims is anchored at the suspects") {
  Facts facts = child(Mode::kOnline);
  facts.suspects = areas({"18.71"});
  CHECK(chain(facts, Need::kInvestigation) ==
        Texts{"polri.polda.lampung.siber", "polri.bareskrim.siber"});
}

TEST_CASE("an offline case is anchored at incidents and then victims and then suspects") {
  Facts facts = child(Mode::kOffline);
  facts.suspects = areas({"51.71"});
  CHECK(route(facts).owner().str() == "polri.polres.51.71.ppa");
  facts.victims = areas({"18.71"});
  CHECK(route(facts).owner().str() == "polri.polres.18.71.ppa");
  facts.incidents = areas({"33.74"});
  CHECK(route(facts).owner().str() == "polri.polres.33.74.ppa");
  CHECK(texts(route(facts).informed) == Texts{"polri.polres.51.71.ppa", "kpai"});
}

TEST_CASE("a unit that holds an assignment is not also informed") {
  Facts facts = child(Mode::kOffline);
  facts.incidents = areas({"33.74"});
  facts.suspects = areas({"33.74", "33.74"});
  CHECK(texts(route(facts).informed) == Texts{"kpai"});
}

TEST_CASE("protection and psychology and shelter and legal aid go to the victim's centre") {
  for (const Need need :
       {Need::kProtection, Need::kPsychological, Need::kShelter, Need::kLegalAid}) {
    Facts facts = adult({need});
    facts.victims = areas({"32.73"});
    CHECK(chain(facts, need) == Texts{"uptd-ppa.32.73", "uptd-ppa.32", "kemenpppa.sapa"});
    CHECK(assignment(route(facts), need).rule.str() == "P1");
  }
}

TEST_CASE("medical help is the police hospital's unless an adult withholds the police") {
  Facts facts = adult({Need::kMedical});
  facts.victims = areas({"32.75"});
  CHECK(chain(facts, Need::kMedical) == Texts{"rs-bhayangkara.metro-jaya", "polri.pusdokkes"});
  facts.consent = Consent::kWithheldPolice;
  CHECK(chain(facts, Need::kMedical) == Texts{"uptd-ppa.32.75", "uptd-ppa.32", "kemenpppa.sapa"});
  CHECK(assignment(route(facts), Need::kMedical).rule.str() == "M1");
  facts.victim_age = VictimAge::kChild;
  CHECK(assignment(route(facts), Need::kMedical).rule.str() == "M2");
}

TEST_CASE("rehabilitation and prosecution go to the victim's province") {
  Facts facts = adult({Need::kRehabilitation, Need::kProsecution});
  facts.victims = areas({"95.01"});
  CHECK(chain(facts, Need::kRehabilitation) == Texts{"dinsos.95", "kemensos.anak"});
  CHECK(chain(facts, Need::kProsecution) == Texts{"kejagung.anak"});
  facts.victims = areas({"91.71"});
  CHECK(chain(facts, Need::kProsecution) == Texts{"kejati.91", "kejagung.anak"});
}

TEST_CASE("prosecution without known victims is anchored at the suspects") {
  Facts facts = adult({Need::kProsecution});
  facts.suspects = areas({"12.71"});
  CHECK(chain(facts, Need::kProsecution) == Texts{"kejati.12", "kejagung.anak"});
}

TEST_CASE("takedown and witness protection are the nation's wherever the victim is") {
  Facts facts = adult({Need::kWitnessProtection, Need::kTakedown});
  facts.victims = areas({"12.71"});
  CHECK(chain(facts, Need::kTakedown) == Texts{"komdigi.aduan"});
  CHECK(chain(facts, Need::kWitnessProtection) == Texts{"lpsk"});
  CHECK(route(facts).owner().str() == "komdigi.aduan");
}

TEST_CASE("the owner is the unit of the first need in the order of leading") {
  Facts facts = adult({Need::kMedical, Need::kRehabilitation, Need::kShelter});
  facts.victims = areas({"12.71"});
  CHECK(route(facts).lead == Need::kShelter);
  CHECK(route(facts).owner().str() == "uptd-ppa.12.71");
}

TEST_CASE("a need that stands twice is one assignment") {
  CHECK(route(adult({Need::kTakedown, Need::kTakedown})).assignments.size() == 1);
}

TEST_CASE("two districts of one province rise to the province") {
  Facts facts = child(Mode::kOffline);
  facts.incidents = areas({"33.01", "33.02"});
  CHECK(chain(facts, Need::kInvestigation) ==
        Texts{"polri.polda.jawa-tengah.ppa", "polri.bareskrim.ppa"});
}

TEST_CASE("two police areas inside one province rise to the nation") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"32.76", "32.73"});
  const Route r = route(facts);
  CHECK(chain(r, Need::kInvestigation) == Texts{"polri.bareskrim.siber"});
  CHECK(chain(r, Need::kProtection) == Texts{"uptd-ppa.32", "kemenpppa.sapa"});
}

TEST_CASE("a police area that spans two provinces is one police area") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"31.71", "36.71", "32.16"});
  CHECK(chain(facts, Need::kInvestigation) ==
        Texts{"polri.polda.metro-jaya.siber", "polri.bareskrim.siber"});
  CHECK(chain(facts, Need::kProtection) == Texts{"kemenpppa.sapa"});
}

TEST_CASE("a listed regency is more specific than its listed province") {
  const auto unit = [](const char* area) {
    return national_table()
        .covering_unit(FunctionId("investigation.cyber"), Level::kProvince, AreaCode(area), kNow)
        ->id.str();
  };
  CHECK(unit("32.76") == "polri.polda.metro-jaya.siber");
  CHECK(unit("32.77") == "polri.polda.jawa-barat.siber");
  CHECK(unit("32") == "polri.polda.jawa-barat.siber");
}

TEST_CASE("a replaced code is routed by its successor") {
  Facts facts = child(Mode::kOffline);
  facts.victims = areas({"91.01"});
  const Route r = route(facts);
  CHECK(r.owner().str() == "polri.polres.93.01.ppa");
  CHECK(chain(r, Need::kProtection) == Texts{"kemenpppa.sapa"});
  facts.victims = areas({"92.71", "96.71"});
  CHECK(chain(facts, Need::kProtection) == Texts{"uptd-ppa.96.71", "kemenpppa.sapa"});
  CHECK(route(facts).owner().str() == "polri.polres.96.71.ppa");
}

TEST_CASE("a code that is not in force yet is accepted") {
  Facts facts = child(Mode::kOffline);
  facts.victims = areas({"93.01"});
  const auto early = national_table().route(facts, day("2020-01-01"));
  REQUIRE(early.ok());
  CHECK(early->owner().str() == "polri.polres.93.01.ppa");
}

TEST_CASE("a province without districts named is handled by the province") {
  Facts facts = child(Mode::kOffline);
  facts.victims = areas({"32"});
  const Route r = route(facts);
  CHECK(chain(r, Need::kInvestigation) ==
        Texts{"polri.polda.jawa-barat.ppa", "polri.bareskrim.ppa"});
  CHECK(chain(r, Need::kProtection) == Texts{"uptd-ppa.32", "kemenpppa.sapa"});
}

TEST_CASE("a province beside one of its districts rises to the province") {
  Facts facts = child(Mode::kOffline);
  facts.victims = areas({"32", "32.04"});
  CHECK(route(facts).owner().str() == "polri.polda.jawa-barat.ppa");
}

TEST_CASE("the nation or abroad among the anchors makes the case national") {
  for (const char* wide : {"00", "XX"}) {
    Facts facts = child(Mode::kOffline);
    facts.victims = areas({"32.04", wide});
    CHECK(chain(facts, Need::kInvestigation) == Texts{"polri.bareskrim.ppa"});
  }
}

TEST_CASE("the nation and abroad inform nobody") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"00", "32.04", "XX"});
  CHECK(texts(route(facts).informed) == Texts{"polri.polres.32.04.ppa", "kpai"});
}

TEST_CASE("the level of an information is not widened") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"32"});
  CHECK(texts(route(facts).informed) == Texts{"kpai"});
}

TEST_CASE("a case without any area is national") {
  const Route r = route(child(Mode::kOffline));
  CHECK(chain(r, Need::kInvestigation) == Texts{"polri.bareskrim.ppa"});
  CHECK(chain(r, Need::kProtection) == Texts{"kemenpppa.sapa"});
}

TEST_CASE("an unknown age counts as a child's") {
  Facts facts;
  facts.mode = Mode::kOffline;
  facts.victim_age = VictimAge::kUnknown;
  facts.consent = Consent::kWithheldPolice;
  const Route r = route(facts);
  CHECK(r.owner().str() == "polri.bareskrim.ppa");
  CHECK(texts(r.informed) == Texts{"kpai"});
}

TEST_CASE("the urgency sets the time to accept") {
  Facts facts = child(Mode::kOnline);
  facts.urgency = Urgency::kImmediate;
  CHECK(route(facts).accept_within_s == 3600);
  facts.urgency = Urgency::kRoutine;
  CHECK(route(facts).accept_within_s == 24 * 3600);
}

// Refusals.

Error refusal(const Facts& facts) {
  const auto routed = national_table().route(facts, kNow);
  REQUIRE_FALSE(routed.ok());
  return routed.error();
}

TEST_CASE("facts without any need are refused") {
  CHECK(refusal(adult({})) == Error{ErrorCode::kFactsInvalid, "needs", "no need"});
}

TEST_CASE("an unknown area is refused with its field and code") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"31.71", "31.99"});
  CHECK(refusal(facts) == Error{ErrorCode::kFactsInvalid, "victims", "unknown area 31.99"});
  facts.victims.clear();
  facts.suspects = areas({"99"});
  CHECK(refusal(facts).field == "suspects");
  facts.suspects.clear();
  facts.incidents = areas({"31.71.01"});
  CHECK(refusal(facts).field == "incidents");
}

TEST_CASE("what is not a code is not repeated in the refusal") {
  Facts facts = child(Mode::kOnline);
  facts.victims = areas({"31.71", "some name"});
  CHECK(refusal(facts).detail == "not an area code at position 1");
}

TEST_CASE("a list of areas has a limit") {
  Facts facts = child(Mode::kOnline);
  facts.suspects.assign(64, AreaCode("31.71"));
  CHECK(national_table().route(facts, kNow).ok());
  facts.suspects.emplace_back("31.71");
  CHECK(refusal(facts).field == "suspects");
}

TEST_CASE("the list of legal bases has a limit and a form") {
  Facts facts = child(Mode::kOnline);
  facts.legal_bases.assign(16, "uu-12-2022");
  CHECK(national_table().route(facts, kNow).ok());
  facts.legal_bases.emplace_back("uu-12-2022");
  CHECK(refusal(facts).field == "legal_bases");
  facts.legal_bases = {"UU 12"};
  CHECK(refusal(facts).field == "legal_bases");
}

}  // namespace
TEST_CASE("a code leads to the one that replaced it from the day of its end on") {
  ConfigFiles files = small();
  const std::string old = "11.02,11,regency,Kabupaten B,,2022-07-25,11.01";
  std::string& areas = files.at("areas.csv");
  REQUIRE(areas.find(old) != std::string::npos);
  areas.replace(areas.find(old), old.size(), "11.02,11,regency,Kabupaten B,,2027-01-01,11.01");
  files.at("units.csv") += "post.b,police,investigation,regency,11.02,,2027-01-01,post\n";
  const Compiled compiled = compile(files, {});
  REQUIRE(compiled.findings.empty());
  const auto table = *RoutingTable::build(compiled.release);
  const FunctionId function("investigation");
  const auto unit = [&](const char* date) {
    return table->covering_unit(function, Level::kRegency, AreaCode("11.02"), day(date));
  };
  CHECK(unit("2026-12-31")->id.str() == "post.b");
  CHECK(unit("2027-01-01")->id.str() == "post");
}

}  // namespace rujukan::routing
