#include "tests/support/gateway_process.h"

#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "adapters/sdk/anchor.h"
#include "adapters/sdk/seen_log.h"
#include "broker/merkle/note.h"
#include "broker/runtime/key_files.h"
#include "tests/support/small_station.h"

namespace rujukan::test {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

GatewayProcess::GatewayProcess(std::string station) : station_(std::move(station)) {
  // There to be watched before the process makes it.
  for (const char* name : {"incoming", "outgoing", "done", "failed"}) {
    std::filesystem::create_directories(agency() / name);
  }
  std::ofstream(folder_ / "gateway.toml")
      << "folder = \"agency\"\nanchor = \"anchor.toml\"\n"
         "station_key_file = \"station.key\"\nunit_keys_file = \"units.key\"\n"
         "poll_ms = 10\nreconnect_first_ms = 10\n";
  require(write_key_file(folder_ / "station.key",
                         StationKey{StationId(station_), seed_of("station " + station_)})
              .ok());
  require(write_key_file(folder_ / "units.key", small_secrets(station_)).ok());
}
GatewayProcess::~GatewayProcess() = default;

void GatewayProcess::add_settings(const std::string& text) {
  std::ofstream(folder_ / "gateway.toml", std::ios::app) << text;
}

void GatewayProcess::start(const BrokerProcess& broker, const std::vector<std::string>& options) {
  sdk::Anchor anchor = small_anchor();
  anchor.endpoints = {broker.endpoint()};
  anchor.broker_key = broker.curve_key();
  require(sdk::write_anchor(folder_ / "anchor.toml", anchor).ok());
  std::vector<std::string> command{std::string(RUJUKAN_BIN_DIR) + "/rujukan-gateway", "--config",
                                   (folder_ / "gateway.toml").string()};
  command.insert(command.end(), options.begin(), options.end());
  child_ = std::make_unique<ChildProcess>(command, folder_ / "trace");
}

void GatewayProcess::crash(int signal) { ::kill(child_->worker(), signal); }

int GatewayProcess::stop() {
  child_->signal(SIGTERM);
  return child_->wait();
}

int GatewayProcess::wait_for_end() { return child_->wait(); }

std::string GatewayProcess::trace() const { return child_->errors(); }

bool GatewayProcess::wait_for(const std::string& name) {
  return child_->wait_for_file(agency() / name);
}

std::filesystem::path GatewayProcess::agency() const { return folder_ / "agency"; }

merkle::Checkpoint GatewayProcess::latest() const {
  const auto database = sdk::open_station_database((agency() / "station.db").string());
  require(database.ok());
  const auto note = *sdk::SeenLog(**database, small_anchor().log).latest();
  return *merkle::verify_checkpoint(note, small_anchor().log);
}

}  // namespace rujukan::test
