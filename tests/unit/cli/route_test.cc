#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;
using Units = std::vector<std::string>;

const std::string kConfig = RUJUKAN_SOURCE_DIR "/config";
const std::string kFacts = RUJUKAN_SOURCE_DIR "/tests/unit/cli/facts/";

json sample(const std::string& name) {
  std::ifstream file(kFacts + name);
  return json::parse(file);
}

json route(const std::string& name) {
  const Ran ran = run_cli({"route", "--config", kConfig, "--facts", kFacts + name});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  return json::parse(ran.out);
}

Ran route_text(const std::string& facts) {
  return run_cli({"route", "--config", kConfig, "--facts", "-"}, facts);
}

std::string unit_for(const json& routed, const std::string& need) {
  for (const json& assignment : routed["assignments"]) {
    if (assignment["need"] == need) return assignment["unit"];
  }
  return "";
}

// The error names the field, nothing is routed, and the exit code is 2.
void check_refused(const json& facts, const std::string& field) {
  const Ran ran = route_text(facts.dump());
  CAPTURE(facts.dump(), ran.err);
  CHECK(ran.exit_code == 2);
  CHECK(ran.out.empty());
  CHECK(ran.err.find("rujukan: facts.invalid: " + field + ":") == 0);
}

}  // namespace

TEST_CASE("case 1 of the samples goes to the cyber unit of the victim's police area") {
  const json routed = route("1_kpai.json");
  CHECK(routed["owner"] == "polri.polda.metro-jaya.siber");
  CHECK(routed["lead"] == "investigation");
  CHECK(unit_for(routed, "protection") == "uptd-ppa.31");
  CHECK(routed["informed"] ==
        json({"polri.polda.lampung.siber", "polri.polres.31.71.ppa", "kpai"}));
  CHECK(routed["assignments"][0]["accept_within_s"] == 6 * 3600);
  CHECK(routed["assignments"][0]["chain"] ==
        json({"polri.polda.metro-jaya.siber", "polri.bareskrim.siber"}));
  CHECK(routed["release"]["version"] == 0);
  CHECK(routed["release"]["digest"].get<std::string>().size() == 64);
}

TEST_CASE("case 2 of the samples rises to the nation because two provinces are concerned") {
  const json routed = route("2_social_affairs.json");
  CHECK(routed["owner"] == "polri.bareskrim.siber");
  CHECK(unit_for(routed, "protection") == "kemenpppa.sapa");
}

TEST_CASE("case 3 of the samples stays in the regency and its protection falls to the province") {
  const json routed = route("3_service_centre.json");
  CHECK(routed["owner"] == "polri.polres.32.04.ppa");
  CHECK(unit_for(routed, "protection") == "uptd-ppa.32");
  CHECK(routed["assignments"][0]["chain"] ==
        json({"polri.polres.32.04.ppa", "polri.polda.jawa-barat.ppa", "polri.bareskrim.ppa"}));
}

TEST_CASE("case 4 of the samples names no police unit anywhere") {
  const Ran ran = run_cli({"route", "--config", kConfig, "--facts", kFacts + "4_withheld.json"});
  REQUIRE(ran.exit_code == 0);
  const json routed = json::parse(ran.out);
  CHECK(routed["owner"] == "uptd-ppa.31");
  CHECK(routed["lead"] == "protection");
  CHECK(routed["withheld"] == json({"investigation"}));
  CHECK(ran.out.find("polri") == std::string::npos);
  CHECK(ran.out.find("bhayangkara") == std::string::npos);
}

TEST_CASE("case 5 of the samples goes to the national cyber unit and the ministry takes down") {
  const json routed = route("5_communications_ministry.json");
  CHECK(routed["owner"] == "polri.bareskrim.siber");
  CHECK(unit_for(routed, "takedown") == "komdigi.aduan");
}

TEST_CASE("facts from standard input give the same answer as from a file") {
  const Ran from_file = run_cli({"route", "--config", kConfig, "--facts", kFacts + "1_kpai.json"});
  CHECK(route_text(sample("1_kpai.json").dump()).out == from_file.out);
}

TEST_CASE("each field of the facts that is left out is named") {
  for (const char* field : {"origin", "at", "mode", "categories", "victim_age", "victims",
                            "suspects", "incidents", "urgency", "consent", "needs"}) {
    json facts = sample("1_kpai.json");
    facts.erase(field);
    check_refused(facts, field);
  }
}

TEST_CASE("an unknown field or code is named") {
  json facts = sample("1_kpai.json");
  facts["narrative"] = "text";
  check_refused(facts, "narrative");
  facts = sample("1_kpai.json");
  facts["mode"] = "both";
  check_refused(facts, "mode");
  facts = sample("1_kpai.json");
  facts["origin"] = "polri.nobody";
  check_refused(facts, "origin");
}

TEST_CASE("facts that are not JSON are refused with exit code 2") {
  const Ran ran = route_text("{");
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("rujukan: facts.invalid") == 0);
}

// What a broker says to a referral with these facts.
void check_refused_by_code(const json& facts, const std::string& code, const std::string& field) {
  for (const bool explain : {false, true}) {
    std::vector<std::string> arguments = {"route", "--config", kConfig, "--facts", "-"};
    if (explain) arguments.emplace_back("--explain");
    const Ran ran = run_cli(arguments, facts.dump());
    CAPTURE(facts.dump(), ran.err);
    CHECK(ran.exit_code == 2);
    CHECK(ran.out.empty() == !explain);
    CHECK(ran.err.starts_with("rujukan: " + code + (field.empty() ? "" : ": " + field + ":")));
  }
}

TEST_CASE("route refuses what the wire refuses with the same codes") {
  const auto with = [](const char* field, const json& value) {
    json facts = sample("1_kpai.json");
    facts[field] = value;
    return facts;
  };
  check_refused_by_code(with("categories", {"csam", "csam"}), "message.invalid",
                        "facts.categories");
  check_refused_by_code(with("needs", {"shelter", "shelter"}), "message.invalid", "facts.needs");
  check_refused_by_code(with("victims", std::vector<std::string>(65, "31.71")), "message.invalid",
                        "facts.victims");
  check_refused_by_code(with("legal_bases", std::vector<std::string>(17, "uu-12-2022")),
                        "message.invalid", "facts.legal_bases");
  check_refused_by_code(with("legal_bases", {"1234567890123456"}), "identity.number", "");
  check_refused_by_code(with("legal_bases", {"uu-1-1900"}), "legal_basis.unknown",
                        "facts.legal_bases");
  check_refused_by_code(with("victims", {"31-71"}), "name.unknown", "facts");
  json unclear = with("consent", "withheld_police");
  unclear["victim_age"] = "unknown";
  check_refused_by_code(unclear, "facts.invalid", "consent");
}

TEST_CASE("route refuses what the origin's agency may not and names those that may") {
  json facts = sample("5_communications_ministry.json");
  facts["needs"] = {"shelter"};
  check_refused_by_code(facts, "permission.denied", "needs");
  const Ran ran = route_text(facts.dump());
  CHECK(ran.err.find("(shelter; such a case may be opened by kpai, police, prosecutor, "
                     "service_centre, social_affairs, witness_protection, women_child_ministry)") !=
        std::string::npos);
  facts["origin"] = "kpai";
  CHECK(route_text(facts.dump()).exit_code == 0);
  facts["needs"] = {"takedown"};
  CHECK(json::parse(route_text(facts.dump()).out)["may_open"].size() == 8);
}

TEST_CASE("an explanation as JSON holds the refusal beside it") {
  json facts = sample("5_communications_ministry.json");
  facts["needs"] = {"shelter"};
  const Ran ran =
      run_cli({"route", "--config", kConfig, "--facts", "-", "--explain", "--json"}, facts.dump());
  CHECK(ran.exit_code == 2);
  const json out = json::parse(ran.out);
  CHECK(out["error"]["code"] == "permission.denied");
  CHECK(out["explanation"]["needs"].size() == 3);
}

TEST_CASE("route wants exactly one of a configuration folder and a release") {
  const std::string facts = kFacts + "1_kpai.json";
  CHECK(run_cli({"route", "--facts", facts}).exit_code == 2);
  CHECK(run_cli({"route", "--config", kConfig, "--release", "x", "--facts", facts}).exit_code == 2);
  const Ran missing = run_cli({"route", "--config", "/nonexistent", "--facts", facts});
  CHECK(missing.exit_code == 2);
  CHECK(missing.err.find("file.unreadable") != std::string::npos);
}

TEST_CASE("every command has a manual with an example") {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"keys", "new", "broker"},
                                             {"keys", "new", "administrator"},
                                             {"keys", "new", "station"},
                                             {"keys", "new", "units"},
                                             {"anchor", "new"},
                                             {"release", "build"},
                                             {"release", "diff"},
                                             {"release", "sign"},
                                             {"release", "verify"},
                                             {"release", "show"},
                                             {"release", "impact"},
                                             {"route"},
                                             {"case"},
                                             {"cases"},
                                             {"log", "verify"},
                                             {"receipt", "verify"},
                                             {"inspect"}}) {
    std::vector<std::string> arguments = command;
    arguments.push_back("--help");
    const Ran ran = run_cli(arguments);
    CAPTURE(command, ran.err);
    CHECK(ran.exit_code == 0);
    CHECK(ran.out.find("Example") != std::string::npos);
    CHECK(ran.out.find("Exit codes:") != std::string::npos);
  }
  CHECK(run_cli({"nonsense"}).exit_code == 2);
  CHECK(run_cli({}).exit_code == 2);
}

}  // namespace rujukan::test
