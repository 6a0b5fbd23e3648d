#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "broker/crypto/ed25519.h"
#include "broker/merkle/note.h"
#include "broker/merkle/policy.h"
#include "broker/runtime/key_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

const std::string kConfig = RUJUKAN_SOURCE_DIR "/config";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string value_of(const std::string& text, const std::string& name) {
  const std::size_t from = text.find(name + "=");
  REQUIRE(from != std::string::npos);
  const std::size_t start = from + name.size() + 1;
  return text.substr(start, text.find('\n', start) - start);
}

struct Folders {
  TemporaryFolder root;
  std::string keys = root / "keys";
  std::string registry = root / "registry";

  Ran make(std::vector<std::string> arguments) const {
    std::vector<std::string> all = {"keys", "new"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--out", keys, "--registry", registry});
    return run_cli(all);
  }
};

}  // namespace

TEST_CASE("the public halves that keys new broker prints are those of its file") {
  const TemporaryFolder root;
  const std::string keys = root / "keys";
  const Ran ran =
      run_cli({"keys", "new", "broker", "--log-origin", "example.org/log", "--out", keys});
  REQUIRE(ran.exit_code == 0);
  const auto file = read_broker_keys(keys + "/broker.key");
  REQUIRE(file.ok());
  const merkle::NoteKey log{"example.org/log",
                            Ed25519SecretKey::from_seed(file->log_seed).public_key()};
  CHECK(value_of(ran.out, "log_key") == log.to_vkey());
  CHECK(value_of(ran.out, "broker_key") == to_base64(x25519_public_key(file->curve_secret)));
  CHECK(ran.out.find(to_base64(file->log_seed)) == std::string::npos);
  CHECK(ran.out.find(to_base64(file->curve_secret)) == std::string::npos);
}

TEST_CASE("the public half of a witness is that of its file and goes into a policy") {
  const TemporaryFolder root;
  const auto keys = (root / "keys").string();
  const Ran made = run_cli({"keys", "new", "witness", "--name", "example.org/w1", "--out", keys});
  REQUIRE(made.exit_code == 0);
  const auto key = read_witness_key(root / "keys/witness.key");
  REQUIRE(key);
  const merkle::CosignerKey cosigner{key->name,
                                     Ed25519SecretKey::from_seed(key->seed).public_key()};
  CHECK(key->name == "example.org/w1");
  CHECK(value_of(made.out, "witness_key") == cosigner.to_vkey());
  CHECK(run_cli({"keys", "new", "witness", "--name", "a b", "--out", keys}).exit_code == 2);

  const std::string log = value_of(
      run_cli({"keys", "new", "broker", "--log-origin", "example.org/log", "--out", keys}).out,
      "log_key");
  const auto policy = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"anchor", "policy", "--log-key", log});
    return run_cli(arguments);
  };
  CHECK(merkle::parse_policy(policy({}).out)->quorum.empty());
  const Ran one = policy({"--witness", "w1=" + cosigner.to_vkey() + "@http://127.0.0.1:1"});
  REQUIRE(one.exit_code == 0);
  const auto parsed = merkle::parse_policy(one.out);
  REQUIRE(parsed);
  CHECK(parsed->logs.at(0).key.to_vkey() == log);
  CHECK(parsed->witnesses.at(0).key == cosigner);
  CHECK(parsed->witnesses.at(0).url == "http://127.0.0.1:1");
  CHECK(parsed->quorum == "w1");
  const merkle::CosignerKey other{"example.org/w2",
                                  Ed25519SecretKey::from_seed(Seed{2}).public_key()};
  const Ran two = policy({"--witness", "w1=" + cosigner.to_vkey(), "--witness",
                          "w2=" + other.to_vkey(), "--threshold", "1"});
  CHECK(merkle::parse_policy(two.out)->groups.at(0).threshold == 1);
  CHECK(policy({"--witness", "w1"}).exit_code == 2);
  CHECK(policy({"--witness", "w1=" + log}).exit_code == 2);
  CHECK(policy({"--threshold", "1"}).exit_code == 2);
  const auto shard = merkle::parse_policy(policy({"--origin", "example.org/log-2"}).out);
  REQUIRE(shard);
  CHECK(shard->logs.at(0).key.name == "example.org/log-2");
  CHECK(shard->logs.at(0).key.key == parsed->logs.at(0).key.key);
  CHECK(policy({"--origin", "a b"}).exit_code == 2);
  CHECK(run_cli({"anchor", "policy"}).exit_code == 2);
}

TEST_CASE("a witness says which of its settings is wrong") {
  const TemporaryFolder root;
  const auto error_of = [&](const std::string& text) {
    std::ofstream(root / "w.toml") << text;
    const Ran ran = run_cli({"witness", "--config", (root / "w.toml").string()});
    CHECK(ran.exit_code == 2);
    return ran.err;
  };
  const std::string required = "listen = \"127.0.0.1:0\"\nkey_file = \"k\"\nstate_file = \"s\"\n";
  CHECK(error_of("").find("listen") != std::string::npos);
  CHECK(error_of(required).find("logs") != std::string::npos);
  CHECK(error_of(required + "logs = [\"x\"]\n").find("logs") != std::string::npos);
  // The documented file lacks nothing but the key.
  const Ran documented = run_cli({"witness", "--config", kConfig + "/witness.toml"});
  CHECK(documented.exit_code == 2);
  CHECK(documented.err.find("witness.key") != std::string::npos);
}

TEST_CASE("key files are readable by their owner only") {
  const Folders folders;
  REQUIRE(folders.make({"administrator", "admin-a"}).exit_code == 0);
  struct stat status {};
  REQUIRE(::stat((folders.keys + "/admin-a.administrator.key").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("an existing key is replaced only with force") {
  const Folders folders;
  const Ran first = folders.make({"administrator", "admin-a"});
  REQUIRE(first.exit_code == 0);
  const std::string before = text_of(folders.keys + "/admin-a.administrator.key");
  const Ran again = folders.make({"administrator", "admin-a"});
  CHECK(again.exit_code == 2);
  CHECK(again.err.find("file.unwritable") != std::string::npos);
  CHECK(text_of(folders.keys + "/admin-a.administrator.key") == before);
  const Ran forced = folders.make({"administrator", "admin-a", "--force"});
  CHECK(forced.exit_code == 0);
  CHECK(text_of(folders.keys + "/admin-a.administrator.key") != before);
  const std::string registry = text_of(folders.registry + "/administrators.csv");
  CHECK(registry == "name,key\nadmin-a," + value_of(forced.out, "key") + "\n");
}

TEST_CASE("a registered name is not taken twice even when its key file is elsewhere") {
  const Folders folders;
  REQUIRE(folders.make({"station", "post", "--unit", "kpai"}).exit_code == 0);
  std::filesystem::remove_all(folders.keys);
  const Ran again = folders.make({"station", "post", "--unit", "kpai"});
  CHECK(again.exit_code == 2);
  CHECK(again.err.find("config.duplicate") != std::string::npos);
}

TEST_CASE("a station is registered with its units") {
  const Folders folders;
  const Ran ran = folders.make({"station", "post", "--unit", "uptd-ppa.32", "--unit", "kpai"});
  REQUIRE(ran.exit_code == 0);
  CHECK(text_of(folders.registry + "/stations.csv") ==
        "station,curve_key,units\npost," + value_of(ran.out, "curve_key") + ",uptd-ppa.32 kpai\n");
  const auto file = read_station_key(folders.keys + "/post.station.key");
  REQUIRE(file.ok());
  CHECK(to_base64(x25519_public_key(file->curve_secret)) == value_of(ran.out, "curve_key"));
}

TEST_CASE("a station of a whole agency is registered for the agency") {
  const Folders folders;
  const Ran ran = folders.make({"station", "polri", "--config", kConfig, "--agency", "police"});
  REQUIRE(ran.exit_code == 0);
  CHECK(value_of(ran.out, "units") == "619");
  CHECK(text_of(folders.registry + "/stations.csv").find(",agency:police\n") != std::string::npos);
}

TEST_CASE("every unit of an agency gets a key of each purpose in one call") {
  const Folders folders;
  const Ran ran = folders.make({"units", "--config", kConfig, "--agency", "police"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const auto secrets = read_unit_secrets(folders.keys + "/police.units.key");
  REQUIRE(secrets.ok());
  CHECK(secrets->size() == 2 * 619);
  CHECK(lines_of(text_of(folders.registry + "/keys.csv")) == 1 + 2 * 619);
}

TEST_CASE("a registered unit key is the public half of the secret in the file") {
  const Folders folders;
  REQUIRE(folders.make({"units", "--unit", "kpai"}).exit_code == 0);
  const auto secrets = read_unit_secrets(folders.keys + "/kpai.units.key");
  REQUIRE(secrets.ok());
  std::string expected = "unit,key_id,purpose,key,valid_from,valid_until,compromised_since\n";
  for (const UnitSecret& secret : *secrets) {
    const auto key = secret.purpose == KeyPurpose::kSign
                         ? Ed25519SecretKey::from_seed(secret.secret).public_key()
                         : x25519_public_key(secret.secret);
    expected += "kpai," + secret.key_id + "," + std::string(name_of(secret.purpose)) + "," +
                to_base64(key) + ",,,\n";
  }
  CHECK(text_of(folders.registry + "/keys.csv") == expected);
}

TEST_CASE("further keys of a unit need a date from which they count") {
  const Folders folders;
  REQUIRE(folders.make({"units", "--unit", "kpai"}).exit_code == 0);
  const Ran undated = folders.make({"units", "--unit", "kpai", "--name", "kpai-next"});
  CHECK(undated.exit_code == 2);
  CHECK(undated.err.find("config.duplicate: keys.csv") != std::string::npos);
  const Ran dated = folders.make(
      {"units", "--unit", "kpai", "--name", "kpai-next", "--valid-from", "2030-01-01"});
  CHECK(dated.exit_code == 0);
  const std::string registry = text_of(folders.registry + "/keys.csv");
  CHECK(lines_of(registry) == 5);
  CHECK(registry.find(",2030-01-01,,\n") != std::string::npos);
}

TEST_CASE("units and agencies that do not exist are refused") {
  const Folders folders;
  CHECK(folders.make({"units", "--config", kConfig, "--agency", "navy"}).exit_code == 2);
  const Ran unit = folders.make({"units", "--config", kConfig, "--unit", "polri.nobody"});
  CHECK(unit.exit_code == 2);
  CHECK(unit.err.find("polri.nobody") != std::string::npos);
  CHECK(folders.make({"station", "post"}).exit_code == 2);
  CHECK(folders.make({"administrator", "Not An Id"}).exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(folders.registry + "/keys.csv"));
}

}  // namespace rujukan::test
