#include "broker/runtime/key_files.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "broker/runtime/file.h"
#include "tests/support/temporary_folder.h"

using namespace rujukan;

namespace {

SecretBytes secret_of(std::uint8_t fill) {
  SecretBytes out;
  out.fill(fill);
  return out;
}

Error station_error(std::string_view text) {
  const test::TemporaryFolder folder;
  REQUIRE(write_file_durably(folder / "k", as_bytes(text), 0600));
  const auto read = read_station_key(folder / "k");
  REQUIRE_FALSE(read);
  return read.error();
}

const std::string kSecretLine = "curve_secret = \"" + to_base64(secret_of(9)) + "\"\n";

}  // namespace

TEST_CASE("every kind of key file reads back as it was written") {
  const test::TemporaryFolder folder;
  REQUIRE(write_key_file(folder / "b", BrokerKeys{"example.org/log", secret_of(1), secret_of(2)}));
  const auto broker = read_broker_keys(folder / "b");
  REQUIRE(broker);
  CHECK(broker->origin == "example.org/log");
  CHECK(broker->log_seed == secret_of(1));
  CHECK(broker->curve_secret == secret_of(2));

  REQUIRE(write_key_file(folder / "s", StationKey{StationId("station-1"), secret_of(3)}));
  const auto station = read_station_key(folder / "s");
  REQUIRE(station);
  CHECK(station->name == StationId("station-1"));
  CHECK(station->curve_secret == secret_of(3));

  REQUIRE(write_key_file(folder / "a", AdministratorKey{"first", secret_of(4)}));
  const auto administrator = read_administrator_key(folder / "a");
  REQUIRE(administrator);
  CHECK(administrator->name == "first");
  CHECK(administrator->seed == secret_of(4));

  const std::vector<UnitSecret> secrets = {
      {UnitId("unit.a"), "k1", KeyPurpose::kSign, secret_of(5)},
      {UnitId("unit.a"), "k2", KeyPurpose::kSeal, secret_of(6)}};
  REQUIRE(write_key_file(folder / "u", secrets));
  const auto units = read_unit_secrets(folder / "u");
  REQUIRE(units);
  REQUIRE(units->size() == 2);
  CHECK((*units)[1].unit == UnitId("unit.a"));
  CHECK((*units)[1].key_id == "k2");
  CHECK((*units)[0].purpose == KeyPurpose::kSign);
  CHECK((*units)[1].purpose == KeyPurpose::kSeal);
  CHECK((*units)[1].secret == secret_of(6));
}

TEST_CASE("a key file that group or others may use is refused and the mode is named") {
  const test::TemporaryFolder folder;
  const auto path = folder / "s";
  REQUIRE(write_key_file(path, StationKey{StationId("station-1"), secret_of(3)}));
  for (const mode_t mode : {0640, 0604, 0620, 0610}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const auto read = read_station_key(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::kFileUnreadable);
    CHECK(read.error().detail.find("0600") != std::string::npos);
  }
}

TEST_CASE("a key file of another kind is refused") {
  const test::TemporaryFolder folder;
  REQUIRE(write_key_file(folder / "a", AdministratorKey{"first", secret_of(4)}));
  const auto read = read_station_key(folder / "a");
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::kConfigValue);
  CHECK(read.error().field.find("kind") != std::string::npos);
}

TEST_CASE("errors of a key file name the key") {
  const std::string head = "kind = \"station\"\n";
  CHECK(station_error(head + "name = \"s\"\n").code == ErrorCode::kConfigMissing);
  CHECK(station_error(head + "name = \"s\"\ncurve_secret = \"AAAA\"\n").code ==
        ErrorCode::kConfigValue);
  CHECK(station_error(head + "name = \"S P\"\n" + kSecretLine).field.find("name") !=
        std::string::npos);
  const Error unknown = station_error(head + "name = \"s\"\nextra = 1\n" + kSecretLine);
  CHECK(unknown.code == ErrorCode::kConfigUnknownKey);
  CHECK(unknown.field.find("extra") != std::string::npos);
  CHECK(station_error("kind = ").code == ErrorCode::kConfigSyntax);
  // Unless it may be a secret at the wrong place.
  const std::string pasted = to_base64(secret_of(9)).substr(0, 43);
  for (const std::string& line : {pasted + " = 1", "[\"" + pasted + "=\"]", "[[" + pasted + "]]"}) {
    const Error error = station_error(head + "name = \"s\"\n" + kSecretLine + line + "\n");
    CHECK(error.code == ErrorCode::kConfigUnknownKey);
    CHECK(to_string(error).find(pasted.substr(0, 8)) == std::string::npos);
    CHECK(error.detail == "line 4");
  }
}
