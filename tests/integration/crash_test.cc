// SIGKILL at any moment loses nothing that had a receipt; SIGTERM drains.
#include <random>
#include <thread>

#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "broker/store/reader.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "tests/integration/conversation.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

Message numbered_referral(std::uint32_t number) {
  Message message = referral_message();
  for (std::size_t i = 0; i < 4; ++i) {
    message.message_id.bytes[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  message.case_id = case_id_of(message.message_id);
  return message;
}

}  // namespace

TEST_CASE("what had a receipt is there after SIGKILL and gets the same receipt again") {
  BrokerProcess broker;
  std::mt19937 random(11);
  std::map<std::uint32_t, Receipt> receipts;
  std::uint32_t next = 1;
  for (int round = 0; round < 8; ++round) {
    REQUIRE(broker.start());
    RawStation kpai = broker.connect("kpai");
    std::uint32_t sent_to = next;
    // Keeps several submissions under way, so that the kill falls into verification and commits.
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(20 + random() % 150);
    std::thread killer([&] {
      std::this_thread::sleep_until(until);
      broker.kill();
    });
    for (; sent_to < next + 200; ++sent_to) {
      kpai.send(referral_frames(numbered_referral(sent_to), sent_to));
    }
    while (auto frames = kpai.receive(wire::FrameType::kOutcome, 400ms)) {
      const auto outcome = wire::decode_outcome(views(*frames));
      REQUIRE(outcome);
      REQUIRE_FALSE(outcome->results.at(0).refusal);
      receipts.emplace(static_cast<std::uint32_t>(outcome->request_id),
                       *outcome->results.at(0).receipt);
    }
    killer.join();
    next = sent_to;
  }
  REQUIRE(receipts.size() > 0);
  REQUIRE(broker.start());
  RawStation kpai = broker.connect("kpai");
  const merkle::NoteKey key{kOrigin, broker.log_key()};
  for (const auto& [number, receipt] : receipts) {
    REQUIRE(merkle::verify_receipt(receipt, key));
    const auto again = submit(kpai, numbered_referral(number));
    REQUIRE(again.receipt == receipt);
  }
  // A station that was there all the time finds the log consistent with what it saw.
  kpai.send(wire::encode(wire::Hello{ReleaseVersion{1}, receipts.rbegin()->second.checkpoint}));
  REQUIRE(kpai.receive(wire::FrameType::kWelcome, 10s));
}

TEST_CASE("SIGTERM answers what was sent and exits with 0") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  RawStation kpai = broker.connect("kpai");
  require_served(kpai, 1);
  REQUIRE(broker.stop() == 0);
  const auto store = store::ReadOnlyStore::open((broker.folder() / "data").string());
  REQUIRE(store);
  REQUIRE(*(*store)->reader().size() == 2);
  REQUIRE(broker.start());
  RawStation again = broker.connect("kpai");
  require_served(again, 2);
}

TEST_CASE("a broker restored from an old copy refuses to serve stations that saw more") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  {
    RawStation kpai = broker.connect("kpai");
    require_served(kpai, 1);
  }
  REQUIRE(broker.stop() == 0);
  const auto data = broker.folder() / "data";
  const auto backup = broker.folder() / "backup";
  std::filesystem::copy(data, backup, std::filesystem::copy_options::recursive);
  REQUIRE(broker.start());
  std::string seen;
  {
    RawStation kpai = broker.connect("kpai");
    seen = submit(kpai, referral_message(offline_facts(), 2)).receipt->checkpoint;
  }
  REQUIRE(broker.stop() == 0);
  std::filesystem::remove_all(data);
  std::filesystem::rename(backup, data);
  REQUIRE(broker.start());
  RawStation kpai = broker.connect("kpai");
  kpai.send(wire::encode(wire::Hello{ReleaseVersion{1}, seen}));
  REQUIRE(broker.wait_for_end() == 1);
  REQUIRE(broker.trace().find("checkpoint.behind") != std::string::npos);
}
