#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "broker/runtime/file.h"
#include "tests/support/child_process.h"
#include "tests/unit/cli/run_cli.h"
#include "tests/unit/store/log_in_test.h"

namespace rujukan::test {
namespace {

Ran export_log(const LogInTest& log, const std::filesystem::path& to) {
  return run_cli({"log", "export", to.string(), "--data", log.folder.path().string()});
}

}  // namespace

TEST_CASE("a log is exported and goes on from there") {
  LogInTest log;
  log.grow(3);
  const TemporaryFolder to;
  const Ran first = export_log(log, to / "x");
  INFO(first.err);
  CHECK(first.exit_code == 0);
  CHECK(first.out == (to / "x").string() + ": " + kOrigin + " at size 3, 3 new\n");
  CHECK(first.err.empty());
  log.grow(300);
  const Ran second = export_log(log, to / "x");
  CHECK(second.exit_code == 0);
  CHECK(second.out == (to / "x").string() + ": " + kOrigin + " at size 303, 300 new\n");
  CHECK(*read_file(to / "x/checkpoint", 10'000) == log.checkpoint());
  const Ran mirror = run_cli({"log", "export", to / "y", "--from", to / "x"});
  CHECK(mirror.exit_code == 0);
  CHECK(*read_file(to / "y/tile/entries/001.p/47", 10'000'000) ==
        *read_file(to / "x/tile/entries/001.p/47", 10'000'000));
}

TEST_CASE("a fork is not exported over the log and the exit code says so") {
  LogInTest log;
  log.grow(3);
  LogInTest fork("fork");
  fork.grow(5);
  const TemporaryFolder to;
  REQUIRE(export_log(log, to / "x").exit_code == 0);
  const Ran ran = export_log(fork, to / "x");
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.find("checkpoint.fork") != std::string::npos);
  CHECK(ran.err.find(to_hex(log.tree->root())) != std::string::npos);
  CHECK(ran.err.find(to_hex(fork.tree->root())) != std::string::npos);
  CHECK(*read_file(to / "x/checkpoint", 10'000) == log.checkpoint());
}

TEST_CASE("an export without a log or a folder or into the data directory is bad input") {
  LogInTest log;
  const TemporaryFolder to;
  const std::string data = log.folder.path().string();
  CHECK(export_log(log, to / "x").exit_code == 2);
  log.grow(1);
  CHECK(run_cli({"log", "export", data, "--data", data}).exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(log.folder / "checkpoint"));
  CHECK(run_cli({"log", "export", to / "x", "--data", to / "nothing"}).exit_code == 2);
  CHECK(run_cli({"log", "export", to / "x", "--from", to / "nothing"}).exit_code == 2);
  CHECK(run_cli({"log", "export", "/dev/null", "--data", data}).exit_code == 2);
  CHECK(run_cli({"log", "export", to / "x"}).exit_code != 0);
  CHECK(run_cli({"log", "export", to / "x", "--data", data, "--from", data}).exit_code != 0);
  CHECK(run_cli({"log", "export", to / "x", "--data", data, "--every", "5"}).exit_code != 0);
  CHECK(
      run_cli({"log", "export", to / "x", "--data", data, "--follow", "--every", "0"}).exit_code !=
      0);
}

TEST_CASE("an export that follows is up to date until it is told to end") {
  LogInTest log;
  log.grow(3);
  const TemporaryFolder to;
  std::filesystem::create_directory(to / "x");
  ChildProcess follower({(RUJUKAN_BIN_DIR "/rujukan"), "log", "export", to / "x", "--data",
                         log.folder.path().string(), "--follow", "--every", "1"},
                        to / "errors");
  REQUIRE(follower.wait_for_file(to / "x/checkpoint"));
  log.grow(4);
  CHECK(follower.wait_for_file(to / "x/tile/0/000.p/7"));
  follower.signal(SIGTERM);
  CHECK(follower.wait() == 0);
  CHECK(follower.errors().empty());
}

}  // namespace rujukan::test
