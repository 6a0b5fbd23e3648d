// Administrators' orders as files that a real broker reads.
#include <filesystem>
#include <fstream>
#include <thread>

#include "broker/runtime/file.h"
#include "broker/wire/entry_codec.h"
#include "tests/integration/conversation.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// The next order that a station hears of.
Entry order_heard_by(RawStation& station) {
  for (;;) {
    const auto frames = station.receive(wire::FrameType::kDelivery, 10s);
    REQUIRE(frames);
    const auto delivery = wire::decode_delivery(views(*frames));
    REQUIRE(delivery);
    auto entry = wire::decode_entry(delivery->receipt.entry);
    REQUIRE(entry);
    if (std::holds_alternative<OrderCause>(entry->cause)) return *std::move(entry);
  }
}

std::size_t times(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

// A broker with an order folder, and a case.
class BrokerWithOrders {
 public:
  BrokerWithOrders() {
    std::filesystem::create_directory(orders());
    std::ofstream(broker.folder() / "settings.toml", std::ios::app)
        << "order_folder = \"orders\"\n";
  }
  std::filesystem::path orders() const { return broker.folder() / "orders"; }
  void put(const std::string& name, ByteView bytes) const {
    REQUIRE(write_file_durably(orders() / name, bytes, 0600));
  }
  void put(const std::string& name, const Order& order,
           const std::vector<std::string>& administrators = {"admin-1", "admin-2"}) const {
    put(name, signed_order(order, administrators));
  }
  // Whether the broker's trace comes to hold this as often.
  bool traces(const std::string& what, std::size_t count = 1) const {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < until) {
      if (times(broker.trace(), what) >= count) return true;
      std::this_thread::yield();
    }
    return false;
  }

  BrokerProcess broker;
  Message opening = referral_message();
};

}  // namespace

TEST_CASE("orders in the folder are carried out at SIGHUP and at a start and not again") {
  BrokerWithOrders b;
  REQUIRE(b.broker.start());
  RawStation kpai = b.broker.connect("kpai");
  REQUIRE_FALSE(submit(kpai, b.opening).refusal);
  RawStation police = b.broker.connect("police");
  police.send(wire::encode(wire::Hello{}));

  b.put("hold.rjo", order_about(b.opening, OrderKind::kHold), {"admin-1"});
  b.broker.hang_up();
  const Entry held = order_heard_by(police);
  REQUIRE(held.outcome.events.front().type == EventType::kHeld);
  REQUIRE(held.outcome.owner.str() == "polres.a");
  REQUIRE(b.broker.stop() == 0);

  b.put("lift.rjo", order_about(b.opening, OrderKind::kLiftHold, "uu-27-2022", 2));
  REQUIRE(b.broker.start());
  REQUIRE(b.traces("order.carried_out"));
  REQUIRE(b.broker.trace().find("hold.rjo") == std::string::npos);
  // The same two again, and one more.
  b.put("again.rjo", order_about(b.opening, OrderKind::kHold, "uu-27-2022", 3));
  b.broker.hang_up();
  REQUIRE(b.traces("order.carried_out", 2));
  REQUIRE(times(b.broker.trace(), "order.carried_out") == 2);
  REQUIRE(b.broker.trace().find("order.refused") == std::string::npos);
  REQUIRE(std::filesystem::exists(b.orders() / "hold.rjo"));
}

TEST_CASE("files that are no good orders are refused with their code and the broker goes on") {
  BrokerWithOrders b;
  const Order hold = order_about(b.opening, OrderKind::kHold);
  Order elsewhere = order_about(b.opening, OrderKind::kHold, "uu-27-2022", 2);
  elsewhere.log_origin = "log.example/another";
  b.put("stranger.rjo", hold, {"stranger"});
  b.put("few.rjo", order_about(b.opening, OrderKind::kLiftHold, "uu-27-2022", 3), {"admin-1"});
  b.put("elsewhere.rjo", elsewhere);
  b.put("unknown.rjo", order_about(b.opening, OrderKind::kHold, "uu-27-2022", 4));
  b.put("text.rjo", as_bytes("not an order"));
  b.put("large.rjo", Bytes(20'000, 1));
  b.put("other.txt", as_bytes("is not looked at"));
  std::filesystem::create_directory(b.orders() / "folder.rjo");
  std::filesystem::create_symlink("nowhere", b.orders() / "broken.rjo");
  REQUIRE(b.broker.start());
  REQUIRE(b.traces("order.refused", 8));
  const std::string trace = b.broker.trace();
  CHECK(times(trace, "order.refused") == 8);
  CHECK(times(trace, "order.signature") == 2);
  CHECK(times(trace, "order.invalid") == 2);
  CHECK(times(trace, "case.unknown") == 1);
  CHECK(times(trace, "config.too_large") == 1);
  CHECK(times(trace, "file.unreadable") == 2);
  CHECK(trace.find("other.txt") == std::string::npos);
  RawStation kpai = b.broker.connect("kpai");
  REQUIRE_FALSE(submit(kpai, b.opening).refusal);
  // What was decided stays decided; what was not signed well may come signed well.
  b.put("stranger.rjo", hold, {"admin-1"});
  b.broker.hang_up();
  REQUIRE(b.traces("order.carried_out"));
  REQUIRE(times(b.broker.trace(), "case.unknown") == 1);
}

TEST_CASE("a broker whose order folder cannot be read does not start and says which") {
  BrokerWithOrders b;
  std::filesystem::remove(b.orders());
  REQUIRE_FALSE(b.broker.start());
  REQUIRE(b.broker.trace().find("orders") != std::string::npos);
}
