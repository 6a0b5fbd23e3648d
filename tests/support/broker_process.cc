#include "tests/support/broker_process.h"

#include <signal.h>

#include <fstream>
#include <sstream>

#include "broker/runtime/file.h"
#include "broker/runtime/key_files.h"

namespace rujukan::test {
namespace {

constexpr const char* kSettings = R"(
data_dir = "data"
listen = "tcp://127.0.0.1:*"
key_file = "broker.key"
release_file = "release"
ready_file = "ready"
redeliver_after_s = 2
trace_level = "info"
)";

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

BrokerProcess::BrokerProcess() : BrokerProcess(small_release()) {}
BrokerProcess::~BrokerProcess() = default;
BrokerProcess::BrokerProcess(const Release& release) {
  const auto write = [this](const char* name, ByteView bytes) {
    if (!write_file_durably(folder_ / name, bytes, 0600)) std::abort();
  };
  write("settings.toml", as_bytes(kSettings));
  write("release", signed_small_release(release));
  const BrokerKeys keys{kOrigin, seed_of("log"), seed_of("broker curve")};
  if (!write_key_file(folder_ / "broker.key", keys)) std::abort();
}

void BrokerProcess::add_settings(const std::string& text) {
  std::ofstream(folder_ / "settings.toml", std::ios::app) << text;
}

bool BrokerProcess::start() {
  std::filesystem::remove(folder_ / "ready");
  child_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{std::string(RUJUKAN_BIN_DIR) + "/rujukand", "--config",
                               (folder_ / "settings.toml").string()},
      folder_ / "trace");
  return child_->wait_for_file(folder_ / "ready");
}

void BrokerProcess::reload(const Release& release) {
  if (!write_file_durably(folder_ / "release", signed_small_release(release), 0600)) std::abort();
  hang_up();
}

void BrokerProcess::hang_up() { child_->signal(SIGHUP); }

void BrokerProcess::kill() {
  child_->signal(SIGKILL);
  child_->wait();
}

int BrokerProcess::stop() {
  child_->signal(SIGTERM);
  return child_->wait();
}

int BrokerProcess::wait_for_end() { return child_->wait(); }

RawStation BrokerProcess::connect(const std::string& station) const {
  RawStation connected(endpoint(), curve_key(), seed_of("station " + station));
  connected.greet();
  return connected;
}

std::string BrokerProcess::endpoint() const {
  const std::string text = read_all(folder_ / "ready");
  return text.substr(0, text.find('\n'));
}

std::string BrokerProcess::log_url() const {
  const std::string text = read_all(folder_ / "ready");
  const auto at = text.find("\nlog ");
  if (at == std::string::npos) return "";
  return text.substr(at + 5, text.find('\n', at + 1) - at - 5);
}

std::string BrokerProcess::trace() const { return child_->errors(); }
std::uint64_t BrokerProcess::resident_bytes() const { return child_->resident_bytes(); }
X25519PublicKey BrokerProcess::curve_key() const {
  return x25519_public_key(seed_of("broker curve"));
}
Ed25519PublicKey BrokerProcess::log_key() const {
  return Ed25519SecretKey::from_seed(seed_of("log")).public_key();
}

}  // namespace rujukan::test
