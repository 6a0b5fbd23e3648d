// What 0.3.0 wrote, before today's commands: they say of it what those of 0.3.0 said.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/written_030.h"
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
void require_said(const std::vector<std::string>& arguments, const std::string& said) {
  const json was = json::parse(said_by_030(said));
  const json now = json::parse(succeed(arguments));
  REQUIRE_FALSE(was.empty());
  for (const auto& [key, value] : was.items()) {
    INFO(said << ": " << key);
    REQUIRE(now.contains(key));
    CHECK(now[key] == value);
  }
}

}  // namespace

TEST_CASE("logs and directories of 0.3.0 verify and replay as they did") {
  const Written030 written;
  const std::string log = written / "log";
  const std::string policy = written / "policy.txt";
  const std::string shard = written / "shard";
  const std::string shard_policy = written / "shard-policy.txt";
  const std::string data = written / "data";
  const std::string anchor = written / "anchor.toml";
  require_said({"log", "verify", log, "--policy", policy, "--json"}, "log.verify.json");
  require_said({"log", "replay", log, "--policy", policy, "--json"}, "log.replay.json");
  require_said({"log", "verify", shard, "--policy", shard_policy, "--json"}, "shard.verify.json");
  require_said({"log", "replay", shard, "--policy", shard_policy, "--json"}, "shard.replay.json");
  require_said({"log", "verify", data, "--anchor", anchor, "--json"}, "data.verify.json");
  require_said({"log", "replay", data, "--anchor", anchor, "--json"}, "data.replay.json");
  CHECK(succeed({"cases", "--data", data, "--tsv"}) == said_by_030("data.cases.tsv"));
}

TEST_CASE("a verification goes on from a state that 0.3.0 kept") {
  const Written030 written;
  require_said({"log", "verify", written / "log", "--policy", written / "policy.txt", "--state",
                written / "verification.state", "--json"},
               "log.verify-on.json");
}

TEST_CASE("a search goes on from an index that 0.3.0 kept") {
  const Written030 written;
  CHECK(succeed({"log", "find", written / "log", "--unit", "polres.b", "--limit", "1000", "--index",
                 written / "find.index"}) == said_by_030("log.find.txt"));
}

TEST_CASE("a bundle of 0.3.0 verifies") {
  const Written030 written;
  CHECK(succeed({"bundle", "verify", written / "bundle.zip", "--policy", written / "policy.txt"}) ==
        said_by_030("bundle.verify.txt"));
}

TEST_CASE("receipts and orders and releases of 0.3.0 verify") {
  const Written030 written;
  const std::string anchor = written / "anchor.toml";
  std::size_t receipts = 0;
  for (const auto& file : std::filesystem::directory_iterator(written / "kpai/done")) {
    if (file.path().extension() != ".tlog-proof") continue;
    ++receipts;
    succeed({"receipt", "verify", file.path(), "--anchor", anchor});
  }
  CHECK(receipts == 8);
  const std::string release = written / "release-2.rjr";
  succeed({"release", "verify", release, "--anchor", anchor});
  std::size_t orders = 0;
  for (const auto& file : std::filesystem::directory_iterator(written / "orders")) {
    ++orders;
    succeed({"order", "verify", file.path(), "--release", release});
    succeed({"order", "sign", "--key", written / "admin-1.key", file.path()});
  }
  CHECK(orders == 4);
}

}  // namespace rujukan::test
