#include "adapters/sdk/anchor.h"

#include <catch2/catch.hpp>

#include "broker/runtime/key_files.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

sdk::Anchor anchor() {
  sdk::Anchor out;
  out.log = {kOrigin, Ed25519SecretKey::from_seed(seed_of("log")).public_key()};
  out.broker_key = x25519_public_key(seed_of("broker"));
  out.endpoints = {"tcp://127.0.0.1:7700", "tcp://[::1]:7701"};
  out.trust = decide::trust_of(small_release());
  return out;
}

std::string changed(const std::string& what, const std::string& with) {
  std::string text = sdk::anchor_to_toml(anchor());
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("an anchor is read as it was written") {
  TemporaryFolder folder;
  REQUIRE(sdk::write_anchor(folder / "anchor.toml", anchor()).ok());
  const auto read = sdk::read_anchor(folder / "anchor.toml");
  REQUIRE(read);
  REQUIRE(read->log.to_vkey() == anchor().log.to_vkey());
  REQUIRE(read->broker_key == anchor().broker_key);
  REQUIRE(read->endpoints == anchor().endpoints);
  REQUIRE(read->trust == anchor().trust);
}

TEST_CASE("an anchor with a fault is refused") {
  const std::string key = to_base64(administrator_key("admin-1").public_key());
  REQUIRE(sdk::parse_anchor(changed("threshold = 2", "threshold = 0"), "a").error().code ==
          ErrorCode::kConfigValue);
  REQUIRE(sdk::parse_anchor(changed("threshold = 2", "threshold = 3"), "a").error().code ==
          ErrorCode::kConfigValue);
  REQUIRE(sdk::parse_anchor(changed("threshold = 2", ""), "a").error().code ==
          ErrorCode::kConfigMissing);
  REQUIRE(sdk::parse_anchor(changed("broker_key", "brokerkey"), "a").error().code ==
          ErrorCode::kConfigMissing);
  REQUIRE(
      sdk::parse_anchor(changed("threshold = 2", "threshold = 2\nmore = 1"), "a").error().code ==
      ErrorCode::kConfigUnknownKey);
  REQUIRE(sdk::parse_anchor(changed("tcp://127", "ipc://127"), "a").error().code ==
          ErrorCode::kConfigValue);
  REQUIRE(sdk::parse_anchor(changed("log.example/test+", "log.example/tesx+"), "a").error().code ==
          ErrorCode::kNoteMalformed);
  REQUIRE_FALSE(sdk::parse_anchor(changed(key, to_base64(PublicKey{})), "a"));
}
