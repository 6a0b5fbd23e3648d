#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/temporary_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

const std::string kConfig = RUJUKAN_SOURCE_DIR "/config";

// A copy of the national configuration in which one text of one file is another.
class ChangedConfig {
 public:
  ChangedConfig(const char* file, const std::string& old_text, const std::string& text) {
    std::filesystem::copy(kConfig, folder_.path(), std::filesystem::copy_options::recursive);
    std::ifstream in(folder_ / file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const std::size_t at = bytes.find(old_text);
    REQUIRE(at != std::string::npos);
    bytes.replace(at, old_text.size(), text);
    std::ofstream(folder_ / file, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

// Two cities that no longer belong to the capital's police area for online cases.
ChangedConfig smaller_capital() {
  return {"units.csv", "investigation.cyber,province,31 32.16 32.75 32.76 36.71 36.74",
          "investigation.cyber,province,31 32.16 32.75 32.76"};
}

Ran diff(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"release", "diff"});
  return run_cli(arguments);
}

}  // namespace

TEST_CASE("the national configuration against itself changes nothing") {
  const Ran ran = diff({kConfig, kConfig, "--exit-code"});
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("no entry changes\nno owner changes\n") != std::string::npos);
}

TEST_CASE("a police area that gains two cities is told in words") {
  const ChangedConfig before = smaller_capital();
  const Ran ran = diff({before.path(), kConfig});
  INFO(ran.out << ran.err);
  CHECK(ran.exit_code == 0);
  for (const char* words :
       {"units: changed polri.polda.metro-jaya.siber: areas: 31 32.16 32.75 32.76 -> 31 32.16 "
        "32.75 32.76 36.71 36.74\n",
        "online or mixed, victim child or unknown, no suspect abroad, lead need investigation",
        "  victims in 36.71 or 36.74:\n    from polri.polda.banten.siber to "
        "polri.polda.metro-jaya.siber (rule I3)\n",
        "  victims in (all of 31, 32.16, 32.75 or 32.76) together with (36.71 or 36.74):\n"
        "    from polri.bareskrim.siber to polri.polda.metro-jaya.siber (rule I3)\n"}) {
    CHECK(ran.out.find(words) != std::string::npos);
  }
}

TEST_CASE("the exit code tells whether an owner changes only when it is asked to") {
  const ChangedConfig owner = smaller_capital();
  CHECK(diff({kConfig, owner.path()}).exit_code == 0);
  CHECK(diff({kConfig, owner.path(), "--exit-code"}).exit_code == 1);
  const ChangedConfig deadline("deadlines.toml", "86400", "86401");
  const Ran ran = diff({kConfig, deadline.path(), "--exit-code"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("deadlines: changed deadlines: ") != std::string::npos);
}

TEST_CASE("groups that differ in units and areas only are cut short unless all are asked for") {
  const ChangedConfig national("routing.toml",
                               "level = \"regency\"\nanchors = [\"incidents\", \"victims\", "
                               "\"suspects\"]",
                               "level = \"national\"");
  const Ran some = diff({kConfig, national.path()});
  CHECK(some.out.find("more, between other units (rule I4); --all or --json lists them") !=
        std::string::npos);
  CHECK(some.out.find("polri.polres.91.71.ppa") == std::string::npos);
  const Ran all = diff({kConfig, national.path(), "--all"});
  CHECK(all.out.find("from polri.polres.91.71.ppa to polri.bareskrim.ppa (rule I4)") !=
        std::string::npos);
}

TEST_CASE("a difference leads with what is taken away and what changes for whom") {
  ChangedConfig centre("units.csv", "uptd-ppa.32,service_centre,protection,province,32,,,",
                       "uptd-ppa.32,service_centre,protection,province,32,,2027-03-01,"
                       "uptd-ppa.32.73");
  const Ran closed = diff({kConfig, centre.path()});
  const std::string head =
      kConfig + " -> " + centre.path() +
      "\nwhat changes for whom, in some or all of their cases:\n"
      "- victims of any age, protection, psychological, shelter and legal_aid:\n"
      "    from uptd-ppa.32 to kemenpppa.sapa, victims in 32, 32.01, ";
  CAPTURE(closed.out);
  CHECK(closed.out.starts_with(head));
  const ChangedConfig owner("permissions.toml", "may_own = false", "may_own = true");
  CHECK(diff({kConfig, owner.path()})
            .out.find("\nWEAKER: agency kpai, which only watched, may own "
                      "cases\nentries that change:\n") != std::string::npos);
  const json out = json::parse(diff({"--json", kConfig, owner.path()}).out);
  CHECK(out["weakened"] ==
        json({{{"what", "may_own"}, {"id", "kpai"}, {"lost", json::array()}, {"instead_of", ""}}}));
  const json people = json::parse(diff({"--json", kConfig, centre.path()}).out)["for_whom"];
  CHECK(people[0]["victim_age"] == json({"child", "adult", "unknown"}));
  CHECK(people[0]["after"]["units"] == json({"kemenpppa.sapa"}));
}

TEST_CASE("a difference of hundreds of entries and groups is short unless all is asked for") {
  // Every post under another name, and with it every owner of an offline case.
  const ChangedConfig renamed("units.csv", "polri.bareskrim.siber", "polri.bareskrim.siber");
  const std::string path = renamed.path() + "/units.csv";
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t at = text.find("polri.polres."); at != std::string::npos;
       at = text.find("polri.polres.", at + 1)) {
    text.replace(at, 13, "polri.resort.");
  }
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  const auto lines = [](const std::string& out) {
    return std::count(out.begin(), out.end(), '\n');
  };
  const Ran some = diff({kConfig, renamed.path()});
  CHECK(lines(some.out) < 250);
  CHECK(some.out.find("  units: 489 more removed; --all or --json lists them\n") !=
        std::string::npos);
  const Ran all = diff({"--all", kConfig, renamed.path()});
  CHECK(lines(all.out) > 2000);
}

TEST_CASE("groups that are all of different kinds are listed up to a bound") {
  // Thirty posts that end on days of their own.
  const ChangedConfig ending("units.csv", "polri.bareskrim.siber", "polri.bareskrim.siber");
  const std::string path = ending.path() + "/units.csv";
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::size_t at = text.find("polri.polres.");
  for (int day = 1; day <= 30; ++day, at = text.find("polri.polres.", at + 1)) {
    const std::string until = (day < 10 ? "2027-01-0" : "2027-01-") + std::to_string(day);
    text.replace(text.find(",,,,", at), 4, ",," + until + ",polri.bareskrim.ppa,");
  }
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  const Ran some = diff({kConfig, ending.path()});
  const auto left_out = some.out.find(" more groups; --all or --json lists them\n");
  REQUIRE(left_out != std::string::npos);
  CHECK(std::count(some.out.begin(), some.out.end(), '\n') < 400);
  CHECK(diff({"--all", kConfig, ending.path()}).out.find("more groups") == std::string::npos);
}

TEST_CASE("the difference as JSON holds every group with its areas") {
  const ChangedConfig before = smaller_capital();
  const Ran ran = diff({"--json", before.path(), kConfig});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const json out = json::parse(ran.out);
  REQUIRE(out["entries"].size() == 1);
  CHECK(out["entries"][0]["id"] == "polri.polda.metro-jaya.siber");
  const json& first = out["owner_changes"][0];
  CHECK(first["before"] == json({{"units", {"polri.polda.banten.siber"}}, {"rule", "I3"}}));
  CHECK(first["after"] == json({{"units", {"polri.polda.metro-jaya.siber"}}, {"rule", "I3"}}));
  CHECK(first["places"][0]["areas"] == json({"36.71", "36.74"}));
  CHECK(first["facts"][0]["mode"] == json({"online", "mixed"}));
  CHECK(out["other_changes"]["informed"] > 0);
  CHECK_FALSE(out.contains("others"));
}

TEST_CASE("what is no release and no configuration is bad input") {
  const TemporaryFolder empty;
  CHECK(diff({kConfig, empty.path()}).exit_code == 2);
  CHECK(diff({kConfig, kConfig + "/units.csv"}).exit_code == 2);
  CHECK(diff({kConfig}).exit_code == 2);
  const ChangedConfig broken("units.csv", "investigation.cyber,province", "x y,province");
  const Ran ran = diff({kConfig, broken.path()});
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("units.csv:") != std::string::npos);
}

}  // namespace rujukan::test
