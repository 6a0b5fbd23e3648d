#include "tests/unit/gateway/gateway_in_test.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "adapters/sdk/anchor.h"
#include "broker/runtime/key_files.h"
#include "tests/support/small_station.h"

namespace rujukan::test {

using gateway::Gateway;
using gateway::Mapping;
using nlohmann::json;

namespace {

std::string text_of_adapter(const std::string& name) {
  return read_file(std::string(RUJUKAN_SOURCE_DIR) + "/adapters/" + name, 1 << 20).value();
}

}  // namespace

json sample_record() {
  json record = json::parse(text_of_adapter("kpai/samples/1-pengaduan.json"));
  record["media"] = "luring";
  record["korban"][0]["kode_wilayah"] = "11.01";
  record["terlapor"] = json::array();
  record["tempat_kejadian"] = {"11.01"};
  return record;
}

GatewayInTest::GatewayInTest(MemoryBroker& broker, std::string name, bool auto_accept)
    : broker_(broker), name_(std::move(name)) {
  config_.folder = folder_.path();
  config_.database = folder_ / "station.db";
  config_.auto_accept = auto_accept;
  config_.retry = {std::chrono::milliseconds(0), std::chrono::milliseconds(0)};
  config_.outcome_within = std::chrono::seconds(30);
  REQUIRE(start().ok());
}
GatewayInTest::~GatewayInTest() = default;

Result<void> GatewayInTest::start() {
  gateway.reset();
  outgoing_.clear();
  broker_.mail_of(name_).clear();
  std::optional<Mapping> mapping;
  if (name_ == "kpai") mapping = *Mapping::parse(text_of_adapter("kpai/mapping.toml"), "mapping");
  auto opened = Gateway::open(
      {config_, small_anchor(), sdk::UnitKeys(small_secrets(name_)), std::move(mapping)},
      broker_.inner.clock);
  if (!opened) return opened.error();
  gateway = *std::move(opened);
  return {};
}

void GatewayInTest::connect(const Spoil& spoil) {
  // What was on its way over the connection before is lost with it.
  broker_.mail_of(name_).clear();
  REQUIRE(gateway->station()
              .connected([this](const wire::Frames& frames) {
                outgoing_.push_back(frames);
                return true;
              })
              .ok());
  REQUIRE(try_run(spoil).ok());
}
Result<void> GatewayInTest::try_run(const Spoil& spoil) {
  return exchange(gateway->station(), name_, broker_, outgoing_, spoil);
}
void GatewayInTest::run() { REQUIRE(try_run().ok()); }
void GatewayInTest::look() { REQUIRE(gateway->look().ok()); }
void GatewayInTest::look_and_run() {
  look();
  look();
  run();
  look();
}

void GatewayInTest::write(const std::string& name, const std::string& text) {
  std::ofstream(path(name)) << text;
}
json GatewayInTest::read(const std::string& name) const {
  return json::parse(read_file(path(name), 1 << 20).value());
}
std::vector<std::string> GatewayInTest::list(const std::string& folder) const {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(path(folder))) {
    if (entry.is_regular_file()) out.push_back(entry.path().filename());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace rujukan::test
