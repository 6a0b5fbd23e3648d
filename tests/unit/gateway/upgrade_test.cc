// Folders, keys and settings of gateways of older versions under today's.
#include <algorithm>

#include "adapters/gateway/gateway.h"
#include "broker/runtime/file.h"
#include "broker/runtime/key_files.h"
#include "tests/support/memory_broker.h"
#include "tests/support/upgraded.h"
#include "tests/support/written.h"

using namespace rujukan;
using namespace rujukan::gateway;
using namespace rujukan::test;
namespace fs = std::filesystem;

namespace {

class Upgraded {
 public:
  Upgraded(const std::string& version, std::string station)
      : written(version), station_(std::move(station)) {
    REQUIRE(broker.inner.take_over(written / "data"));
    auto config = read_config(written / (station_ + ".toml"));
    REQUIRE(config);
    REQUIRE(read_station_key(config->station_key_file));
    auto parts = Gateway::load(*std::move(config));
    INFO((parts ? "" : to_string(parts.error())));
    REQUIRE(parts);
    auto opened = Gateway::open(*std::move(parts), broker.inner.clock);
    REQUIRE(opened);
    gateway_ = *std::move(opened);
  }
  // Connects, takes what lies there, and says what came of it.
  void run() {
    REQUIRE(gateway_->station().connected([this](const wire::Frames& frames) {
      outgoing_.push_back(frames);
      return true;
    }));
    REQUIRE(gateway_->look());
    REQUIRE(exchange(gateway_->station(), station_, broker, outgoing_));
    REQUIRE(gateway_->look());
  }
  const sdk::Outbox& outbox() { return gateway_->station().outbox(); }
  fs::path folder(const std::string& name) const { return written / (station_ + "/" + name); }
  bool has(const std::string& name) const { return fs::exists(folder(name)); }
  std::vector<std::string> files(const std::string& name) const {
    std::vector<std::string> out;
    for (const auto& file : fs::directory_iterator(folder(name))) {
      out.push_back(file.path().filename().string());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  const Written written;
  MemoryBroker broker;

 private:
  const std::string station_;
  std::deque<wire::Frames> outgoing_;
  std::unique_ptr<Gateway> gateway_;
};

bool includes(const std::vector<std::string>& whole, const std::vector<std::string>& part) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

}  // namespace

TEST_CASE("a record that a gateway of an older version took goes to done under its name") {
  Upgraded u(GENERATE(from_range(written_versions())), "kpai");
  INFO(u.written.facts.version);
  const auto done = u.files("done");
  const auto incoming = u.files("incoming");
  REQUIRE(done.size() == 3 * u.written.facts.receipts);
  REQUIRE_FALSE(incoming.empty());
  REQUIRE_FALSE(fs::is_empty(u.folder("outgoing/.taken")));
  const auto waiting = u.outbox().waiting({}, 10);
  REQUIRE(waiting);
  REQUIRE(waiting->size() == 1);
  u.run();
  // As it was signed.
  const Entry entry = u.broker.inner.entry(u.written.facts.size);
  CHECK(std::get<MessageCause>(entry.cause).message == waiting->front().message);
  CHECK(u.has("done/waiting.json"));
  CHECK(u.has("done/waiting.json.result.json"));
  CHECK(u.has("done/waiting.json.receipt.tlog-proof"));
  CHECK(fs::is_empty(u.folder("outgoing/.taken")));
  // What lay there stays.
  CHECK(includes(u.files("done"), done));
  CHECK(includes(u.files("incoming"), incoming));
}

TEST_CASE("a gateway of 0.4.0 gets what waited for it and forgets what it is kept out of") {
  Upgraded u("0.4.0", "police");
  const std::string unread = "incoming/0000000406-referral-polres.a.json";
  const std::string known = "incoming/0000000001-referral-polres.a.json";
  REQUIRE_FALSE(u.has(unread));
  REQUIRE(u.has(known));
  u.run();
  const auto text = read_file(u.folder(unread), 100'000);
  REQUIRE(text);
  CHECK(text->find("[uraian disegel - contoh]") != std::string::npos);
  const Message opening = message_at(u.broker.inner, 1);
  NewFacts withdrawn{u.broker.inner.record_of(opening).facts};
  withdrawn.facts.consent = Consent::kWithheldPolice;
  u.broker.inner.does(opening, "uptd", withdrawn);
  u.run();
  CHECK_FALSE(u.has(known));
  CHECK(u.has(unread));
}
