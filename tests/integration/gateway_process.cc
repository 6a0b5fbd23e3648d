#include "tests/integration/gateway_process.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "adapters/sdk/anchor.h"
#include "adapters/sdk/seen_log.h"
#include "broker/merkle/note.h"
#include "broker/runtime/key_files.h"
#include "tests/support/memory_broker.h"

namespace rujukan::test {

GatewayProcess::GatewayProcess(std::string station) : station_(std::move(station)) {
  // There to be watched before the process makes it.
  std::filesystem::create_directories(agency() / "incoming");
  std::ofstream(folder_ / "gateway.toml")
      << "folder = \"agency\"\nanchor = \"anchor.toml\"\n"
         "station_key_file = \"station.key\"\nunit_keys_file = \"units.key\"\n"
         "poll_ms = 10\nreconnect_first_ms = 10\n";
  REQUIRE(write_key_file(folder_ / "station.key",
                         StationKey{StationId(station_), seed_of("station " + station_)}));
  REQUIRE(write_key_file(folder_ / "units.key", small_secrets(station_)));
}
GatewayProcess::~GatewayProcess() = default;

void GatewayProcess::start(const BrokerProcess& broker, const std::vector<std::string>& options) {
  sdk::Anchor anchor = small_anchor();
  anchor.endpoints = {broker.endpoint()};
  anchor.broker_key = broker.curve_key();
  REQUIRE(sdk::write_anchor(folder_ / "anchor.toml", anchor));
  std::vector<std::string> command{std::string(RUJUKAN_BIN_DIR) + "/rujukan-gateway", "--config",
                                   (folder_ / "gateway.toml").string()};
  command.insert(command.end(), options.begin(), options.end());
  child_ = std::make_unique<ChildProcess>(command, folder_ / "trace");
}

int GatewayProcess::stop() {
  child_->signal(SIGTERM);
  return child_->wait();
}

int GatewayProcess::wait_for_end() {
  const int code = child_->wait();
  UNSCOPED_INFO(trace());
  return code;
}

std::string GatewayProcess::trace() const { return child_->errors(); }

bool GatewayProcess::wait_for(const std::string& name) {
  return child_->wait_for_file(agency() / name);
}

std::filesystem::path GatewayProcess::agency() const { return folder_ / "agency"; }

merkle::Checkpoint GatewayProcess::latest() const {
  const auto database = sdk::open_station_database((agency() / "station.db").string());
  REQUIRE(database);
  const auto note = *sdk::SeenLog(**database, small_anchor().log).latest();
  return *merkle::verify_checkpoint(note, small_anchor().log);
}

}  // namespace rujukan::test
