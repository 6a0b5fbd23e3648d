// A gateway of a station of the small release, its folder on disk, its link in memory.
#pragma once

#include <nlohmann/json.hpp>

#include "adapters/gateway/gateway.h"
#include "tests/support/memory_broker.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::test {

// KPAI's sample 1 with an area of the small release.
nlohmann::json sample_record();

class GatewayInTest {
 public:
  GatewayInTest(MemoryBroker& broker, std::string name, bool auto_accept = false);
  ~GatewayInTest();

  // As after a crash.
  Result<void> start();
  void connect(const Spoil& spoil = nullptr);
  Result<void> try_run(const Spoil& spoil = nullptr);
  void run();
  void look();
  // Looks until files are taken and outcomes are written.
  void look_and_run();

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  void write(const std::string& name, const std::string& text);
  void remove(const std::string& name) { std::filesystem::remove(path(name)); }
  bool has(const std::string& name) const { return std::filesystem::exists(path(name)); }
  nlohmann::json read(const std::string& name) const;
  // Regular files, in order.
  std::vector<std::string> list(const std::string& folder) const;

  std::unique_ptr<gateway::Gateway> gateway;

 private:
  MemoryBroker& broker_;
  const std::string name_;
  TemporaryFolder folder_;
  gateway::Config config_;
  std::deque<wire::Frames> outgoing_;
};

}  // namespace rujukan::test
