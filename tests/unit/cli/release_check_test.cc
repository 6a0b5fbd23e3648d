// rujukan release check, and the same check before a release is built or signed.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "broker/wire/release_codec.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string kConfig = RUJUKAN_SOURCE_DIR "/config";

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// A copy of config/ that can be damaged.
class Folder {
 public:
  Folder() { fs::copy(kConfig, root_ / "config"); }

  std::string config() const { return root_ / "config"; }
  std::string path(const std::string& name) const { return fs::path(root_.path()) / name; }
  void replace(const std::string& file, const std::string& old_text, const std::string& text) {
    std::string bytes = text_of(config() + "/" + file);
    const std::size_t at = bytes.find(old_text);
    REQUIRE(at != std::string::npos);
    bytes.replace(at, old_text.size(), text);
    write(config() + "/" + file, bytes);
  }
  Ran check(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"release", "check", config()});
    return run_cli(more);
  }
  Ran build(const std::string& out) const {
    return run_cli({"release", "build", "--config", config(), "--version", "1", "--log-origin",
                    "example.org/log", "-o", out});
  }

 private:
  TemporaryFolder root_;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The table breaks guarantee G1: the police hospitals would treat those who do not want the police.
void break_guarantee(Folder& folder) {
  folder.replace("routing.toml", "consent = [\"withheld_police\"] }\nfunction = \"protection\"",
                 "consent = [\"withheld_police\"] }\nfunction = \"medical\"");
}

TEST_CASE("release check of the default configuration says what it covered") {
  const Ran ran = run_cli({"release", "check", kConfig});
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(ran.err.empty());
  CHECK(holds(ran.out, "routing.toml:14:1: table.overlap: rule I1: "));
  CHECK(holds(ran.out, "[warning]\n  example: {\"origin\":"));
  CHECK(holds(ran.out, "11 rules: 216 classes of facts, for each of the needs: 2160 decisions\n"));
  CHECK(holds(ran.out, "owners: 221184 classes of facts with sets of needs\n"));
  CHECK(holds(ran.out,
              "directory: 9 functions, 27 dates: 46980 areas by function, level and date; "
              "4549230 pairs of areas by function and date\n"));
  CHECK(holds(ran.out, "guarantee G1 holds: 18432 classes of facts with sets of needs\n"));
  CHECK(holds(ran.out, "0 errors, 5 warnings\n"));
}

TEST_CASE("release check counts what the rows of a folder rest on") {
  const Ran ran = run_cli({"release", "check", "--sources", kConfig});
  CHECK(ran.exit_code == 0);
  CHECK(holds(ran.out, "areas.csv: 27 of 579 rows: assumed\n"));
  CHECK(holds(ran.out, "areas.csv: 552 of 579 rows: published:kepmendagri-300.2.2-2138-2025\n"));
  CHECK(holds(ran.out, "units.csv: 1 of 824 rows: law:uu-12-2022\n"));
  const json out = json::parse(run_cli({"release", "check", "--sources", "--json", kConfig}).out);
  CHECK(out["sources"]["units.csv"]["assumed"] == 751);
  CHECK(run_cli({"release", "check", "--sources", "--release", "x.rjr"}).exit_code == 2);
  Folder folder;
  folder.replace("units.csv", "assumed", "law:uu-0-0000");
  CHECK(holds(folder.check().out, ": config.reference: source: "));
}

TEST_CASE("release check with strict says no to warnings") {
  CHECK(run_cli({"release", "check", "--strict", kConfig}).exit_code == 1);
}

TEST_CASE("release check as JSON is one object with errors and warnings and guarantees") {
  Folder folder;
  break_guarantee(folder);
  const Ran ran = folder.check({"--json"});
  CHECK(ran.exit_code == 2);
  const json out = json::parse(ran.out);
  REQUIRE(out["errors"].size() == 1);
  const json& error = out["errors"][0];
  CHECK(error["file"] == "routing.toml");
  CHECK(error["code"] == "table.guarantee");
  CHECK(error["field"] == "guarantee G1");
  CHECK(error["line"].get<int>() > 100);
  CHECK(error["column"] == 1);
  CHECK(error["example"]["needs"] == json({"medical"}));
  CHECK(error["example"]["consent"] == "withheld_police");
  CHECK_FALSE(out["warnings"].empty());
  CHECK(out["guarantees"][0] == json({{"id", "G1"}, {"holds", false}, {"combinations", 18432}}));
  CHECK(out["guarantees"][1]["holds"] == true);
  CHECK(out["combinations"] == json({{"classes", 216},
                                     {"decisions", 2160},
                                     {"sets_of_needs", 221184},
                                     {"rules", 11},
                                     {"functions", 9},
                                     {"dates", 27},
                                     {"area_lookups", 46980},
                                     {"area_pairs", 4549230}}));
}

TEST_CASE("the examples of a check are files that route accepts and that show the fault") {
  Folder folder;
  break_guarantee(folder);
  const Ran ran = folder.check({"--examples", folder.path("examples")});
  CHECK(ran.exit_code == 2);
  std::size_t files = 0;
  std::size_t police = 0;
  for (const auto& entry : fs::directory_iterator(folder.path("examples"))) {
    const Ran routed =
        run_cli({"route", "--config", folder.config(), "--facts", entry.path().string()});
    INFO(entry.path() << routed.err);
    REQUIRE(routed.exit_code == 0);
    ++files;
    if (!holds(entry.path().string(), "table.guarantee")) continue;
    ++police;
    CHECK(json::parse(routed.out)["assignments"][1]["unit"] == "polri.pusdokkes");
  }
  CHECK(files == 6);  // of the guarantee and of five overlaps
  CHECK(police == 1);
}

TEST_CASE("a table with errors is neither built nor signed") {
  Folder folder;
  REQUIRE(run_cli({"keys", "new", "administrator", "admin", "--out", folder.path("keys"),
                   "--registry", folder.path("registry")})
              .exit_code == 0);
  // One agency has joined.
  REQUIRE(run_cli({"keys", "new", "station", "kpai", "--config", folder.config(), "--agency",
                   "kpai", "--out", folder.path("keys"), "--registry", folder.path("registry")})
              .exit_code == 0);
  REQUIRE(run_cli({"keys", "new", "units", "--config", folder.config(), "--agency", "kpai", "--out",
                   folder.path("keys"), "--registry", folder.path("registry")})
              .exit_code == 0);
  const auto build = [&folder] {
    return run_cli({"release", "build", "--config", folder.config(), "--registry",
                    folder.path("registry"), "--version", "1", "--log-origin", "example.org/log",
                    "-o", folder.path("release.rjr")});
  };
  const auto sign = [&folder] {
    return run_cli({"release", "sign", "--key", folder.path("keys/admin.administrator.key"),
                    folder.path("release.rjr")});
  };
  REQUIRE(build().exit_code == 0);
  const std::string good = text_of(folder.path("release.rjr"));
  break_guarantee(folder);
  const Ran refused = build();
  CHECK(refused.exit_code == 2);
  CHECK(holds(refused.err, "rujukan: routing.toml:"));
  CHECK(holds(refused.err, ": table.guarantee: guarantee G1: "));
  CHECK(holds(refused.err, "\n  example: {\"origin\":"));
  CHECK(text_of(folder.path("release.rjr")) == good);

  // A release that something else built.
  auto envelope = wire::decode_signed_release(as_bytes(good));
  REQUIRE(envelope.ok());
  Release release = wire::decode_release(envelope->body).value();
  for (Rule& rule : release.rules) {
    if (rule.id == RuleId("M1")) rule.function = FunctionId("medical");
  }
  envelope->body = wire::encode_release(release);
  const std::string bad(as_text(wire::encode_signed_release(*envelope)));
  write(folder.path("release.rjr"), bad);
  const Ran unsigned_release = sign();
  CHECK(unsigned_release.exit_code == 2);
  CHECK(holds(unsigned_release.err,
              "rujukan: " + folder.path("release.rjr") + ": table.guarantee: guarantee G1: "));
  CHECK(text_of(folder.path("release.rjr")) == bad);
  const Ran checked = run_cli({"release", "check", "--release", folder.path("release.rjr")});
  CHECK(checked.exit_code == 2);
  CHECK(holds(checked.out, folder.path("release.rjr") + ": table.guarantee: "));
  write(folder.path("release.rjr"), good);
  CHECK(run_cli({"release", "check", "--release", folder.path("release.rjr")}).exit_code == 0);
  CHECK(sign().exit_code == 0);
}

// Bad input: each is said with its place, exits with 2, and nothing is written.

struct Bad {
  const char* file;
  const char* old_text;
  std::string text;
  const char* said;
};

TEST_CASE("bad input is refused with file and line and column and nothing is written") {
  const Bad bads[] = {
      {"routing.toml", "id = \"I1\"", "id = ", "routing.toml:15:6: config.syntax"},
      {"routing.toml", "id = \"I2\"", "id = \"I1\"", "routing.toml:22:6: config.duplicate"},
      {"areas.csv", "11.01,11,regency,Kabupaten Aceh Selatan", "11.01,11,\"regency,Kabupaten",
       "areas.csv:4:10: config.syntax"},
      {"areas.csv", "11.01,11,", "11.02,11,", "areas.csv:5:1: config.duplicate"},
      {"units.csv", "polri.bareskrim.siber,police,investigation.cyber,national,00,,,",
       "polri.bareskrim.siber,police,investigation.cyber,national,00,2026-02-30,,",
       "units.csv:2:62: config.value"},
      {"units.csv", "polri.polda.aceh.siber,police,investigation.cyber,province,11,,,",
       "polri.polda.aceh.siber,police,investigation.cyber,province,11,,2027-01-01,"
       "polri.polda.aceh.siber",
       "units.csv:3:75: config.reference"},
      {"units.csv", "id,agency", "\xEF\xBB\xBFid,agency", "units.csv:1:1: config.syntax"},
      {"permissions.toml", "\nid", "\r\nid", "permissions.toml:4:11: config.syntax"},
      {"deadlines.toml", "urgent_", std::string("\0urgent_", 8),
       "deadlines.toml:4:1: config.syntax"},
  };
  for (const Bad& bad : bads) {
    Folder folder;
    folder.replace(bad.file, bad.old_text, bad.text);
    INFO(bad.said);
    const Ran checked = folder.check({"--examples", folder.path("examples")});
    INFO(checked.out << checked.err);
    CHECK(checked.exit_code == 2);
    CHECK(holds(checked.out, bad.said));
    CHECK(holds(checked.out, "the table is not checked before the files are right"));
    const Ran built = folder.build(folder.path("out.rjr"));
    CHECK(built.exit_code == 2);
    CHECK(holds(built.err, std::string("rujukan: ") + bad.said));
    CHECK_FALSE(fs::exists(folder.path("out.rjr")));
  }
}

TEST_CASE("a file of a hundred megabytes is refused by its size and name") {
  Folder folder;
  const std::string units = folder.config() + "/units.csv";
  fs::resize_file(units, 100'000'000);
  const std::vector<std::string> commands[] = {
      {"release", "check", folder.config()},
      {"release", "build", "--config", folder.config(), "--version", "1", "--log-origin",
       "example.org/log", "-o", folder.path("out.rjr")}};
  for (const auto& command : commands) {
    const Ran ran = run_cli(command);
    CHECK(ran.exit_code == 2);
    CHECK(ran.out.empty());
    CHECK(holds(ran.err, "rujukan: config.too_large: " + units));
  }
  CHECK_FALSE(fs::exists(folder.path("out.rjr")));
}

TEST_CASE("release check takes a folder or a release and not both") {
  CHECK(run_cli({"release", "check"}).exit_code == 2);
  CHECK(run_cli({"release", "check", kConfig, "--release", "release.rjr"}).exit_code == 2);
  CHECK(run_cli({"release", "check", "nowhere"}).exit_code == 2);
}

}  // namespace
}  // namespace rujukan::test
