// rujukan route --explain: what people read and what programs read.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

const std::string kConfig = RUJUKAN_SOURCE_DIR "/config";
const std::string kFacts = RUJUKAN_SOURCE_DIR "/tests/unit/cli/facts/";

json sample(const char* name) {
  std::ifstream file(kFacts + name);
  return json::parse(file);
}

Ran route(const json& facts, const std::vector<std::string>& flags) {
  std::vector<std::string> arguments = {"route", "--config", kConfig, "--facts", "-"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return run_cli(arguments, facts.dump());
}

json explained(const json& facts) {
  const Ran ran = route(facts, {"--explain", "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  return json::parse(ran.out);
}

const json& need(const json& routed, const std::string& name) {
  for (const json& one : routed["explanation"]["needs"]) {
    if (one["need"] == name) return one;
  }
  FAIL("nothing about " << name);
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("an explanation for people tells rules and areas and levels and who is informed") {
  const Ran ran = route(sample("3_service_centre.json"), {"--explain"});
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.out == R"(Owner polri.polres.32.04.ppa
  lead         investigation
  accept in    86400 s

Needs
  named        none
  implied      entry 1 of [[implied]]: investigation and protection

Need investigation
  passed over  I1: victim_age is child, the rule wants adult
               I2: mode is offline, the rule wants online or mixed
               I3: mode is offline, the rule wants online or mixed
  rule         I4: investigation.ppa, from regency up
  areas        incidents: 32.04
  regency      32.04: polri.polres.32.04.ppa
               => polri.polres.32.04.ppa
  province     32.04: polri.polda.jawa-barat.ppa, by 32
               => polri.polda.jawa-barat.ppa
  national     00: polri.bareskrim.ppa
               => polri.bareskrim.ppa
  chain        polri.polres.32.04.ppa, polri.polda.jawa-barat.ppa, polri.bareskrim.ppa

Need protection
  rule         P1: protection, from regency up
  areas        victims: 32.04
  regency      32.04: no regency unit of protection lists it
               => nobody: 32.04 has none
  province     32.04: uptd-ppa.32, by 32
               => uptd-ppa.32
  national     00: kemenpppa.sapa
               => kemenpppa.sapa
  chain        uptd-ppa.32, kemenpppa.sapa

Informed
  I4           investigation.ppa at regency of suspects
                 no area known
  K1           oversight at national
                 00: kpai
)");
}

TEST_CASE("an explanation tells areas that differ and codes that were replaced") {
  json facts = sample("2_social_affairs.json");
  facts["victims"] = {"32.73", "91.01"};
  const Ran ran = route(facts, {"--explain"});
  REQUIRE(ran.exit_code == 0);
  const json routed = explained(facts);
  const json& areas = need(routed, "investigation")["anchors"]["areas"];
  REQUIRE(areas.size() == 2);
  CHECK(areas[0] == json({{"given", "32.73"}, {"routed", "32.73"}}));
  CHECK(areas[1]["given"] == "91.01");
  const std::string now = areas[1]["routed"];
  CHECK(now != "91.01");
  CHECK(ran.out.find("victims: 32.73 91.01 (now " + now + ")\n") != std::string::npos);
  CHECK(ran.out.find("=> nobody: the areas differ, polri.polda.jawa-barat.siber and ") !=
        std::string::npos);
}

TEST_CASE("an explanation as JSON has the keys of a route and the same chains") {
  for (const char* name : {"1_kpai.json", "2_social_affairs.json", "3_service_centre.json",
                           "4_withheld.json", "5_communications_ministry.json"}) {
    CAPTURE(name);
    json routed = explained(sample(name));
    for (const json& assignment : routed["assignments"]) {
      const json& why = need(routed, assignment["need"]);
      CHECK(why["rule"] == assignment["rule"]);
      CHECK(why["chain"] == assignment["chain"]);
    }
    for (const json& withheld : routed["withheld"])
      CHECK(need(routed, withheld)["withheld"] == true);
    json informed = json::array();
    for (const json& entry : routed["explanation"]["informs"]) {
      for (const json& area : entry["areas"]) {
        if (area["result"] == "informed") informed.push_back(area["unit"]);
      }
    }
    CHECK(informed == routed["informed"]);
    routed.erase("explanation");
    CHECK(routed == json::parse(route(sample(name), {}).out));
  }
}

TEST_CASE("a unit that holds an assignment is told as not informed") {
  json facts = sample("3_service_centre.json");
  facts["suspects"] = {"32.04"};
  const json informs = explained(facts)["explanation"]["informs"];
  CHECK(informs[0]["areas"][0]["unit"] == "polri.polres.32.04.ppa");
  CHECK(informs[0]["areas"][0]["result"] == "holds_assignment");
  CHECK(route(facts, {"--explain"})
            .out.find("32.04: not polri.polres.32.04.ppa, which holds an assignment\n") !=
        std::string::npos);
}

TEST_CASE("facts that are not routed are explained and refused") {
  json facts = sample("4_withheld.json");
  facts["needs"] = {"investigation"};
  facts["victims"] = {"99.99"};
  const Ran unknown = route(facts, {"--explain"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.out.find("Not routed\n") == 0);
  CHECK(unknown.err.find("rujukan: facts.invalid: victims:") == 0);
  const Ran as_json = route(facts, {"--explain", "--json"});
  CHECK(as_json.exit_code == 2);
  const json out = json::parse(as_json.out);
  CHECK(out["error"]["code"] == "facts.invalid");
  CHECK(out["explanation"]["needs"].empty());
}

TEST_CASE("json without explain changes nothing") {
  const json facts = sample("1_kpai.json");
  CHECK(route(facts, {"--json"}).out == route(facts, {}).out);
}

}  // namespace rujukan::test
