// A station follows the log into its next shard, and only when that continues what it saw.
#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr const char* kNext = "log.example/test-2027";

void rotate(MemoryBroker& broker, std::uint32_t version = 2, const char* origin = kNext) {
  Release next = small_release();
  next.version = ReleaseVersion{version};
  next.log_origin = origin;
  broker.inner.sequencer->offer_release(signed_small_release(next));
  broker.tick();
  REQUIRE(broker.inner.sequencer->table()->release().log_origin == origin);
}

std::string origin_of(const StationInTest& station) {
  return sdk::SeenLog(*station.database, station.anchor.log).newest()->key.name;
}

void require_accepted(StationInTest& station, const std::string& ticket, const char* origin) {
  for (const auto& item : station.settled()) {
    if (item.ticket != ticket) continue;
    REQUIRE_FALSE(item.refusal);
    const auto receipt = *merkle::receipt_from_text(item.receipt);
    REQUIRE(merkle::origin_line(receipt.checkpoint) == origin);
    REQUIRE(merkle::verify_receipt(receipt, {origin, station.anchor.log.key}));
    return;
  }
  FAIL("no outcome of " << ticket);
}

// What the broker says of a genesis is changed before the station reads it.
Spoil spoil_genesis(const std::function<void(wire::Consistency&)>& change) {
  return [change](wire::Frames& frames) {
    if (*wire::read_frame_type(frames[0]) != wire::FrameType::kConsistency) return true;
    const std::vector<ByteView> views(frames.begin(), frames.end());
    auto answer = *wire::decode_consistency(views);
    if (answer.genesis.empty()) return true;
    change(answer);
    frames = wire::encode(answer);
    return true;
  };
}

}  // namespace

TEST_CASE("a station that was away follows the log into its new shard") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  StationInTest police(broker, "police");
  kpai.run();
  police.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  kpai.station->disconnected();
  rotate(broker);
  kpai.post("t2", kpai.referral());
  kpai.run();
  REQUIRE(kpai.station->welcomed());
  REQUIRE(origin_of(kpai) == kNext);
  require_accepted(kpai, "t1", kOrigin);
  require_accepted(kpai, "t2", kNext);
  // The police gets the case of the old shard and that of the new one, each with its own origin.
  police.run();
  REQUIRE(police.kept.size() == 2);
  REQUIRE(police.kept[0].checked.entry.index < police.kept[1].checked.entry.index);
  // After a restart it still knows.
  REQUIRE(kpai.open().ok());
  kpai.post("t3", kpai.referral());
  kpai.run();
  require_accepted(kpai, "t3", kNext);
}

TEST_CASE("a station that is connected signs the same message again for the new shard") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  rotate(broker);
  const auto planned = kpai.referral();
  kpai.post("t1", planned);
  REQUIRE(kpai.exchange().ok());
  // The broker said that a new shard has begun: nothing is in doubt, and nothing is lost. What was
  // sealed under the release before is sealed anew.
  REQUIRE_FALSE(kpai.station->distrusts());
  kpai.run();
  require_accepted(kpai, "t1", kNext);
  const auto receipt = *merkle::receipt_from_text(kpai.settled().at(0).receipt);
  const auto message = wire::decode_message(
      std::get<MessageCause>(wire::decode_entry(receipt.entry)->cause).message);
  REQUIRE(message->release == ReleaseVersion{2});
}

TEST_CASE("a message that was logged before the rotation has its receipt of the old shard") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  kpai.post("t1", kpai.referral());
  // The outcome is lost, and the log begins a new shard.
  REQUIRE(kpai.exchange([](wire::Frames& frames) {
                return *wire::read_frame_type(frames[0]) != wire::FrameType::kOutcome;
              })
              .ok());
  rotate(broker);
  kpai.run();
  require_accepted(kpai, "t1", kOrigin);
}

TEST_CASE("a station that was away for several shards follows them all") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  kpai.station->disconnected();
  rotate(broker);
  rotate(broker, 3, "log.example/test-2028");
  rotate(broker, 4, "log.example/test-2029");
  kpai.post("t2", kpai.referral());
  kpai.run();
  require_accepted(kpai, "t2", "log.example/test-2029");
  sdk::SeenLog seen(*kpai.database, kpai.anchor.log);
  REQUIRE(*seen.knows("log.example/test-2028\n"));
}

TEST_CASE("a station that is installed after the rotation gets the mail of both shards") {
  MemoryBroker broker;
  {
    StationInTest kpai(broker, "kpai");
    kpai.run();
    kpai.post("t1", kpai.referral());
    REQUIRE(kpai.exchange().ok());
    rotate(broker);
    kpai.run();
    kpai.post("t2", kpai.referral());
    REQUIRE(kpai.exchange().ok());
  }
  StationInTest police(broker, "police");
  police.run();
  REQUIRE(police.kept.size() == 2);
  REQUIRE(police.station->welcomed());
}

TEST_CASE("a shard that does not continue what was seen is a fork") {
  using Change = std::function<void(wire::Consistency&)>;
  const std::vector<Change> changes{
      [](wire::Consistency& answer) { answer.genesis[0].entry.back() ^= 1; },
      [](wire::Consistency& answer) { answer.genesis[0].path.push_back(Digest{1}); },
      [](wire::Consistency& answer) { answer.path.push_back(Digest{1}); },
      [](wire::Consistency& answer) { answer.genesis.clear(); },
      [](wire::Consistency& answer) { answer.genesis.push_back(answer.genesis[0]); },
      [](wire::Consistency& answer) { answer.refusal = Error{ErrorCode::kCheckpointFork}; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    MemoryBroker broker;
    StationInTest kpai(broker, "kpai");
    kpai.run();
    kpai.post("t1", kpai.referral());
    REQUIRE(kpai.exchange().ok());
    const std::string seen = *sdk::SeenLog(*kpai.database, kpai.anchor.log).latest();
    rotate(broker);
    REQUIRE(kpai.connect().ok());
    const auto fatal = kpai.exchange(spoil_genesis(changes[i]));
    REQUIRE_FALSE(fatal);
    REQUIRE(fatal.error().code == ErrorCode::kCheckpointFork);
    const auto found = *sdk::find_contradiction(*kpai.database);
    REQUIRE(found->first == seen);
    REQUIRE(merkle::origin_line(found->second) == kNext);
    REQUIRE(origin_of(kpai) == kOrigin);
  }
}

TEST_CASE("a welcome of an older shard than was seen is a rollback") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  const std::string old = *sdk::SeenLog(*kpai.database, kpai.anchor.log).latest();
  rotate(broker);
  kpai.run();
  REQUIRE(kpai.connect().ok());
  wire::Welcome welcome;
  welcome.station = StationId("kpai");
  welcome.checkpoint = old;
  const auto frames = wire::encode(welcome);
  const std::vector<ByteView> views(frames.begin(), frames.end());
  REQUIRE(kpai.station->receive(views).error().code == ErrorCode::kCheckpointBehind);
}

TEST_CASE("a log that no release names is not believed and no fork") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  REQUIRE(kpai.connect().ok());
  wire::Welcome welcome;
  welcome.station = StationId("kpai");
  welcome.release = ReleaseVersion{1};
  welcome.checkpoint =
      merkle::sign_checkpoint({"log.example/elsewhere", 3, Digest{1}}, broker.inner.log_key);
  const auto frames = wire::encode(welcome);
  const std::vector<ByteView> views(frames.begin(), frames.end());
  REQUIRE(kpai.station->receive(views).ok());
  REQUIRE(kpai.station->distrusts());
  REQUIRE_FALSE(*sdk::find_contradiction(*kpai.database));
}
