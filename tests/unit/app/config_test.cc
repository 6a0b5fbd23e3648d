#include "broker/app/config.h"

#include <catch2/catch.hpp>

#include "broker/merkle/note.h"
#include "broker/runtime/file.h"
#include "broker/runtime/key_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/written.h"

using namespace rujukan;

namespace {

Result<app::Config> config_of(const test::TemporaryFolder& folder, std::string_view text) {
  REQUIRE(write_file_durably(folder / "broker.toml", as_bytes(text)));
  return app::read_config(folder / "broker.toml");
}

const std::string kRequired =
    "data_dir = \"data\"\nlisten = \"tcp://127.0.0.1:*\"\nkey_file = \"/keys/broker.key\"\n";

}  // namespace

TEST_CASE("the documented configuration is read and its comments tell the defaults") {
  const auto config =
      app::read_config(std::filesystem::path(RUJUKAN_SOURCE_DIR) / "config/broker.toml");
  REQUIRE(config);
  CHECK(config->listen == "tcp://127.0.0.1:7700");
  CHECK(config->redeliver_after == std::chrono::seconds(10));
  CHECK(config->state_every == 10'000);
  CHECK(config->trace_level == trace::Level::kInfo);
  CHECK(config->release_file.empty());
  CHECK(config->order_folder.empty());
  CHECK(config->ready_file.empty());
  CHECK(config->verify_threads >= 1);
}

TEST_CASE("paths are relative to the file's folder and absolute ones stay") {
  const test::TemporaryFolder folder;
  const auto config = config_of(
      folder,
      kRequired +
          "release_file = \"r/1.release\"\norder_folder = \"orders\"\nready_file = \"ready\"\n");
  REQUIRE(config);
  CHECK(config->data_dir == folder / "data");
  CHECK(config->key_file == "/keys/broker.key");
  CHECK(config->release_file == folder.path() / "r/1.release");
  CHECK(config->order_folder == folder / "orders");
  CHECK(config->ready_file == folder / "ready");
}

TEST_CASE("every key is read") {
  const test::TemporaryFolder folder;
  const auto config = config_of(
      folder,
      kRequired +
          "verify_threads = 3\nredeliver_after_s = 4\nstate_every = 5\ntrace_level = \"off\"\n");
  REQUIRE(config);
  CHECK(config->verify_threads == 3);
  CHECK(config->redeliver_after == std::chrono::seconds(4));
  CHECK(config->state_every == 5);
  CHECK(config->trace_level == trace::Level::kOff);
}

TEST_CASE("without their tables there is no listener and there are no witnesses") {
  const test::TemporaryFolder folder;
  const auto config = config_of(folder, kRequired);
  REQUIRE(config);
  CHECK_FALSE(config->log);
  CHECK_FALSE(config->witness);
}

TEST_CASE("every key of the listener and of the witnesses is read") {
  const test::TemporaryFolder folder;
  const auto config = config_of(
      folder, kRequired +
                  "[log]\nlisten = \"0.0.0.0:1\"\ntls_certificate = \"c\"\ntls_key = \"k\"\n" +
                  "client_ca = \"/ca\"\nclient_crl = \"r\"\ninsecure = true\ntoken_sha256 = [\"" +
                  std::string(64, 'a') + "\"]\n" +
                  "[witness]\npolicy = \"p\"\nevery_s = 3\nstop_after_lag_s = 4\n");
  if (!config) FAIL(to_string(config.error()));
  CHECK(config->log->http.listen == "0.0.0.0:1");
  CHECK(config->log->http.certificate == folder / "c");
  CHECK(config->log->http.key == folder / "k");
  CHECK(config->log->http.client_ca == "/ca");
  CHECK(config->log->http.client_crl == folder / "r");
  CHECK(config->log->http.insecure);
  REQUIRE(config->log->tokens.size() == 1);
  CHECK(config->log->tokens[0][31] == 0xaa);
  CHECK(config->witness->policy_file == folder / "p");
  CHECK(config->witness->every == std::chrono::seconds(3));
  CHECK(config->witness->stop_after_lag == std::chrono::seconds(4));
}

TEST_CASE("bad settings of the listener and of the witnesses are refused by name") {
  const test::TemporaryFolder folder;
  const auto field_of = [&](const std::string& text) {
    const auto config = config_of(folder, kRequired + text);
    REQUIRE_FALSE(config);
    return config.error().field.substr(config.error().field.rfind(' ') + 1);
  };
  const std::string log = "[log]\nlisten = \"127.0.0.1:0\"\n";
  const std::string witness = "[witness]\npolicy = \"p\"\n";
  CHECK(field_of("[log]\n") == "listen");
  CHECK(field_of(log + "tls_certificate = \"c\"\n") == "tls_key");
  CHECK(field_of(log + "tls_key = \"c\"\n") == "tls_key");
  CHECK(field_of(log + "client_ca = \"c\"\n") == "client_ca");
  CHECK(field_of(log + "client_crl = \"c\"\n") == "client_crl");
  CHECK(field_of(log + "token_sha256 = [\"abc\"]\n") == "token_sha256");
  CHECK(field_of(log + "tokens = []\n") == "tokens");
  CHECK(field_of("[witness]\n") == "policy");
  CHECK(field_of(witness + "every_s = 0\n") == "every_s");
  CHECK(field_of(witness + "stop_after_lag_s = -1\n") == "stop_after_lag_s");
  CHECK(field_of(witness + "every = 1\n") == "every");
  CHECK(field_of("[[log]]\nlisten = \"a\"\n[[log]]\nlisten = \"b\"\n") == "log");
}

TEST_CASE("bad settings are refused by name") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::string& line, ErrorCode code) {
    const auto config = config_of(folder, kRequired + line + "\n");
    REQUIRE_FALSE(config);
    CHECK(config.error().code == code);
    CHECK(config.error().field.find(line.substr(0, line.find(' '))) != std::string::npos);
  };
  refused("listen_on = 1", ErrorCode::kConfigUnknownKey);
  refused("verify_threads = 0", ErrorCode::kConfigValue);
  refused("verify_threads = 65", ErrorCode::kConfigValue);
  refused("redeliver_after_s = 0", ErrorCode::kConfigValue);
  refused("state_every = -1", ErrorCode::kConfigValue);
  refused("trace_level = \"loud\"", ErrorCode::kConfigValue);
  for (const char* key : {"data_dir", "listen", "key_file"}) {
    std::string text = kRequired;
    text.replace(text.find(key), std::string(key).size(), "# ");
    const auto config = config_of(folder, text);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == ErrorCode::kConfigMissing);
    CHECK(config.error().field.find(key) != std::string::npos);
  }
}

TEST_CASE("settings and keys of a broker of an older version are read") {
  const test::Written written(GENERATE(from_range(test::written_versions())));
  INFO(written.facts.version);
  const auto config = app::read_config(written / "broker.toml");
  REQUIRE(config);
  CHECK(config->state_every == 20);
  CHECK(config->data_dir == (written / "data"));
  const auto keys = read_broker_keys(config->key_file);
  REQUIRE(keys);
  // Auditors know the log by it.
  const Ed25519PublicKey key = Ed25519SecretKey::from_seed(keys->log_seed).public_key();
  const auto policy = read_file(written / "policy.txt", 10'000);
  REQUIRE(policy);
  CHECK(policy->starts_with("log " + merkle::NoteKey{keys->origin, key}.to_vkey() + "\n"));
}
