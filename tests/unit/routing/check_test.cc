// One small configuration for each kind of finding; its example shows the fault to the table.
#include "broker/routing/check.h"

#include "broker/routing/fact_space.h"
#include "tests/unit/routing/checked.h"

namespace rujukan::routing {
namespace {

using Code = ErrorCode;

TEST_CASE("nothing stands against the total configuration") {
  const Checked checked(total());
  CHECK(checked.findings() == Texts{});
  // Five areas of the file and abroad; two functions; one area was replaced.
  CHECK(checked.report.counts == CheckCounts{216, 2160, 216 * 1024, 2, 4, 4 * 5 * 3, 4 * 15, 2});
}

TEST_CASE("a need without a rule in some class is found") {
  const Checked checked(changed("routing.toml", "function = \"protection\"",
                                "when = { mode = [\"online\", \"offline\"] }\n"
                                "function = \"protection\""));
  REQUIRE(checked.findings().size() == 9);
  CHECK(checked.findings().front() == "routing.toml:0:0 table.no_rule need protection");
  CHECK(checked.detail() == "in 72 of 216 classes of facts");
  for (const Finding& finding : checked.report.findings) {
    REQUIRE(finding.example.has_value());
    CHECK(finding.example->facts.mode == Mode::kMixed);
    CHECK(size_of(finding.example->facts) == 1);
    const auto route = checked.table->route(finding.example->facts, finding.example->at);
    REQUIRE_FALSE(route.ok());
    CHECK(route.error().code == Code::kRoutingNoRule);
    CHECK("need " + route.error().detail == finding.error.field);
  }
}

TEST_CASE("a need that only some categories have a rule for is found without categories") {
  const Checked checked(changed("routing.toml", "function = \"investigation\"",
                                "when = { any_category = [\"csam\"] }\n"
                                "function = \"investigation\""));
  CHECK(checked.findings() == Texts{"routing.toml:0:0 table.no_rule need investigation"});
  CHECK(checked.detail() == "in 216 of 432 classes of facts");
  CHECK(checked.example(Code::kTableNoRule).facts.categories.empty());
}

const char* const kWithheld =
    "[[rule]]\nid = \"R0\"\nneeds = [\"investigation\"]\n"
    "when = { victim_age = [\"adult\"] }\nwithheld = true\n";

TEST_CASE("facts with every need withheld have no owner") {
  ConfigFiles files = total();
  files["routing.toml"] = kWithheld + files["routing.toml"];
  const Checked checked(files);
  CHECK(checked.findings() == Texts{"routing.toml:1:1 table.no_owner rule R0",
                                    "W routing.toml:1:1 table.overlap rule R0"});
  const auto route = checked.routed(Code::kTableNoOwner);
  REQUIRE_FALSE(route.ok());
  CHECK(route.error().detail == "every need is withheld");
}

TEST_CASE("an implied need that is assigned gives facts with withheld needs an owner") {
  ConfigFiles files = total();
  files["routing.toml"] =
      std::string("[[implied]]\nwhen = { victim_age = [\"adult\"] }\nneeds = [\"shelter\"]\n") +
      kWithheld + files["routing.toml"];
  CHECK(Checked(files).findings() == Texts{"W routing.toml:4:1 table.overlap rule R0"});
}

TEST_CASE("implied needs that are all withheld leave even facts without needs ownerless") {
  ConfigFiles files = total();
  files["routing.toml"] =
      std::string("[[implied]]\nneeds = [\"investigation\"]\n") + kWithheld + files["routing.toml"];
  const Checked checked(files);
  CHECK(checked.example(Code::kTableNoOwner).facts.needs.empty());
  CHECK(checked.routed(Code::kTableNoOwner).error().detail == "every need is withheld");
}

// Functions and dates.

TEST_CASE("a time without a national unit is found") {
  const Checked checked(changed("units.csv", "nation,police,investigation,national,00,",
                                "nation,police,investigation,national,00,2026-03-01"));
  CHECK(checked.findings() == Texts{"units.csv:0:0 table.no_terminal function investigation"});
  CHECK(checked.detail() == "until 2026-03-01T00:00:00.000000Z");
  const auto route = checked.routed(Code::kTableNoTerminal);
  REQUIRE_FALSE(route.ok());
  CHECK(route.error().code == Code::kRoutingNoUnit);
}

TEST_CASE("a function without any national unit is found") {
  const Checked checked(changed("units.csv", "nation,police,investigation", "nation,police,other"));
  CHECK(checked.findings() == Texts{"units.csv:0:0 table.no_terminal function investigation",
                                    "W units.csv:2:1 table.unused unit nation"});
  CHECK(checked.detail() == "at any time");
  CHECK(checked.routed(Code::kTableNoTerminal).error().code == Code::kRoutingNoUnit);
}

TEST_CASE("national units may follow each other") {
  const std::string until = "nation,police,investigation,national,00,,2027-01-01,nation2";
  const auto follow = [&until](const std::string& from) {
    ConfigFiles files = changed("units.csv", "nation,police,investigation,national,00,,,", until);
    files["units.csv"] += "nation2,police,investigation,national,00," + from + ",,\n";
    return files;
  };
  const Checked seamless(follow("2027-01-01"));
  CHECK(seamless.findings() == Texts{});
  CHECK(seamless.report.counts.dates == 5);
  const Checked gap(follow("2027-01-02"));
  CHECK(gap.findings() == Texts{"units.csv:0:0 table.no_terminal function investigation",
                                "units.csv:2:1 table.no_successor unit nation"});
  CHECK(gap.example(Code::kTableNoTerminal).at == day("2027-01-01"));
  CHECK(gap.routed(Code::kTableNoTerminal).error().code == Code::kRoutingNoUnit);
}

TEST_CASE("dates outside the validity of the release do not count") {
  const auto files = changed("units.csv", "nation,police,investigation,national,00,",
                             "nation,police,investigation,national,00,2026-03-01");
  CHECK(Checked(files, {day("2026-03-01"), day("2027-03-01")}).findings() == Texts{});
  CHECK(Checked(files, {day("2026-02-01"), day("2027-03-01")}).findings().size() == 1);
}

TEST_CASE("a national unit that is only informed is needed at all times too") {
  const Checked checked([] {
    ConfigFiles files = extended("routing.toml",
                                 "[[inform]]\nid = \"K1\"\nwhen = { urgency = [\"urgent\"] }\n"
                                 "function = \"oversight\"\nlevel = \"national\"\n");
    std::string& units = files["units.csv"];
    units.replace(units.find("oversight,national,00,"), 22, "oversight,national,00,2026-03-01");
    return files;
  }());
  CHECK(checked.findings() == Texts{"units.csv:0:0 table.no_terminal function oversight"});
  const FactsFile example = checked.example(Code::kTableNoTerminal);
  CHECK(checked.table->route(example.facts, example.at)->informed.empty());
  CHECK_FALSE(checked.table->route(example.facts, day("2026-03-01"))->informed.empty());
}

TEST_CASE("a unit that ends without a successor is found") {
  const Checked checked(changed("units.csv", "post,police,investigation,regency,11.01,,,",
                                "post,police,investigation,regency,11.01,,2027-01-01,"));
  CHECK(checked.findings() == Texts{"units.csv:4:1 table.no_successor unit post"});
  const FactsFile example = checked.example(Code::kTableNoSuccessor);
  CHECK(checked.table->route(example.facts, example.at)->owner() == UnitId("post"));
  CHECK(checked.table->route(example.facts, day("2027-01-01"))->owner() == UnitId("province"));
}

TEST_CASE("a successor that has ended or begins too late is found") {
  const auto with_successor = [](const std::string& from_and_until) {
    ConfigFiles files = changed("units.csv", "post,police,investigation,regency,11.01,,,",
                                "post,police,investigation,regency,11.01,,2027-01-01,post2");
    files["units.csv"] += "post2,police,investigation,regency,11.02 11.01," + from_and_until + "\n";
    files["areas.csv"] += "11.03,11,regency,Kabupaten C,,,\n";
    std::string& units = files["units.csv"];
    units.replace(units.find("11.02 11.01"), 11, "11.03");
    return Checked(files).findings();
  };
  // The successor is of another area.
  const std::string other = "W units.csv:4:1 table.successor unit post";
  const std::string none = "units.csv:4:1 table.no_successor unit post";
  CHECK(with_successor(",,") == Texts{other});
  CHECK(with_successor("2027-01-01,,") == Texts{other});
  CHECK(with_successor("2027-01-02,,") == Texts{none, other});
  CHECK(with_successor(",2026-01-01,province") == Texts{other});
  CHECK(with_successor(",2026-01-01,") ==
        Texts{none, other, "units.csv:7:1 table.no_successor unit post2"});
}

TEST_CASE("a unit that may not own is found where it would own") {
  ConfigFiles files = total();
  files["areas.csv"] += "12,00,province,Sumatera Utara,,,\n";
  files["units.csv"] += "guard,kpai,investigation,province,12,,,\n";
  const Checked checked(files);
  CHECK(checked.findings() == Texts{"routing.toml:1:1 table.oversight_owns rule R1"});
  CHECK(checked.detail() == "guard of agency kpai");
  CHECK(checked.routed(Code::kTableOversightOwns)->owner() == UnitId("guard"));
  CHECK(size_of(checked.example(Code::kTableOversightOwns).facts) == 2);
}

TEST_CASE("a function of an agency that may not own is found") {
  const Checked checked(changed("routing.toml", "\"protection\"\nlevel", "\"oversight\"\nlevel"));
  CHECK(checked.findings() == Texts{"routing.toml:7:1 table.oversight_owns rule R2",
                                    "W units.csv:5:1 table.unused unit centre"});
  CHECK(checked.routed(Code::kTableOversightOwns)->owner() == UnitId("watch"));
}

// Rules.

std::string rule(const std::string& id, const std::string& when, const std::string& function) {
  return "[[rule]]\nid = \"" + id + "\"\nneeds = [\"investigation\"]\nwhen = { " + when +
         " }\nfunction = \"" + function + "\"\nlevel = \"national\"\n";  // 6 lines
}

Checked with_rules_before(const std::string& rules) {
  ConfigFiles files = total();
  files["routing.toml"] = rules + files["routing.toml"];
  return Checked(files);
}

TEST_CASE("a rule whose cases earlier rules take is found with those rules") {
  const Checked checked =
      with_rules_before(rule("A", "mode = [\"online\"]", "investigation") +
                        rule("B", "mode = [\"mixed\"]", "investigation") +
                        rule("C", "mode = [\"mixed\", \"online\"]", "protection"));
  CHECK(checked.findings() == Texts{"W routing.toml:1:1 table.overlap rule A",
                                    "W routing.toml:7:1 table.overlap rule B",
                                    "routing.toml:13:1 table.unreachable_rule rule C"});
  CHECK(checked.detail(2) == "its cases go to A and B");
  const auto route = checked.routed(Code::kTableUnreachableRule);
  CHECK(route->assignments.front().rule == RuleId("A"));
}

TEST_CASE("a rule is unreachable when earlier rules take each of its categories") {
  const std::string first = rule("A", "any_category = [\"csam\"]", "investigation");
  const std::string second = rule("B", "any_category = [\"neglect\"]", "investigation");
  const auto unreachable = [&](const std::string& categories) {
    const Checked checked = with_rules_before(
        first + second + rule("C", "any_category = [" + categories + "]", "investigation"));
    std::size_t n = 0;
    for (const Finding& f : checked.report.findings) {
      if (f.error.code == Code::kTableUnreachableRule) ++n;
    }
    return n == 1;
  };
  CHECK(unreachable("\"csam\""));
  CHECK(unreachable("\"neglect\", \"csam\""));
  CHECK_FALSE(unreachable("\"neglect\", \"csam\", \"grooming\""));
}

TEST_CASE("rules that match the same facts and decide differently are warned of") {
  const Checked checked = with_rules_before(rule("A", "any_category = [\"csam\"]", "protection") +
                                            rule("B", "suspect_abroad = true", "investigation"));
  CHECK(checked.findings() == Texts{"W routing.toml:1:1 table.overlap rule A",
                                    "W routing.toml:1:1 table.overlap rule A",
                                    "W routing.toml:7:1 table.overlap rule B"});
  CHECK(checked.detail(0) == "investigation: it goes before B");
  CHECK(checked.detail(1) == "investigation: it goes before R1");
  const FactsFile both = *checked.report.findings[0].example;
  CHECK(both.facts.categories == std::vector{Category::kCsam});
  CHECK(both.facts.suspects == areas({"XX"}));
  CHECK(checked.table->route(both.facts, both.at)->assignments.front().rule == RuleId("A"));
}

TEST_CASE("rules with one outcome may stand in any order") {
  const Checked checked = with_rules_before(rule("A", "mode = [\"online\"]", "protection") +
                                            rule("B", "suspect_abroad = true", "protection"));
  CHECK(checked.findings() == Texts{"W routing.toml:1:1 table.overlap rule A",
                                    "W routing.toml:7:1 table.overlap rule B"});
  CHECK(checked.detail(0) == "investigation: it goes before R1");
}

// Eight rules that any two categories bring together, every other one of another outcome.
std::string eight_rules(const std::string& name, const std::string& when) {
  std::string rules;
  for (std::size_t i = 0; i < 8; ++i) {
    const std::string category(code_names<Category>()[i].name);
    rules += rule(name + std::to_string(i), when + "any_category = [\"" + category + "\"]",
                  i % 2 == 0 ? "protection" : "investigation");
  }
  return rules;
}

TEST_CASE("of many overlaps the first hundred are listed and the rest are counted") {
  // Four times four pairs of other outcomes, and each against R1, which reads areas.
  CHECK(with_rules_before(eight_rules("A", "")).report.warnings() == 16 + 8);
  std::string rules;
  for (const auto& mode : code_names<Mode>()) {
    for (const auto& urgency : code_names<Urgency>()) {
      const std::string name = std::string(mode.name) + std::string(urgency.name);
      rules += eight_rules(name, "mode = [\"" + std::string(mode.name) + "\"], urgency = [\"" +
                                     std::string(urgency.name) + "\"], ");
    }
  }
  const Checked many = with_rules_before(rules);
  CHECK(many.report.errors() == 0);
  CHECK(many.report.warnings() == 101);
  CHECK(many.findings().front() == "W routing.toml:0:0 table.overlap rule");
  CHECK(many.detail() == "and 116 more pairs");
}

// Permissions and deadlines.

TEST_CASE("a category that no agency may open and a need that none may ask for are warned of") {
  ConfigFiles files = total();
  std::string& text = files["permissions.toml"];
  for (const std::string gone : {", \"neglect\"", ", \"shelter\""}) {
    for (std::size_t at = text.find(gone); at != std::string::npos; at = text.find(gone)) {
      text.erase(at, gone.size());
    }
  }
  const Checked checked(files);
  CHECK(checked.findings() == Texts{"W permissions.toml:0:0 table.permission neglect",
                                    "W permissions.toml:0:0 table.permission shelter"});
  for (const Finding& finding : checked.report.findings) {
    for (const char* agency : {"police", "care", "kpai"}) {
      CHECK_FALSE(checked.table->may_open(AgencyId(agency), finding.example->facts).ok());
    }
  }
  files["routing.toml"] = "[[implied]]\nneeds = [\"shelter\"]\n" + files["routing.toml"];
  CHECK(Checked(files).findings() == Texts{"W permissions.toml:0:0 table.permission neglect"});
}

Texts brief(const CheckReport& report) {
  Texts out;
  for (const Finding& f : report.findings) {
    out.push_back(f.file + " " + std::string(name_of(f.error.code)) + " " + f.error.field);
  }
  return out;
}

TEST_CASE("a release without time to answer is refused") {
  Release release = compile(total(), {}).release;
  release.deadlines.urgent_accept_within_s = 0;
  release.deadlines.transfer_offer_within_s = 0;
  const CheckReport report = check(release);
  CHECK(brief(report) == Texts{"release config.missing urgent_accept_within_s",
                               "release config.missing transfer_offer_within_s"});
  CHECK(report.findings[0].example->facts.urgency == Urgency::kUrgent);
}

TEST_CASE("a release with two units for one area is refused") {
  Release release = compile(total(), {}).release;
  Unit second = release.units[3];
  REQUIRE(second.id == UnitId("province"));
  second.id = UnitId("province2");
  release.units.insert(release.units.begin() + 4, second);
  const CheckReport report = check(release);
  CHECK(brief(report) == Texts{"release config.duplicate unit province2"});
  CHECK(report.findings[0].example->facts.victims == areas({"11"}));
}

TEST_CASE("a release that is no table at all is refused") {
  Release release = compile(total(), {}).release;
  release.units[2].successor = release.units[2].id;
  CHECK(brief(check(release)) == Texts{"release release.invalid units.successor"});
}

// Guarantees.

Checked promising(const std::string& guarantee, const std::string& more = "") {
  return Checked(extended("routing.toml", more + "[[guarantee]]\nid = \"G\"\n" + guarantee));
}

TEST_CASE("guarantees that hold are said to hold over every set of needs") {
  const Checked checked = promising(
      "when = { mode = [\"online\"] }\nowner_agency = [\"police\", \"care\"]\n"
      "unassigned_agency = [\"kpai\"]\nexcluded_agency = [\"kpai\"]\n"
      "owner_level = [\"regency\", \"province\", \"national\"]\nterminal_level = [\"national\"]\n");
  CHECK(checked.findings() == Texts{});
  REQUIRE(checked.report.guarantees.size() == 2);  // and that of the configuration
  CHECK(checked.report.guarantees[0].id == RuleId("G"));
  CHECK(checked.report.guarantees[0].holds);
  CHECK(checked.report.guarantees[0].combinations == 72 * 1024);
}

TEST_CASE("an owner of another agency breaks a guarantee") {
  const Checked checked = promising("owner_agency = [\"police\"]\n");
  CHECK(checked.findings() == Texts{"routing.toml:12:1 table.guarantee guarantee G"});
  CHECK(checked.detail() == "owner_agency: centre of agency care in the chain for protection");
  CHECK_FALSE(checked.report.guarantees[0].holds);
  CHECK(checked.routed(Code::kTableGuarantee)->owner() == UnitId("centre"));
}

TEST_CASE("a need that never leads does not break a guarantee of the owner") {
  const std::string implied = "[[implied]]\nneeds = [\"investigation\"]\n";
  CHECK(promising("owner_agency = [\"police\"]\n", implied).findings() == Texts{});
  CHECK(promising("unassigned_agency = [\"care\"]\n", implied).findings().size() == 1);
}

TEST_CASE("a need that leads when the one before it is withheld breaks a guarantee") {
  ConfigFiles files = extended("routing.toml",
                               "[[implied]]\nneeds = [\"investigation\"]\n"
                               "[[guarantee]]\nid = \"G\"\nowner_agency = [\"police\"]\n");
  files["routing.toml"] = kWithheld + files["routing.toml"];
  const Checked checked(files);
  const FactsFile example = checked.example(Code::kTableGuarantee);
  CHECK(example.facts.victim_age == VictimAge::kAdult);
  CHECK(checked.routed(Code::kTableGuarantee)->owner() == UnitId("centre"));
}

TEST_CASE("a unit of the agency in the chain of any need breaks a guarantee") {
  for (const char* key : {"unassigned_agency", "excluded_agency"}) {
    const Checked checked = promising(std::string(key) + " = [\"care\"]\n");
    CHECK(checked.detail() ==
          std::string(key) + ": centre of agency care in the chain for protection");
    CHECK(checked.routed(Code::kTableGuarantee)->recipients() == std::vector{UnitId("centre")});
  }
}

TEST_CASE("a unit that only escalation would reach breaks a guarantee") {
  ConfigFiles files =
      extended("routing.toml", "[[guarantee]]\nid = \"G\"\nunassigned_agency = [\"care\"]\n");
  std::string& units = files["units.csv"];
  units.replace(units.find("province,police"), 15, "province,care");
  std::string& rules = files["routing.toml"];
  rules.replace(rules.find("\"protection\"\nlevel"), 18, "\"investigation\"\nlevel");
  const Checked checked(files);
  const auto route = checked.routed(Code::kTableGuarantee);
  CHECK(texts(route->recipients()) == Texts{"province", "nation"});
}

TEST_CASE("informed units break a guarantee that excludes and not one that only unassigns") {
  const std::string of_rule =
      "inform = [{ function = \"oversight\", level = \"national\", of = \"suspects\" }]\n";
  const std::string of_case =
      "[[inform]]\nid = \"K1\"\nwhen = { urgency = [\"urgent\"] }\nfunction = \"oversight\"\n"
      "level = \"national\"\n";
  for (const std::string& inform : {of_rule, of_case}) {
    CHECK(promising("unassigned_agency = [\"kpai\"]\n", inform).findings() == Texts{});
    const Checked checked = promising("excluded_agency = [\"kpai\"]\n", inform);
    REQUIRE(checked.findings().size() == 1);
    CHECK(checked.routed(Code::kTableGuarantee)->informed == std::vector{UnitId("watch")});
  }
}

TEST_CASE("a guarantee of the owner's level breaks where areas disagree or are unknown") {
  const auto broken = [](const std::string& levels) {
    const Checked checked =
        promising("when = { urgency = [\"urgent\"] }\nowner_level = [" + levels + "]\n");
    const auto route = checked.routed(Code::kTableGuarantee);
    return std::pair(checked.example(Code::kTableGuarantee).facts.victims, route->owner().str());
  };
  CHECK(broken("\"province\", \"regency\"") == std::pair(areas({}), std::string("nation")));
  CHECK(broken("\"national\", \"regency\"") == std::pair(areas({"11"}), std::string("province")));
  CHECK(broken("\"national\", \"province\"") == std::pair(areas({"11.01"}), std::string("post")));
}

TEST_CASE("two areas show the level to which a case rises") {
  ConfigFiles files = extended(
      "routing.toml", "[[guarantee]]\nid = \"G\"\nowner_level = [\"regency\", \"national\"]\n");
  files["areas.csv"] += "11.03,11,regency,Kabupaten C,,,\n";
  files["units.csv"] +=
      "post3,police,investigation,regency,11.03,,,\n"
      "post0,police,investigation,regency,11,,,\n";
  std::string& units = files["units.csv"];
  units.replace(units.find("province,11,"), 12, "province,11.01 11.03,");
  const Checked checked(files);
  CHECK(checked.example(Code::kTableGuarantee).facts.victims == areas({"11.01", "11.03"}));
  CHECK(checked.routed(Code::kTableGuarantee)->owner() == UnitId("province"));
}

TEST_CASE("a guarantee of the last level breaks when chains end elsewhere") {
  const Checked checked = promising("terminal_level = [\"province\"]\n");
  CHECK(checked.findings() == Texts{"routing.toml:12:1 table.guarantee guarantee G"});
  const auto route = checked.routed(Code::kTableGuarantee);
  CHECK(route->assignments.front().chain.back() == UnitId("nation"));
}

TEST_CASE("a suspect abroad keeps a case away from the units of suspects' areas") {
  const auto reading = [](const std::string& when) {
    ConfigFiles files = extended(
        "routing.toml", "[[guarantee]]\nid = \"G\"\n" + when + "owner_level = [\"national\"]\n");
    std::string& rules = files["routing.toml"];
    rules.replace(rules.find("\"victims\""), 9, "\"suspects\", \"victims\"");
    return Checked(files).report.guarantees[0].holds;
  };
  CHECK_FALSE(reading(""));
  CHECK_FALSE(reading("when = { suspect_abroad = false }\n"));
  CHECK(reading("when = { suspect_abroad = true }\n"));
}

}  // namespace
}  // namespace rujukan::routing
