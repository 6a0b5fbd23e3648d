// A real rujukand with the small release, in a folder and process of its own.
#pragma once

#include <memory>
#include <string>

#include "broker/model/release.h"
#include "tests/support/child_process.h"
#include "tests/support/raw_station.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::test {

class BrokerProcess {
 public:
  // Writes keys, release and settings; starts nothing. Binary: RUJUKAN_BIN_DIR/rujukand.
  BrokerProcess();  // of the small release
  explicit BrokerProcess(const Release& release);
  ~BrokerProcess();

  // Appends to the settings; tables come last.
  void add_settings(const std::string& text);
  // Starts and waits until it serves; false when it ended instead (see exit_code, trace).
  bool start();
  // Replaces the release file and sends SIGHUP.
  void reload(const Release& release);
  // Sends SIGHUP.
  void hang_up();
  // SIGKILL, and waits.
  void kill();
  // From now on it starts at the address that it has. Requires: it was started before.
  void keep_address();
  // Ends the process that does its work by this signal; true when it serves again.
  bool crash(int signal);
  // SIGTERM, and waits for its exit code.
  int stop();
  // Waits for an end that is expected: its exit code; -1 when it goes on.
  int wait_for_end();

  RawStation connect(const std::string& station) const;
  std::string endpoint() const;
  // Of the log's files; needs a [log] table.
  std::string log_url() const;
  // What it wrote to standard error since its latest start.
  std::string trace() const;
  // The process that does its work.
  pid_t worker() const { return child_->worker(); }
  std::uint64_t resident_bytes() const;
  const TemporaryFolder& folder() const { return folder_; }
  X25519PublicKey curve_key() const;
  Ed25519PublicKey log_key() const;

 private:
  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace rujukan::test
