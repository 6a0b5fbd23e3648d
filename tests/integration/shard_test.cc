// A real broker begins a new shard: cases, receipts, stations and recovery go over the boundary.
#include <cstdio>
#include <thread>

#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/recover.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/integration/conversation.h"
#include "tests/support/gateway_process.h"

using namespace rujukan;
using namespace rujukan::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kNext = "log.example/test-2027";

Release next_year() {
  Release release = small_release();
  release.version = ReleaseVersion{2};
  release.log_origin = kNext;
  return release;
}

Message numbered_referral(std::uint32_t number) {
  Message message = referral_message();
  for (std::size_t i = 0; i < 4; ++i) {
    message.message_id.bytes[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  message.case_id = case_id_of(message.message_id);
  return message;
}

// Sealed under the release of the new shard.
Message numbered_of_next_year(std::uint32_t number) {
  Message message = numbered_referral(number);
  message.release = ReleaseVersion{2};
  return message;
}

wire::SubmissionOutcome say(RawStation& station, const Message& message, const char* origin) {
  wire::SubmittedMessage submitted{wire::encode_message(message), std::nullopt};
  if (message.payload) submitted.payload = referral_payload();
  station.send(wire::encode(signed_submission(message.sender, {submitted}, 7, origin)));
  return outcome_of(station);
}

Receipt accepted(RawStation& station, const Message& message, const char* origin) {
  const auto outcome = say(station, message, origin);
  REQUIRE_FALSE(outcome.refusal);
  INFO((outcome.results.at(0).refusal ? to_string(*outcome.results.at(0).refusal) : ""));
  REQUIRE_FALSE(outcome.results.at(0).refusal);
  return *outcome.results.at(0).receipt;
}

// Opens and closes a case.
void close_one(BrokerProcess& broker, const Message& opening) {
  RawStation kpai = broker.connect("kpai");
  RawStation police = broker.connect("police");
  RawStation centre = broker.connect("centre");
  accepted(kpai, opening, kOrigin);
  std::uint32_t version = 1;
  std::uint8_t number = 50;
  const auto does = [&](RawStation& station, const char* unit, const MessageBody& body) {
    accepted(station, case_message(opening, UnitId(unit), version++, body, number++), kOrigin);
  };
  does(police, "polres.a", Accept{Need::kInvestigation});
  does(police, "polres.a", Complete{Need::kInvestigation});
  does(centre, "uptd", Accept{Need::kProtection});
  does(centre, "uptd", Complete{Need::kProtection});
  does(police, "polres.a", Close{});
}

struct LogInFolder {
  explicit LogInFolder(const BrokerProcess& broker)
      : store(*store::ReadOnlyStore::open((broker.folder() / "data").string())),
        shards(*store->reader().shards()) {}

  Entry entry(std::uint64_t index) const {
    return *wire::decode_entry(*store->reader().entry(LogIndex{index}));
  }
  // Of the newest shard, in the order of its entries.
  std::vector<CaseId> carried() const {
    std::vector<CaseId> out;
    for (std::uint64_t i = shards.back().first; i < shards.back().end; ++i) {
      const Entry at = entry(i);
      if (const auto* carry = std::get_if<CarryCause>(&at.cause)) out.push_back(carry->case_id);
    }
    return out;
  }

  std::unique_ptr<store::ReadOnlyStore> store;
  std::vector<store::Shard> shards;
};

// Until the release is in force, which it is when the origin of the welcome is the new one.
// Of the new shard, at least.
void wait_for_size(BrokerProcess& broker, std::uint64_t size) {
  const merkle::NoteKey key{kNext, broker.log_key()};
  RawStation station = broker.connect("centre");
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < until) {
    station.send(wire::encode(wire::Hello{}));
    const auto frames = station.receive(wire::FrameType::kWelcome, 10s);
    REQUIRE(frames);
    const auto welcome = wire::decode_welcome(views(*frames));
    const auto checkpoint = merkle::verify_checkpoint(welcome->checkpoint, key);
    if (checkpoint && checkpoint->size >= size) return;
  }
  FAIL("the new shard does not grow so far");
}
void wait_for_next_year(BrokerProcess& broker) { wait_for_size(broker, 1); }

}  // namespace

TEST_CASE("cases and receipts and recovery go over the boundary of two shards") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  const Message open = numbered_referral(1);
  const Message closed = numbered_referral(2);
  close_one(broker, closed);
  RawStation kpai = broker.connect("kpai");
  const Receipt old = accepted(kpai, open, kOrigin);
  broker.reload(next_year());
  wait_for_next_year(broker);

  // Signed for the shard before: refused; for this one: taken. What was logged before stays so.
  REQUIRE(say(kpai, numbered_referral(3), kOrigin).refusal->code ==
          ErrorCode::kSubmissionSignature);
  const Receipt fresh = accepted(kpai, numbered_of_next_year(3), kNext);
  const merkle::NoteKey old_key{kOrigin, broker.log_key()};
  const merkle::NoteKey new_key{kNext, broker.log_key()};
  REQUIRE(merkle::verify_receipt(fresh, new_key));
  REQUIRE(accepted(kpai, open, kNext) == old);
  REQUIRE(merkle::verify_receipt(old, old_key));

  RawStation police = broker.connect("police");
  accepted(police, case_message(open, UnitId("polres.a"), 1, Accept{Need::kInvestigation}, 60),
           kNext);
  accepted(police, case_message(closed, UnitId("polres.a"), 6, Reopen{}, 61), kNext);
  REQUIRE(broker.stop() == 0);

  const LogInFolder log(broker);
  REQUIRE(log.shards.size() == 2);
  REQUIRE(log.carried() == std::vector<CaseId>{open.case_id, closed.case_id});
  const auto recovered = sequencer::recover((broker.folder() / "data").string(), old_key,
                                            [](std::uint64_t, std::uint64_t) {});
  REQUIRE(recovered);
  REQUIRE(recovered->entries == log.shards.back().end);
  REQUIRE(broker.start());
  RawStation again = broker.connect("kpai");
  REQUIRE(accepted(again, numbered_of_next_year(3), kNext) == fresh);
}

TEST_CASE("SIGKILL while cases are carried over neither loses nor repeats one") {
  for (const int delay : {0, 10, 25, 60}) {
    INFO(delay);
    BrokerProcess broker;
    REQUIRE(broker.start());
    std::vector<CaseId> open;
    {
      RawStation kpai = broker.connect("kpai");
      for (std::uint32_t batch = 0; batch < 4; ++batch) {
        std::vector<wire::SubmittedMessage> messages;
        for (std::uint32_t i = 0; i < 200; ++i) {
          const Message message = numbered_referral(1 + batch * 200 + i);
          open.push_back(message.case_id);
          messages.push_back({wire::encode_message(message), referral_payload()});
        }
        kpai.send(wire::encode(signed_submission(UnitId("kpai"), std::move(messages), batch + 1)));
        for (const auto& result : outcome_of(kpai).results) REQUIRE_FALSE(result.refusal);
      }
    }
    broker.reload(next_year());
    std::this_thread::sleep_for(std::chrono::milliseconds(delay));
    broker.kill();
    REQUIRE(broker.start());
    wait_for_next_year(broker);
    RawStation kpai = broker.connect("kpai");
    accepted(kpai, numbered_of_next_year(9999), kNext);
    wait_for_size(broker, 1 + open.size() + 1);
    REQUIRE(broker.stop() == 0);
    const LogInFolder log(broker);
    REQUIRE(log.shards.size() == 2);
    // Each once, in their order, whatever else was decided meanwhile.
    REQUIRE(log.carried() == open);
  }
}

TEST_CASE("a gateway that was away goes on in the new shard with the mail of both") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  GatewayProcess gateway("kpai");
  {
    RawStation kpai = broker.connect("kpai");
    accepted(kpai, numbered_referral(1), kOrigin);
  }
  gateway.start(broker);
  REQUIRE(gateway.wait_for("incoming/0000000001-referral-kpai.json"));
  REQUIRE(gateway.stop() == 0);
  {
    RawStation kpai = broker.connect("kpai");
    accepted(kpai, numbered_referral(2), kOrigin);
  }
  broker.reload(next_year());
  wait_for_next_year(broker);
  std::uint64_t index = 0;
  {
    RawStation kpai = broker.connect("kpai");
    const Receipt fresh = accepted(kpai, numbered_of_next_year(3), kNext);
    index = to_number(wire::decode_entry(fresh.entry)->index);
  }
  gateway.start(broker);
  char name[64];
  std::snprintf(name, sizeof name, "incoming/%010llu-referral-kpai.json",
                static_cast<unsigned long long>(index));
  const bool came = gateway.wait_for(name);
  INFO(gateway.trace());
  REQUIRE(came);
  REQUIRE(gateway.stop() == 0);
  std::size_t referrals = 0;
  for (const auto& file : fs::directory_iterator(gateway.agency() / "incoming")) {
    referrals += file.path().filename().string().ends_with("-referral-kpai.json") ? 1 : 0;
  }
  REQUIRE(referrals == 3);
  REQUIRE_FALSE(fs::exists(gateway.agency() / "ALARM.txt"));
}
