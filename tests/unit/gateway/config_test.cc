#include "adapters/gateway/config.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "broker/runtime/file.h"
#include "tests/support/temporary_folder.h"

using namespace rujukan;
using namespace rujukan::gateway;
using namespace rujukan::test;

namespace {

constexpr const char* kNeeded =
    "folder = \"f\"\nanchor = \"a.toml\"\nstation_key_file = \"s.key\"\nunit_keys_file = "
    "\"u.key\"\n";

Result<Config> config_of(const TemporaryFolder& folder, const std::string& text) {
  std::ofstream(folder / "gateway.toml") << text;
  return read_config(folder / "gateway.toml");
}

}  // namespace

TEST_CASE("paths are relative to the file and the rest has defaults") {
  TemporaryFolder folder;
  const auto config = config_of(folder, kNeeded);
  REQUIRE(config);
  REQUIRE(config->folder == folder / "f");
  REQUIRE(config->database == folder.path() / "f" / "station.db");
  REQUIRE(config->mapping.empty());
  REQUIRE_FALSE(config->auto_accept);
  REQUIRE(config->poll == std::chrono::milliseconds(500));
}

TEST_CASE("the example documents exactly the keys that are read - with their defaults") {
  std::istringstream lines(
      read_file(std::string(RUJUKAN_SOURCE_DIR) + "/adapters/gateway/gateway.toml", 1 << 20)
          .value());
  std::string uncommented;
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find(" = ");
    const bool key =
        line.starts_with("# ") && equals != std::string::npos && line.find(' ', 2) == equals;
    uncommented += (key ? line.substr(2) : line) + "\n";
  }
  TemporaryFolder folder;
  const auto config = config_of(folder, uncommented);
  INFO((config ? "" : to_string(config.error())));
  REQUIRE(config);
  const auto defaults = config_of(folder, kNeeded);
  REQUIRE(config->poll == defaults->poll);
  REQUIRE(config->retry.first == defaults->retry.first);
  REQUIRE(config->retry.most == defaults->retry.most);
  REQUIRE(config->reconnect.first == defaults->reconnect.first);
  REQUIRE(config->reconnect.most == defaults->reconnect.most);
  REQUIRE(config->outcome_within == defaults->outcome_within);
  REQUIRE(config->trace_level == defaults->trace_level);
  REQUIRE(config->auto_accept == defaults->auto_accept);
}

TEST_CASE("a configuration with a fault is refused") {
  TemporaryFolder folder;
  const std::pair<const char*, ErrorCode> faults[] = {
      {"polls_ms = 5\n", ErrorCode::kConfigUnknownKey},
      {"poll_ms = 5\n", ErrorCode::kConfigValue},
      {"retry_first_ms = 5000\nretry_most_ms = 100\n", ErrorCode::kConfigValue},
      {"silent_units = [\"Polres A\"]\n", ErrorCode::kConfigValue},
      {"trace_level = \"loud\"\n", ErrorCode::kConfigValue},
      {"auto_accept = 1\n", ErrorCode::kConfigValue},
  };
  for (const auto& [text, code] : faults) {
    INFO(text);
    REQUIRE(config_of(folder, std::string(kNeeded) + text).error().code == code);
  }
  REQUIRE(config_of(folder, "folder = \"f\"\n").error().code == ErrorCode::kConfigMissing);
  REQUIRE(read_config(folder / "none.toml").error().code == ErrorCode::kFileUnreadable);
}
