// What an operator sees when rujukand cannot start.
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "broker/store/store.h"
#include "tests/integration/conversation.h"
#include "tests/support/certificates.h"
#include "tests/support/gateway_process.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

void replace_setting(const BrokerProcess& broker, const std::string& from, const std::string& to) {
  const auto path = broker.folder() / "settings.toml";
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  in.close();
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  std::ofstream(path) << text;
}

// Exit codes: 1 fatal, 2 configuration.
void require_no_start(BrokerProcess& broker, int exit_code, const std::string& said) {
  REQUIRE_FALSE(broker.start());
  REQUIRE(broker.wait_for_end() == exit_code);
  INFO(broker.trace());
  REQUIRE(broker.trace().find(said) != std::string::npos);
}

}  // namespace

TEST_CASE("a port that is taken is named") {
  BrokerProcess first;
  REQUIRE(first.start());
  BrokerProcess second;
  replace_setting(second, "tcp://127.0.0.1:*", first.endpoint());
  require_no_start(second, 1, first.endpoint());
}

TEST_CASE("a key that others may read is refused") {
  BrokerProcess broker;
  REQUIRE(::chmod((broker.folder() / "broker.key").c_str(), 0644) == 0);
  require_no_start(broker, 2, "broker.key");
}

TEST_CASE("a setting that is not known is named") {
  BrokerProcess broker;
  replace_setting(broker, "redeliver_after_s", "redeliver_after_seconds");
  require_no_start(broker, 2, "redeliver_after_seconds");
}

TEST_CASE("a directory in use by another broker is refused") {
  BrokerProcess first;
  REQUIRE(first.start());
  BrokerProcess second;
  replace_setting(second, "\"data\"", "\"" + (first.folder() / "data").string() + "\"");
  require_no_start(second, 1, "store.locked");
}

TEST_CASE("a release with a signature missing is refused") {
  BrokerProcess broker;
  Release release = small_release();
  release.administrators[1] = {"admin-3", administrator_key("admin-3").public_key()};
  const Bytes bytes = signed_small_release(release);
  std::ofstream(broker.folder() / "release", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  require_no_start(broker, 2, "release.signature");
}

TEST_CASE("a directory that is marked as failed is refused with the way out") {
  BrokerProcess broker;
  std::filesystem::create_directory(broker.folder() / "data");
  std::ofstream(broker.folder() / "data" / store::kFailedMark).flush();
  require_no_start(broker, 1, "rujukan recover");
}

TEST_CASE("a pipe in the place of any file is refused and not waited for") {
  const auto [name, code] = GENERATE(table<std::string, int>({{"settings.toml", 2},
                                                              {"broker.key", 2},
                                                              {"release", 2},
                                                              {"server.pem", 2},
                                                              {"server.key", 2},
                                                              {"ca.pem", 2},
                                                              {"revoked.pem", 2},
                                                              {"policy", 2},
                                                              {"data/lock", 2},
                                                              {"data/rujukan.db", 1}}));
  INFO(name);
  BrokerProcess broker;
  const Certificates certificates;
  for (const char* one : {"server", "ca"}) {
    std::filesystem::copy_file(certificates.pem(one),
                               broker.folder().path() / (std::string(one) + ".pem"));
  }
  std::filesystem::copy_file(certificates.key("server"), broker.folder() / "server.key");
  std::filesystem::copy_file(certificates.revoke("list", "ca", {}),
                             broker.folder() / "revoked.pem");
  std::ofstream(broker.folder() / "policy") << "log x\n";
  broker.add_settings(
      "[log]\nlisten = \"127.0.0.1:0\"\ntls_certificate = \"server.pem\"\n"
      "tls_key = \"server.key\"\nclient_ca = \"ca.pem\"\nclient_crl = \"revoked.pem\"\n"
      "[witness]\npolicy = \"policy\"\n");
  std::filesystem::create_directory(broker.folder() / "data");
  const auto path = broker.folder().path() / name;
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  require_no_start(broker, code, name);
}

TEST_CASE("bad usage and a missing configuration are told apart from a fatal error") {
  const TemporaryFolder folder;
  const auto errors = folder / "errors";
  ChildProcess without({RUJUKAN_BIN_DIR "/rujukand"}, errors);
  CHECK(without.wait() == 2);
  ChildProcess missing({RUJUKAN_BIN_DIR "/rujukand", "--config", "/does/not/exist.toml"}, errors);
  CHECK(missing.wait() == 2);
  CHECK(missing.errors().find("file.unreadable: /does/not/exist.toml") != std::string::npos);
}

namespace {

std::string core_limit_of(pid_t pid) {
  std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
  for (std::string line; std::getline(limits, line);) {
    if (line.starts_with("Max core file size")) return line;
  }
  return "";
}

}  // namespace

TEST_CASE("the processes that hold keys leave no core dump and say what memory they locked") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  GatewayProcess gateway("kpai");
  gateway.start(broker);
  REQUIRE(gateway.wait_for("station.db"));
  for (const pid_t worker : {broker.worker(), gateway.worker()}) {
    std::istringstream words(core_limit_of(worker));
    std::string word;
    for (int i = 0; i < 5; ++i) words >> word;
    CHECK(word == "0");
  }
  CHECK(broker.trace().find("process.memory_locked what=") != std::string::npos);
  CHECK(gateway.trace().find("process.memory_locked what=") != std::string::npos);
}

TEST_CASE("what a broker writes is for its owner only") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  for (const char* name : {"data", "data/rujukan.db", "data/lock", "data/HEALTHY"}) {
    struct stat status {};
    INFO(name);
    REQUIRE(::stat((broker.folder() / name).c_str(), &status) == 0);
    REQUIRE((status.st_mode & 077) == 0);
  }
}
