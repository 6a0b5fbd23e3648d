// A real `rujukan witness` in a folder and process of its own.
#pragma once

#include <signal.h>

#include <fstream>
#include <memory>

#include "broker/merkle/cosignature.h"
#include "broker/runtime/key_files.h"
#include "tests/support/child_process.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::test {

class WitnessProcess {
 public:
  // Of one log.
  explicit WitnessProcess(const merkle::NoteKey& log) : log_(log) {
    if (!write_key_file(folder_ / "witness.key", WitnessKey{key().name, seed_of("witness")})) {
      std::abort();
    }
  }

  // Starts and waits until it serves, from the second time on at the same address.
  bool start() {
    const std::string listen = url().empty() ? "127.0.0.1:0" : url().substr(7);
    std::ofstream(folder_ / "witness.toml")
        << "listen = \"" << listen << "\"\nkey_file = \"witness.key\"\n"
        << "state_file = \"witness.db\"\nready_file = \"ready\"\n"
        << "logs = [\"" << log_.to_vkey() << "\"]\n";
    std::filesystem::remove(folder_ / "ready");
    child_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{std::string(RUJUKAN_BIN_DIR) + "/rujukan", "witness", "--config",
                                 (folder_ / "witness.toml").string()},
        folder_ / "trace");
    if (!child_->wait_for_file(folder_ / "ready")) return false;
    std::getline(std::ifstream(folder_ / "ready"), url_);
    return true;
  }
  void kill() {
    child_->signal(SIGKILL);
    child_->wait();
  }
  // SIGTERM, and waits for its exit code.
  int stop() {
    child_->signal(SIGTERM);
    return child_->wait();
  }
  const std::string& url() const { return url_; }
  std::string trace() const { return child_->errors(); }
  static merkle::CosignerKey key() {
    return {"witness.example.org/w1", Ed25519SecretKey::from_seed(seed_of("witness")).public_key()};
  }

 private:
  TemporaryFolder folder_;
  const merkle::NoteKey log_;
  std::string url_;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace rujukan::test
