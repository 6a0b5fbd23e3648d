// A real rujukan-gateway of a station of the small release, joined to a real rujukand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/broker_process.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::merkle {
struct Checkpoint;
}

namespace rujukan::test {

class GatewayProcess {
 public:
  explicit GatewayProcess(std::string station);
  ~GatewayProcess();

  void start(const BrokerProcess& broker, const std::vector<std::string>& options = {});
  // SIGTERM, and its exit code.
  int stop();
  // The exit code of an end that is expected.
  int wait_for_end();
  // What it wrote to standard error since its latest start.
  std::string trace() const;
  bool wait_for(const std::string& name);
  std::filesystem::path agency() const;
  // The latest checkpoint it has seen. Requires: it does not run.
  merkle::Checkpoint latest() const;

 private:
  const std::string station_;
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace rujukan::test
