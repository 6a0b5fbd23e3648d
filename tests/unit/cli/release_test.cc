#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "broker/wire/release_codec.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

const std::string kConfig = RUJUKAN_SOURCE_DIR "/config";
const std::string kFacts = RUJUKAN_SOURCE_DIR "/tests/unit/cli/facts/";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string value_of(const std::string& text, const std::string& name) {
  const std::size_t start = text.find(name + "=") + name.size() + 1;
  return text.substr(start, text.find('\n', start) - start);
}

// Two administrators with threshold 2, one station with one unit, an anchor, and release 1.
class Installation {
 public:
  Installation() {
    const Ran broker = ok({"keys", "new", "broker", "--log-origin", kOrigin, "--out", keys_});
    for (const char* name : {"admin-a", "admin-b"}) {
      ok({"keys", "new", "administrator", name, "--out", keys_, "--registry", registry_});
    }
    ok({"keys", "new", "station", "post", "--unit", "kpai", "--out", keys_, "--registry",
        registry_});
    ok({"keys", "new", "units", "--unit", "kpai", "--out", keys_, "--registry", registry_});
    ok({"anchor", "new", "--log-key", value_of(broker.out, "log_key"), "--broker-key",
        value_of(broker.out, "broker_key"), "--endpoint", "tcp://127.0.0.1:7400", "--registry",
        registry_, "--threshold", "2", "-o", anchor()});
    ok(build(1));
  }

  std::vector<std::string> build(int version) const {
    return {"release",      "build",      "--config",    kConfig,
            "--registry",   registry_,    "--version",   std::to_string(version),
            "--log-origin", kOrigin,      "--threshold", "2",
            "-o",           file(version)};
  }
  std::vector<std::string> sign(const std::string& name, int version) const {
    return {"release", "sign", "--key", keys_ + "/" + name + ".administrator.key", file(version)};
  }
  Ran verify(int version) const {
    return run_cli({"release", "verify", file(version), "--anchor", anchor()});
  }
  std::string file(int version) const {
    return root_.path() / ("release-" + std::to_string(version) + ".rjr");
  }
  std::string anchor() const { return root_ / "anchor.toml"; }
  std::filesystem::path operator/(const char* name) const { return root_ / name; }

  static Ran ok(const std::vector<std::string>& arguments) {
    Ran ran = run_cli(arguments);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    return ran;
  }

  static constexpr const char* kOrigin = "example.org/log";

 private:
  TemporaryFolder root_;
  std::string keys_ = root_ / "keys";
  std::string registry_ = root_ / "registry";
};

}  // namespace

TEST_CASE("a release verifies when both administrators of the anchor have signed") {
  const Installation installation;
  Installation::ok(installation.sign("admin-a", 1));
  Installation::ok(installation.sign("admin-b", 1));
  const Ran ran = installation.verify(1);
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("verifies: release 1 of example.org/log") != std::string::npos);
}

TEST_CASE("a release with one signature missing does not verify") {
  const Installation installation;
  CHECK(installation.verify(1).exit_code == 1);
  Installation::ok(installation.sign("admin-a", 1));
  Installation::ok(installation.sign("admin-a", 1));
  const Ran ran = installation.verify(1);
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.find("release.signature") != std::string::npos);
  CHECK(ran.err.find("1 of 2") != std::string::npos);
}

TEST_CASE("a signed release with a changed byte does not verify") {
  const Installation installation;
  Installation::ok(installation.sign("admin-a", 1));
  Installation::ok(installation.sign("admin-b", 1));
  const std::string good = text_of(installation.file(1));
  const auto envelope = wire::decode_signed_release(as_bytes(good));
  REQUIRE(envelope.ok());
  // In the middle of the body, and in a signature.
  wire::SignedRelease bad_body = *envelope;
  bad_body.body[bad_body.body.size() / 2] ^= 1;
  wire::SignedRelease bad_signature = *envelope;
  bad_signature.signatures[1].signature[7] ^= 1;
  for (const auto& bad : {bad_body, bad_signature}) {
    std::ofstream(installation.file(1), std::ios::binary | std::ios::trunc)
        << as_text(wire::encode_signed_release(bad));
    const Ran ran = installation.verify(1);
    CHECK(ran.exit_code == 1);
    CHECK(ran.err.find("release.signature") != std::string::npos);
  }
}

TEST_CASE("the next release is measured against the one before") {
  const Installation installation;
  Installation::ok(installation.build(2));
  Installation::ok(installation.sign("admin-a", 2));
  Installation::ok(installation.sign("admin-b", 2));
  const auto verify = [&](int version, int previous) {
    return run_cli({"release", "verify", installation.file(version), "--previous",
                    installation.file(previous)});
  };
  CHECK(verify(2, 1).exit_code == 0);
  const Ran same = verify(2, 2);
  CHECK(same.exit_code == 1);
  CHECK(same.err.find("release.older") != std::string::npos);
}

TEST_CASE("a release that has expired or does not count yet does not verify") {
  const Installation installation;
  for (const auto& [from, until] :
       {std::pair{"2020-01-01", "2021-01-01"}, std::pair{"2900-01-01", "2901-01-01"}}) {
    auto build = installation.build(1);
    build.insert(build.end(), {"--valid-from", from, "--expires", until});
    Installation::ok(build);
    Installation::ok(installation.sign("admin-a", 1));
    Installation::ok(installation.sign("admin-b", 1));
    CHECK(installation.verify(1).exit_code == 1);
  }
}

TEST_CASE("release build refuses dates in the wrong order and writes nothing") {
  const Installation installation;
  auto build = installation.build(3);
  build.insert(build.end(), {"--valid-from", "2026-02-01", "--expires", "2026-02-01"});
  CHECK(run_cli(build).exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(installation.file(3)));
}

TEST_CASE("findings of a configuration name file and line") {
  const TemporaryFolder folder;
  std::filesystem::copy(kConfig, folder.path(), std::filesystem::copy_options::recursive);
  std::ofstream(folder / "units.csv", std::ios::app)
      << "lost,police,medical,nowhere,00,,,,assumed\n";
  const Ran ran = run_cli({"release", "build", "--config", folder.path(), "--version", "1",
                           "--log-origin", "example.org/log", "-o", folder / "out.rjr"});
  INFO(ran.err);
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("rujukan: units.csv:826:") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "out.rjr"));
}

TEST_CASE("a deadlines file replaces the folder's") {
  const Installation installation;
  const std::string deadlines = installation / "short.toml";
  std::ofstream(deadlines) << "immediate_accept_within_s = 3600\n"
                              "urgent_accept_within_s = 21600\nroutine_accept_within_s = 3\n";
  auto build = installation.build(1);
  build.insert(build.end(), {"--deadlines", deadlines});
  Installation::ok(build);
  const json shown =
      json::parse(Installation::ok({"release", "show", "--json", installation.file(1)}).out);
  CHECK(shown["deadlines"]["routine_accept_within_s"] == 3);
  CHECK(shown["units"] == 824);
  CHECK(shown["stations"][0]["id"] == "post");
  CHECK(shown["administrators"].size() == 2);
}

TEST_CASE("routing by a release gives the release's version and digest") {
  const Installation installation;
  const json shown =
      json::parse(Installation::ok({"release", "show", "--json", installation.file(1)}).out);
  const Ran ran = Installation::ok(
      {"route", "--release", installation.file(1), "--facts", kFacts + "1_kpai.json"});
  const json routed = json::parse(ran.out);
  CHECK(routed["owner"] == "polri.polda.metro-jaya.siber");
  CHECK(routed["release"] == json({{"version", 1}, {"digest", shown["digest"]}}));
}

TEST_CASE("inspect shows a release and refuses a file of no known form") {
  const Installation installation;
  const Ran release = Installation::ok({"inspect", "--json", installation.file(1)});
  CHECK(json::parse(release.out)["release"]["version"] == 1);
  const Ran anchor = run_cli({"inspect", installation.anchor()});
  CHECK(anchor.exit_code == 2);
  CHECK(anchor.err.find("file.unreadable") != std::string::npos);
}

TEST_CASE("an anchor with more signers than administrators is not written") {
  const Installation installation;
  const std::string out = installation / "other.toml";
  const std::string anchor = text_of(installation.anchor());
  const std::size_t from = anchor.find("log_key = \"") + 11;
  const std::string log_key = anchor.substr(from, anchor.find('"', from) - from);
  const Ran ran = run_cli({"anchor", "new", "--log-key", log_key, "--broker-key",
                           std::string(43, 'A') + "=", "--endpoint", "tcp://127.0.0.1:7400",
                           "--registry", installation / "registry", "--threshold", "3", "-o", out});
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("threshold") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(out));
}

}  // namespace rujukan::test
