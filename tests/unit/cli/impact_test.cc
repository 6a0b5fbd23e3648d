// rujukan release impact, on the data directory of a real sequencer.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/data_folder.h"
#include "tests/unit/cli/run_cli.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

// Three cases: one stays with polres.a, one was declined up to polda, one is of 11.02.
class ThreeCases {
 public:
  ThreeCases() {
    accept(first_);
    accept(second_);
    accept(case_message(second_, UnitId("polres.a"), 1,
                        Decline{Need::kInvestigation, Reason::kNoCapacity}, 7));
    accept(third_);
  }

  // Of the release that `change` makes of the one in force.
  Ran impact(const std::function<void(Release&)>& change, std::vector<std::string> more) const {
    Release next = small_release();
    next.version = ReleaseVersion{2};
    change(next);
    const std::string file = files_ / "next.rjr";
    const Bytes bytes = signed_small_release(next);
    std::ofstream(file, std::ios::binary) << as_text(bytes);
    std::vector<std::string> arguments = {"release", "impact", file, "--log",
                                          broker_.folder.path().string()};
    if (std::find(more.begin(), more.end(), "--at") == more.end()) {
      more.insert(more.end(), {"--at", "2026-06-02"});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_cli(arguments);
  }
  json changes(const std::function<void(Release&)>& change,
               const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = more;
    all.push_back("--json");
    const Ran ran = impact(change, all);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    return json::parse(ran.out);
  }
  static std::string id(const Message& opening) { return to_string(opening.case_id); }

  const Message& first() const { return first_; }
  const Message& second() const { return second_; }
  const Message& third() const { return third_; }

 private:
  void accept(const Message& message) {
    const auto result = broker_.submit(message);
    if (result.refusal) FAIL(to_string(*result.refusal));
    REQUIRE(result.receipt.has_value());
  }
  static Message in_the_second_regency() {
    Facts facts = offline_facts();
    facts.incidents = {AreaCode("11.02")};
    Message message = referral_message(facts, 3);
    message.recipients[0] = UnitId("polres.b");
    return message;
  }

  SequencerInTest broker_;
  TemporaryFolder files_;
  const Message first_ = referral_message(offline_facts(), 1);
  const Message second_ = referral_message(offline_facts(), 2);
  const Message third_ = in_the_second_regency();
};

Unit& unit_of(Release& release, const char* id) {
  return *std::find_if(release.units.begin(), release.units.end(),
                       [id](const Unit& unit) { return unit.id.str() == id; });
}

}  // namespace

TEST_CASE("a release that changes nothing changes no owner and exits with 0") {
  const ThreeCases cases;
  const json out = cases.changes([](Release&) {});
  CHECK(out["release"]["version"] == 2);
  CHECK(out["open_cases"] == 3);
  CHECK(out["owner_changes"].empty());
  CHECK(
      out["past"] ==
      json(
          {{"openings", 3}, {"owner", 0}, {"assignments", 0}, {"informed", 0}, {"not_routed", 0}}));
}

TEST_CASE("an area that another unit takes over changes the owner of its cases only") {
  const ThreeCases cases;
  const json out = cases.changes([](Release& r) {
    unit_of(r, "polres.a").areas = {AreaCode("11.02")};
    unit_of(r, "polres.b").areas = {AreaCode("11.01")};
  });
  REQUIRE(out["owner_changes"].size() == 3);
  const json& change = out["owner_changes"][0];
  CHECK(change["case"] == ThreeCases::id(cases.first()));
  CHECK(change["owner_now"] == "polres.a");
  CHECK(change["owner_then"] == "polres.b");
  CHECK(change["need_now"] == "investigation");
  CHECK(change["need_then"] == "investigation");
  CHECK(change["rule_now"] == "I4");
  CHECK(change["rule_then"] == "I4");
  CHECK(change["since"].get<std::string>().substr(0, 4) == "2026");
  // The second had moved up.
  CHECK(out["owner_changes"][1]["owner_now"] == "polda");
  CHECK(out["owner_changes"][2]["owner_then"] == "polres.a");
  CHECK(out["past"]["owner"] == 3);
  CHECK(out["past"]["informed"] == 0);
}

TEST_CASE("a case that moved up its chain is unchanged while the chain holds its owner") {
  const ThreeCases cases;
  const json out = cases.changes([](Release& r) {
    // Of the second regency only.
    unit_of(r, "polres.b").validity.until = *parse_time("2026-06-02");
  });
  REQUIRE(out["owner_changes"].size() == 1);
  CHECK(out["owner_changes"][0]["case"] == ThreeCases::id(cases.third()));
  CHECK(out["owner_changes"][0]["owner_then"] == "polda");
  // The unit was still there when the case was opened.
  CHECK(out["past"]["owner"] == 0);
  const json without = cases.changes([](Release& r) {
    r.units.erase(std::remove_if(r.units.begin(), r.units.end(),
                                 [](const Unit& unit) { return unit.id.str() == "polda"; }),
                  r.units.end());
    for (Station& station : r.stations) std::erase(station.units, UnitId("polda"));
    std::erase_if(r.keys, [](const UnitKey& key) { return key.unit.str() == "polda"; });
  });
  REQUIRE(without["owner_changes"].size() == 1);
  CHECK(without["owner_changes"][0]["case"] == ThreeCases::id(cases.second()));
  CHECK(without["past"]["owner"] == 0);
  CHECK(without["past"]["assignments"] == 3);
}

TEST_CASE("the time decides for open cases and the opening's time for past ones") {
  const ThreeCases cases;
  const auto from_july = [](Release& r) {
    unit_of(r, "polres.a").validity.until = *parse_time("2026-07-01");
  };
  CHECK(cases.changes(from_july, {"--at", "2026-06-30"})["owner_changes"].empty());
  const json later = cases.changes(from_july, {"--at", "2026-07-01"});
  CHECK(later["at"] == "2026-07-01T00:00:00.000000Z");
  CHECK(later["owner_changes"].size() == 1);
  CHECK(later["past"]["owner"] == 0);
}

TEST_CASE("another rule and another need that leads are told") {
  const ThreeCases cases;
  const auto without_investigation = [](Release& r) {
    Rule withheld = r.rules[0];
    withheld.id = RuleId("I0");
    withheld.withheld = true;
    withheld.function = FunctionId();
    withheld.anchors.clear();
    r.rules.insert(r.rules.begin(), withheld);
  };
  const json out = cases.changes(without_investigation);
  REQUIRE(out["owner_changes"].size() == 3);
  CHECK(out["owner_changes"][0]["need_then"] == "protection");
  CHECK(out["owner_changes"][0]["owner_then"] == "uptd");
  CHECK(out["owner_changes"][0]["rule_then"] == "P1");
  CHECK(out["past"]["assignments"] == 3);
  const Ran text = cases.impact(without_investigation, {});
  CHECK(text.out.find("investigation -> protection  polres.a   uptd        I4        P1") !=
        std::string::npos);
  CHECK(text.out.find("\n3 of 3 open cases would have another owner at ") != std::string::npos);
  CHECK(text.out.find("Of 3 openings at their time: 3 with another owner, 3 with another "
                      "assignment, 0 with other units informed, 0 not routed.\n") !=
        std::string::npos);
}

TEST_CASE("units that are no longer informed are counted and change no owner") {
  const ThreeCases cases;
  const json out = cases.changes([](Release& r) { r.case_informs.clear(); });
  CHECK(out["owner_changes"].empty());
  CHECK(out["past"]["informed"] == 3);
  CHECK(out["past"]["assignments"] == 0);
}

TEST_CASE("a case that the release cannot route is told with the reason") {
  const ThreeCases cases;
  const json out = cases.changes([](Release& r) { r.rules.erase(r.rules.begin()); });
  REQUIRE(out["owner_changes"].size() == 3);
  CHECK(out["owner_changes"][0]["owner_then"].is_null());
  CHECK(out["owner_changes"][0]["error"]["code"] == "routing.no_rule");
  CHECK(out["past"]["not_routed"] == 3);
}

TEST_CASE("the default configuration is measured against a folder of one case") {
  const DataFolder data;
  const Ran ran = run_cli({"release", "impact", "--config", (RUJUKAN_SOURCE_DIR "/config"), "--log",
                           data.path(), "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const json out = json::parse(ran.out);
  CHECK(out["open_cases"] == 1);
  CHECK(out["owner_changes"].empty());
  // The folder's opening has no events but the first.
  CHECK(out["past"]["openings"] == 1);
  CHECK(out["past"]["owner"] == 0);
  CHECK(out["past"]["assignments"] == 1);
}

TEST_CASE("impact wants one release and a data directory and a time that is one") {
  const DataFolder data;
  const std::string config = RUJUKAN_SOURCE_DIR "/config";
  CHECK(run_cli({"release", "impact", "--log", data.path()}).exit_code == 2);
  CHECK(run_cli({"release", "impact", "x", "--config", config, "--log", data.path()}).exit_code ==
        2);
  CHECK(run_cli({"release", "impact", "--config", config}).exit_code == 2);
  CHECK(run_cli({"release", "impact", "--config", config, "--log", "/nonexistent"}).exit_code == 2);
  const Ran time =
      run_cli({"release", "impact", "--config", config, "--log", data.path(), "--at", "yesterday"});
  CHECK(time.exit_code == 2);
  CHECK(time.err.find("--at") != std::string::npos);
}

TEST_CASE("an entry that cannot be read stops the replay with exit code 2") {
  const DataFolder data;
  execute_sql(data.path(), "UPDATE entries SET bytes = x'00' WHERE idx = 1");
  const Ran ran = run_cli(
      {"release", "impact", "--config", (RUJUKAN_SOURCE_DIR "/config"), "--log", data.path()});
  CHECK(ran.exit_code == 2);
  CHECK(ran.out.empty());
}

}  // namespace rujukan::test
