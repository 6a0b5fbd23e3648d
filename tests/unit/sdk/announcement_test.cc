// A welcome that comes again, unasked, on a living connection: the broker announces a release.
#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/sequencer.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr const char* kNext = "log.example/test-2027";

wire::FrameType type_of(const wire::Frames& frames) { return *wire::read_frame_type(frames[0]); }

// A station that was welcomed, and the broker at the other end of its connection.
struct Announced {
  explicit Announced(std::string name = "kpai") : station(broker, std::move(name)) {
    // The second hello names a checkpoint.
    station.run();
    REQUIRE(station.connect());
    REQUIRE(station.exchange());
  }
  void activate(std::uint32_t version, const char* origin = kOrigin) {
    Release release = small_release();
    release.version = ReleaseVersion{version};
    release.log_origin = origin;
    broker.inner.sequencer->offer_release(signed_small_release(release));
    broker.tick();
  }
  // What the broker said by itself, before whatever else it said.
  wire::Frames welcome() {
    auto& mail = broker.mail_of("kpai");
    const auto at = std::ranges::find_if(
        mail, [](const auto& frames) { return type_of(frames) == wire::FrameType::kWelcome; });
    REQUIRE(at != mail.end());
    wire::Frames out = std::move(*at);
    mail.erase(at);
    return out;
  }
  void announce() { receive(welcome()); }
  void receive(const wire::Frames& frames) {
    REQUIRE(station.station->receive(std::vector<ByteView>(frames.begin(), frames.end())));
    REQUIRE_FALSE(station.station->distrusts());
  }

  MemoryBroker broker;
  StationInTest station;
};

}  // namespace

TEST_CASE("a release that is announced is asked for at once, and what waits goes") {
  Announced a;
  a.station.post("t1", a.station.referral());
  REQUIRE(a.station.exchange());
  a.activate(2);
  a.announce();
  REQUIRE(a.station.outgoing.size() == 1);
  CHECK(type_of(a.station.outgoing.front()) == wire::FrameType::kGetRelease);
  REQUIRE(a.station.exchange());
  CHECK(a.station.station->welcomed());
  CHECK(a.station.station->releases().version() == ReleaseVersion{2});
  a.station.post("t2", a.station.referral());
  REQUIRE(a.station.exchange());
  CHECK(a.station.settled().size() == 2);
}

TEST_CASE("deliveries go on after an announcement on the same connection") {
  Announced a;
  StationInTest police(a.broker, "police");
  police.run();
  const std::size_t before = a.station.kept.size();
  a.activate(2);
  a.announce();
  a.station.post("t1", a.station.referral());
  REQUIRE(a.station.exchange());
  CHECK(a.station.kept.size() == before + 1);
  REQUIRE(police.exchange());
  CHECK(police.kept.size() == 1);
}

TEST_CASE("a release that is announced while an older one is on its way is asked for after it") {
  Announced a;
  a.activate(2);
  a.announce();
  // The broker answers with release 2 and activates 3 before the answer is read.
  REQUIRE(type_of(a.station.outgoing.front()) == wire::FrameType::kGetRelease);
  a.broker.take("kpai", a.station.outgoing.front());
  a.station.outgoing.clear();
  a.activate(3);
  a.announce();
  CHECK(a.station.outgoing.empty());
  REQUIRE(a.station.exchange());
  CHECK(a.station.station->releases().version() == ReleaseVersion{3});
}

TEST_CASE("an announcement for an earlier hello of the connection is no fork") {
  Announced a;
  StationInTest centre(a.broker, "centre");
  centre.run();
  const auto deliver_all = [&a] {
    auto& mail = a.broker.mail_of("kpai");
    for (; !mail.empty(); mail.pop_front()) a.receive(mail.front());
  };
  // The station passes over a delivery of a release that it does not hold, fetches that, and says
  // hello again from the delivery's checkpoint.
  a.activate(2);
  REQUIRE(centre.exchange());
  centre.post("t1", *centre.planner().referral({UnitId("uptd"), offline_facts(), {}, "{}"}));
  REQUIRE(centre.exchange());
  deliver_all();
  REQUIRE(a.station.station->pump());
  REQUIRE_FALSE(a.station.outgoing.empty());
  REQUIRE(type_of(a.station.outgoing.front()) == wire::FrameType::kGetRelease);
  a.broker.take("kpai", a.station.outgoing.front());
  a.station.outgoing.clear();
  deliver_all();
  REQUIRE_FALSE(a.station.outgoing.empty());
  REQUIRE(type_of(a.station.outgoing.front()) == wire::FrameType::kHello);
  // Before that arrives another release comes into force.
  a.activate(3);
  deliver_all();
  REQUIRE(a.station.exchange());
  CHECK(a.station.station->welcomed());
  CHECK(a.station.station->releases().version() == ReleaseVersion{3});
  CHECK(a.station.kept.size() == 1);
}

TEST_CASE("a new shard that is announced is followed on the same connection") {
  Announced a;
  a.station.post("t1", a.station.referral());
  REQUIRE(a.station.exchange());
  // One is on its way, signed for the shard that ends.
  a.station.post("t2", a.station.referral());
  REQUIRE(a.station.station->pump());
  a.activate(2, kNext);
  a.announce();
  REQUIRE(a.station.exchange());
  CHECK_FALSE(a.station.station->distrusts());
  CHECK(a.station.station->welcomed());
  REQUIRE(a.station.settled().size() == 2);
  const auto receipt = *merkle::receipt_from_text(a.station.settled()[1].receipt);
  CHECK(merkle::origin_line(receipt.checkpoint) == kNext);
}
