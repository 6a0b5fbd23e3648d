// A real rujukan-gateway of a station of the small release, joined to a real rujukand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/broker_process.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::merkle {
struct Checkpoint;
}

namespace rujukan::test {

class GatewayProcess {
 public:
  explicit GatewayProcess(std::string station);
  ~GatewayProcess();

  // Appends to the settings.
  void add_settings(const std::string& text);
  void start(const BrokerProcess& broker, const std::vector<std::string>& options = {});
  // Ends the process that does its work by this signal.
  void crash(int signal);
  // SIGTERM, and its exit code.
  int stop();
  // The exit code of an end that is expected; see trace() for the reason.
  int wait_for_end();
  // What it wrote to standard error since its latest start.
  std::string trace() const;
  // The process that does its work.
  pid_t worker() const { return child_->worker(); }
  bool wait_for(const std::string& name);
  std::filesystem::path agency() const;
  std::filesystem::path anchor() const { return folder_ / "anchor.toml"; }
  // The latest checkpoint it has seen. Requires: it does not run.
  merkle::Checkpoint latest() const;

 private:
  const std::string station_;
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace rujukan::test
