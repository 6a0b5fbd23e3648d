// What older versions wrote, before today's commands: they say of it what those of then said.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/written.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

std::string succeed(const std::vector<std::string>& arguments) {
  const Ran ran = run_cli(arguments);
  INFO(ran.out << ran.err);
  REQUIRE(ran.exit_code == 0);
  return ran.out;
}

// A newer version may say more.
void require_said(const Written& written, const std::vector<std::string>& arguments,
                  const std::string& name) {
  const json was = json::parse(written.said(name));
  const json now = json::parse(succeed(arguments));
  REQUIRE_FALSE(was.empty());
  for (const auto& [key, value] : was.items()) {
    INFO(name << ": " << key);
    REQUIRE(now.contains(key));
    CHECK(now[key] == value);
  }
}

// `log verify` and `log replay` of one of its logs or directories.
void require_sound(const Written& written, const std::string& name,
                   const std::vector<std::string>& trust) {
  for (const char* command : {"verify", "replay"}) {
    std::vector<std::string> arguments{"log", command, written / name};
    arguments.insert(arguments.end(), trust.begin(), trust.end());
    arguments.emplace_back("--json");
    require_said(written, arguments, name + "." + command + ".json");
  }
}

}  // namespace

TEST_CASE("logs and directories of an older version verify and replay as they did") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  require_sound(written, "log", {"--policy", written / "policy.txt"});
  require_sound(written, "shard", {"--policy", written / "shard-policy.txt"});
  require_sound(written, "data", {"--anchor", written / "anchor.toml"});
  CHECK(succeed({"cases", "--data", written / "data", "--tsv"}) == written.said("data.cases.tsv"));
}

TEST_CASE("a directory of two shards of 0.4.0 verifies and replays as it did") {
  const Written written("0.4.0");
  require_sound(written, "two-shards", {"--policy", written / "shard-policy.txt"});
  const std::string first = (written / "two-shards").string() + "#0";
  succeed({"log", "replay", first, "--anchor", written / "anchor.toml"});
}

TEST_CASE("a verification goes on from a state that an older version kept") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  require_said(written,
               {"log", "verify", written / "log", "--policy", written / "policy.txt", "--state",
                written / "verification.state", "--json"},
               "log.verify-on.json");
}

TEST_CASE("a search goes on from an index that an older version kept") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  CHECK(succeed({"log", "find", written / "log", "--unit", "polres.b", "--limit", "1000", "--index",
                 written / "find.index"}) == written.said("log.find.txt"));
}

TEST_CASE("what an index of an older version covers is not read again") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  REQUIRE(std::filesystem::remove(written / "log/tile/entries/000"));
  succeed({"log", "find", written / "log", "--unit", "kpai", "--limit", "1", "--index",
           written / "find.index"});
}

TEST_CASE("a search finds the exclusions and what could not be read of 0.4.0") {
  const Written written("0.4.0");
  CHECK(succeed({"log", "find", written / "log", "--kind", "exclusion", "--kind", "unreadable",
                 "--limit", "1000", "--index", written / "find.index"}) ==
        written.said("log.find-new-kinds.txt"));
}

TEST_CASE("a bundle of an older version verifies") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  CHECK(succeed({"bundle", "verify", written / "bundle.zip", "--policy", written / "policy.txt"}) ==
        written.said("bundle.verify.txt"));
}

TEST_CASE("receipts and orders and releases of an older version verify") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  const std::string anchor = written / "anchor.toml";
  std::size_t receipts = 0;
  for (const auto& file : std::filesystem::directory_iterator(written / "kpai/done")) {
    if (file.path().extension() != ".tlog-proof") continue;
    ++receipts;
    succeed({"receipt", "verify", file.path(), "--anchor", anchor});
  }
  CHECK(receipts == written.facts.receipts);
  const std::string release =
      written / ("release-" + std::to_string(written.facts.release) + ".rjr");
  succeed({"release", "verify", release, "--anchor", anchor});
  std::size_t orders = 0;
  for (const auto& file : std::filesystem::directory_iterator(written / "orders")) {
    ++orders;
    succeed({"order", "verify", file.path(), "--release", release});
    succeed({"order", "sign", "--key", written / "admin-1.key", file.path()});
  }
  CHECK(orders == written.facts.orders);
}

}  // namespace rujukan::test
