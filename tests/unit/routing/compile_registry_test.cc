#include "broker/crypto/ed25519.h"
#include "broker/crypto/x25519.h"
#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {
namespace {

std::string key_text(const PublicKey& key) { return to_base64(key); }
std::string sign_key(std::uint8_t n) {
  return key_text(Ed25519SecretKey::from_seed(Seed{0, n}).public_key());
}
std::string seal_key(std::uint8_t n) {
  return key_text(X25519SecretKey::from_seed(Seed{0, n}).public_key());
}
const std::string kZeroKey = to_base64(PublicKey{});

ConfigFiles registered() {
  ConfigFiles files = small();
  files["administrators.csv"] = "name,key\nfirst," + sign_key(1) + "\nsecond," + sign_key(2) + "\n";
  files["keys.csv"] =
      "unit,key_id,purpose,key,valid_from,valid_until,compromised_since\n"
      "post,sign-1,sign," +
      sign_key(3) +
      ",,,\n"
      "post,seal-1,seal," +
      seal_key(3) + ",2026-01-01,,2026-02-01\n";
  files["stations.csv"] =
      "station,curve_key,units\n"
      "police," +
      seal_key(4) +
      ",agency:police\n"
      "mixed," +
      seal_key(5) + ",post kpai agency:police\n";
  return files;
}

const BuildFacts kBuild{ReleaseVersion{3}, "example/log",
                        Validity{parse_time("2026-01-01"), parse_time("2027-01-01")}, 2};

TEST_CASE("the registry becomes part of the release") {
  const auto compiled = compile(registered(), kBuild);
  REQUIRE(compiled.findings.empty());
  const Release& release = compiled.release;
  CHECK(release.version == kBuild.version);
  CHECK(release.log_origin == "example/log");
  CHECK(release.validity == kBuild.validity);
  CHECK(release.threshold == 2);
  REQUIRE(release.administrators.size() == 2);
  CHECK(to_base64(release.administrators[1].key) == sign_key(2));
  REQUIRE(release.keys.size() == 2);
  CHECK(release.keys[0].key_id == "seal-1");
  CHECK(release.keys[0].compromised_since == parse_time("2026-02-01"));
  REQUIRE(release.stations.size() == 2);
  CHECK(texts(release.stations[0].units) == Texts{"kpai", "nation", "post"});
  CHECK(texts(release.stations[1].units) == Texts{"nation", "post"});
}

TEST_CASE("a release for a log needs as many administrators as its threshold") {
  ConfigFiles files = registered();
  BuildFacts facts = kBuild;
  facts.threshold = 3;
  CHECK(findings(files, facts) == Texts{"administrators.csv:0:0 config.value threshold"});
  facts.threshold = 0;
  CHECK(findings(files, facts) == Texts{"administrators.csv:0:0 config.value threshold"});
}

TEST_CASE("keys that are not canonical or of small order are refused") {
  for (const std::string& bad : {kZeroKey, to_base64(PublicKey{1})}) {
    ConfigFiles files = registered();
    files["administrators.csv"] = "name,key\nfirst," + bad + "\n";
    files["keys.csv"] =
        "unit,key_id,purpose,key,valid_from,valid_until,compromised_since\n"
        "post,a,sign," +
        bad + ",,,\npost,b,seal," + bad + ",,,\n";
    files["stations.csv"] = "station,curve_key,units\npolice," + bad + ",post\n";
    CHECK(findings(files) == Texts{"administrators.csv:2:7 key.invalid key",
                                   "keys.csv:2:13 key.invalid key", "keys.csv:3:13 key.invalid key",
                                   "stations.csv:2:8 key.invalid curve_key"});
  }
}

TEST_CASE("keys that are not the base64 form of 32 bytes are refused") {
  const std::string good = sign_key(1);
  for (const std::string& bad : {good.substr(1), good + "A", std::string("?") + good.substr(1),
                                 std::string(), good.substr(0, good.size() - 1)}) {
    ConfigFiles files = small();
    files["administrators.csv"] = "name,key\nfirst," + bad + "\n";
    CHECK(findings(files) == Texts{"administrators.csv:2:7 config.value key"});
  }
}

TEST_CASE("an administrator's name or key twice is refused") {
  ConfigFiles files = small();
  files["administrators.csv"] =
      "name,key\na," + sign_key(1) + "\na," + sign_key(2) + "\nb," + sign_key(1) + "\n";
  CHECK(findings(files) == Texts{"administrators.csv:3:1 config.duplicate name",
                                 "administrators.csv:4:3 config.duplicate key"});
}

TEST_CASE("a key id is unique within its unit") {
  ConfigFiles files = registered();
  files["keys.csv"] +=
      "post,sign-1,sign," + sign_key(9) + ",,,\n" + "kpai,sign-1,sign," + sign_key(9) + ",,,\n";
  CHECK(findings(files) == Texts{"keys.csv:4:6 config.duplicate key_id"});
}

TEST_CASE("keys and stations name units and agencies that exist") {
  ConfigFiles files = registered();
  files["keys.csv"] += "none,a,sign," + sign_key(9) + ",,,\n";
  files["stations.csv"] += "third," + seal_key(6) + ",post none agency:none\n";
  const Texts found = findings(files);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "keys.csv:4:1 config.reference unit");
  CHECK(found[1].ends_with("config.reference units"));
  CHECK(found[2].starts_with("stations.csv:4:"));
}

TEST_CASE("a station or its key twice is refused") {
  ConfigFiles files = registered();
  files["stations.csv"] += "police," + seal_key(6) + ",post\nother," + seal_key(4) + ",post\n";
  CHECK(findings(files) == Texts{"stations.csv:4:1 config.duplicate station",
                                 "stations.csv:5:7 config.duplicate curve_key"});
}

TEST_CASE("references into a file that cannot be read are not findings of their own") {
  ConfigFiles files = registered();
  files["units.csv"] = "id\n";
  for (const std::string& finding : findings(files)) CHECK(finding.starts_with("units.csv:1"));
  files = registered();
  files["areas.csv"] = "\xEF\xBB\xBF";
  CHECK(findings(files) == Texts{"areas.csv:1:1 config.syntax "});
}

}  // namespace
}  // namespace rujukan::routing
