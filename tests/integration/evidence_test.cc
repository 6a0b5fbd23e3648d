// A log that forks or goes back stops the gateways that saw it otherwise.
#include "adapters/sdk/anchor.h"
#include "broker/base/limits.h"
#include "broker/merkle/note.h"
#include "broker/runtime/file.h"
#include "tests/integration/conversation.h"
#include "tests/support/gateway_process.h"
#include "tests/support/memory_broker.h"

using namespace rujukan;
using namespace rujukan::test;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  const auto text = read_file(path, limits::kNoteBytes);
  REQUIRE(text);
  return *text;
}

// The folder below evidence/ whose name begins with the code.
fs::path evidence_of(const GatewayProcess& gateway, ErrorCode code) {
  for (const auto& place : fs::directory_iterator(gateway.agency() / "evidence")) {
    if (place.path().filename().string().starts_with(name_of(code))) return place.path();
  }
  FAIL("no evidence of " << name_of(code));
  return {};
}

std::uint64_t size_after(RawStation& station, std::uint8_t number) {
  const auto result = submit(station, referral_message(offline_facts(), number));
  return merkle::verify_checkpoint(result.receipt->checkpoint, small_anchor().log)->size;
}

// A broker and a gateway that were at work, and the broker's data directory as it was before.
struct Restored {
  BrokerProcess broker;
  GatewayProcess gateway{"kpai"};
  merkle::Checkpoint seen;

  Restored() {
    const fs::path data = broker.folder() / "data";
    const fs::path backup = broker.folder() / "backup";
    REQUIRE(broker.start());
    REQUIRE(broker.stop() == 0);
    fs::copy(data, backup, fs::copy_options::recursive);
    REQUIRE(broker.start());
    {
      // Before the gateway: whichever of a station's connections says hello last is its own.
      RawStation kpai = broker.connect("kpai");
      size_after(kpai, 1);
    }
    gateway.start(broker);
    // KPAI is informed of its own case.
    const bool came = gateway.wait_for("incoming/0000000001-referral-kpai.json");
    INFO(gateway.trace());
    REQUIRE(came);
    REQUIRE(gateway.stop() == 0);
    REQUIRE(broker.stop() == 0);
    seen = gateway.latest();
    fs::remove_all(data);
    fs::rename(backup, data);
    REQUIRE(broker.start());
  }
  // Both checkpoints, from the files that the gateway left.
  std::pair<merkle::Checkpoint, merkle::Checkpoint> evidence(ErrorCode code) const {
    const fs::path place = evidence_of(gateway, code);
    const merkle::NoteKey log{kOrigin, broker.log_key()};
    const auto first = merkle::verify_checkpoint(text_of(place / "first.note"), log);
    const auto second = merkle::verify_checkpoint(text_of(place / "second.note"), log);
    REQUIRE(first);
    REQUIRE(second);
    for (const fs::path& told : {place / "README.txt", gateway.agency() / "ALARM.txt"}) {
      const std::string text = text_of(told);
      for (const merkle::Checkpoint& checkpoint : {*first, *second}) {
        REQUIRE(text.find(kOrigin) != std::string::npos);
        REQUIRE(text.find(to_base64(checkpoint.root)) != std::string::npos);
        REQUIRE(text.find("size   " + std::to_string(checkpoint.size) + "\n") != std::string::npos);
      }
    }
    return {*first, *second};
  }
};

}  // namespace

TEST_CASE("a broker restored from an old copy stops the gateway with both checkpoints") {
  Restored r;
  r.gateway.start(r.broker);
  REQUIRE(r.gateway.wait_for_end() == 3);
  REQUIRE(r.broker.wait_for_end() == 1);
  const auto [first, second] = r.evidence(ErrorCode::kCheckpointBehind);
  REQUIRE(first == r.seen);
  REQUIRE(second.size < first.size);
}

TEST_CASE("a restored broker that went on has forked and the two notes prove it") {
  Restored r;
  {
    // Other referrals than the gateway saw, up to the same size.
    RawStation kpai = r.broker.connect("kpai");
    for (std::uint8_t number = 2; size_after(kpai, number) < r.seen.size; ++number) {
    }
  }
  r.gateway.start(r.broker);
  REQUIRE(r.gateway.wait_for_end() == 3);
  REQUIRE(r.broker.wait_for_end() == 1);
  const auto [first, second] = r.evidence(ErrorCode::kCheckpointFork);
  REQUIRE(first == r.seen);
  REQUIRE(first.size == second.size);
  REQUIRE(first.root != second.root);
}

TEST_CASE("after a fork the gateway starts again only when a person accepted the log") {
  Restored r;
  r.gateway.start(r.broker);
  REQUIRE(r.gateway.wait_for_end() == 3);
  REQUIRE(r.broker.start());
  fs::remove_all(r.gateway.agency() / "evidence");
  r.gateway.start(r.broker);
  REQUIRE(r.gateway.wait_for_end() == 3);
  r.evidence(ErrorCode::kCheckpointBehind);
  r.gateway.start(r.broker, {"--accept-log"});
  REQUIRE(r.gateway.wait_for_end() == 0);
  fs::remove(r.gateway.agency() / "incoming/0000000001-referral-kpai.json");
  {
    RawStation kpai = r.broker.connect("kpai");
    size_after(kpai, 9);
  }
  r.gateway.start(r.broker);
  REQUIRE(r.gateway.wait_for("incoming/0000000001-referral-kpai.json"));
  REQUIRE(r.gateway.stop() == 0);
}
