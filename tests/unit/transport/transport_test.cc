// Over real sockets on ports that the system chooses. Assertions on the test thread only.
#include "broker/transport/transport.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "broker/base/limits.h"
#include "broker/runtime/bounded_queue.h"
#include "broker/transport/self_test.h"
#include "tests/support/sanitizer.h"
#include "tests/unit/transport/curve_dealer.h"

using namespace rujukan;
using namespace rujukan::transport;
using namespace std::chrono_literals;

namespace {

// Takes what fits into its queue.
class QueueSink final : public InboundSink {
 public:
  explicit QueueSink(std::size_t room) : queue_(room, 1u << 30) {}
  bool offer(Inbound&& inbound) override { return queue_.try_push(std::move(inbound), 0); }
  void gone(const ConnectionId& connection) override {
    ConnectionId copy = connection;
    static_cast<void>(gone_.try_push(std::move(copy), 0));
  }
  std::optional<Inbound> next(std::chrono::milliseconds timeout = 10s) {
    return queue_.pop(timeout);
  }
  std::optional<ConnectionId> next_gone() { return gone_.pop(10s); }

 private:
  BoundedQueue<Inbound> queue_;
  BoundedQueue<ConnectionId> gone_{100, 1};
};

struct Fixture {
  explicit Fixture(std::size_t room = 1'000'000) : sink(room) {
    auto bound = Transport::bind(
        {"tcp://127.0.0.1:*",
         server.secret,
         {{first.key, StationId("station-1")}, {second.key, StationId("station-2")}}},
        sink, *outbound);
    REQUIRE(bound);
    transport = *std::move(bound);
  }
  test::CurveDealer dealer(const test::CurveKeys& keys, const std::string& routing_id = {}) {
    return test::CurveDealer(transport->endpoint(), server.key, keys, routing_id);
  }

  test::CurveKeys server, first, second, stranger;
  QueueSink sink;
  std::unique_ptr<OutboundQueue> outbound = *OutboundQueue::create();
  std::unique_ptr<Transport> transport;
};

wire::Frames frames_of(std::initializer_list<std::string_view> texts) {
  wire::Frames out;
  for (const auto text : texts) out.push_back(to_bytes(as_bytes(text)));
  return out;
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Until `condition` holds; a test that fails gives up after some seconds.
template <typename Condition>
bool eventually(const Condition& condition) {
  for (const SteadyTime until = steady_now() + 15s; steady_now() < until;) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace

TEST_CASE("the identity of a message is the station of its CURVE key") {
  Fixture f;
  auto a = f.dealer(f.first);
  auto b = f.dealer(f.second);
  a.send(frames_of({"from a", "2"}));
  const auto from_a = f.sink.next();
  REQUIRE(from_a);
  CHECK(from_a->station == StationId("station-1"));
  CHECK(from_a->station_key == f.first.key);
  CHECK(from_a->frames == frames_of({"from a", "2"}));
  b.send(frames_of({"from b"}));
  const auto from_b = f.sink.next();
  REQUIRE(from_b);
  CHECK(from_b->station == StationId("station-2"));
  CHECK(from_b->station_key == f.second.key);
  CHECK(from_b->from != from_a->from);
}

TEST_CASE("an answer reaches the connection it is sent to and no other") {
  Fixture f;
  auto a = f.dealer(f.first);
  auto b = f.dealer(f.first);
  a.send(frames_of({"a"}));
  const auto from_a = f.sink.next();
  b.send(frames_of({"b"}));
  const auto from_b = f.sink.next();
  REQUIRE((from_a && from_b));
  f.outbound->send(from_b->from, frames_of({"to b", "part"}));
  CHECK(b.receive() == frames_of({"to b", "part"}));
  f.outbound->send(from_a->from, frames_of({"to a"}));
  CHECK(a.receive() == frames_of({"to a"}));
}

TEST_CASE("an unknown key is refused in the handshake") {
  Fixture f;
  auto stranger = f.dealer(f.stranger);
  stranger.send(frames_of({"let me in"}));
  CHECK(stranger.wait_for_event(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED) ==
        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  CHECK(f.transport->counters().keys_refused >= 1);
  auto known = f.dealer(f.first);
  known.send(frames_of({"still served"}));
  const auto next = f.sink.next();
  REQUIRE(next);
  CHECK(next->frames == frames_of({"still served"}));
}

TEST_CASE("a peer without CURVE gets nothing in") {
  Fixture f;
  zmq::context_t context;
  zmq::socket_t plain(context, ZMQ_DEALER);
  plain.set(zmq::sockopt::linger, 0);
  plain.connect(f.transport->endpoint());
  plain.send(zmq::buffer("x", 1), zmq::send_flags::none);
  auto known = f.dealer(f.first);
  known.send(frames_of({"served"}));
  CHECK(f.sink.next()->station == StationId("station-1"));
  CHECK_FALSE(f.sink.next(200ms));
}

TEST_CASE("stations can be replaced while the transport runs") {
  Fixture f;
  f.transport->set_stations({{f.stranger.key, StationId("station-3")}});
  auto added = f.dealer(f.stranger);
  added.send(frames_of({"x"}));
  CHECK(f.sink.next()->station == StationId("station-3"));
  auto removed = f.dealer(f.first);
  CHECK(removed.wait_for_event(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED) ==
        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
}

TEST_CASE("a peer that chose its routing id is cut and counted") {
  Fixture f;
  auto chooser = f.dealer(f.first, "chosen");
  chooser.send(frames_of({"x"}));
  CHECK(eventually([&] { return f.transport->counters().routing_ids_refused >= 1; }));
  CHECK(f.transport->counters().connections_cut >= 1);
  auto honest = f.dealer(f.first);
  honest.send(frames_of({"z"}));
  CHECK(f.sink.next()->frames == frames_of({"z"}));
}

TEST_CASE("a message in parts is answered as its sender reads it and taken from nobody") {
  Fixture f;
  auto old = f.dealer(f.first);
  wire::Frames frames = wire::encode(wire::Hello{});
  frames[0][2] = 1;
  old.send_in_parts(frames);
  const auto answer = old.receive_parts();
  REQUIRE(answer);
  REQUIRE(answer->size() == 2);
  const std::vector<ByteView> views(answer->begin(), answer->end());
  const auto outcome = wire::decode_outcome(views);
  REQUIRE(outcome);
  CHECK(outcome->refusal->code == ErrorCode::kFrameVersion);
  CHECK_FALSE(f.sink.next(100ms));
}

TEST_CASE("before its hello a connection is told that it is missing and nothing is taken") {
  Fixture f;
  auto dealer = f.dealer(f.first);
  wire::Submission submission;
  submission.request_id = 77;
  submission.unit = UnitId("kpai");
  submission.key_id = "sign-1";
  submission.messages.resize(1);
  const wire::Frames frames = wire::encode(submission);
  dealer.send(frames);
  const auto answer = dealer.receive();
  REQUIRE(answer);
  const std::vector<ByteView> views(answer->begin(), answer->end());
  const auto outcome = wire::decode_outcome(views);
  REQUIRE(outcome);
  CHECK(outcome->request_id == 77);
  CHECK(outcome->refusal->code == ErrorCode::kFrameNoHello);
  dealer.send(wire::encode(wire::Hello{}));
  REQUIRE(f.sink.next());
  dealer.send(frames);
  CHECK(f.sink.next()->frames == frames);
}

TEST_CASE("what is sent to one connection is noise to every other key") {
  const test::CurveKeys server, station, other;
  const Bytes text = to_bytes(as_bytes("[CONTOH]"));
  const auto sealed = Box::between(server.secret, station.key)->seal(text, random_bytes<24>());
  CHECK(*Box::between(station.secret, server.key)->open(sealed) == text);
  CHECK_FALSE(Box::between(other.secret, server.key)->open(sealed));
  CHECK_FALSE(Box::between(station.secret, other.key)->open(sealed));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    Bytes altered = sealed;
    altered[at] ^= 1;
    CHECK_FALSE(Box::between(station.secret, server.key)->open(altered));
  }
}

TEST_CASE("who takes the routing id of a connection that ended receives nothing") {
  Fixture f;
  std::optional<Inbound> victim;
  {
    auto dealer = f.dealer(f.first);
    dealer.send(frames_of({"x"}));
    victim = f.sink.next();
    REQUIRE(victim);
  }
  // It was told by the broker itself what nobody can know.
  const std::string id(as_text(victim->from.routing_id));
  auto thief = f.dealer(f.second, id);
  thief.send(frames_of({"mine"}));
  static_cast<void>(f.sink.next(1s));
  for (int i = 0; i < 50; ++i) f.outbound->send(victim->from, frames_of({"for the victim"}));
  CHECK_FALSE(thief.receive_parts(500));
  CHECK(eventually([&] { return f.transport->counters().sends_dropped >= 50; }));
}

TEST_CASE("who guesses routing ids is cut each time and the broker goes on serving") {
  Fixture f;
  auto good = f.dealer(f.first);
  good.send(frames_of({"before"}));
  const auto first = f.sink.next();
  REQUIRE(first);
  constexpr int kGuesses = 400;
  // A zero byte and a number, as libzmq makes them: from where an unseeded generator begins, and
  // any.
  for (int i = 0; i < kGuesses; ++i) {
    std::string id(5, '\0');
    const std::uint32_t number = 0x6b8b4567U + static_cast<std::uint32_t>(i);
    const auto drawn = random_bytes<4>();
    for (std::size_t b = 0; b < 4; ++b) {
      id[b + 1] = static_cast<char>(i % 2 == 0 ? number >> (24 - 8 * b) : drawn[b]);
    }
    auto guesser = f.dealer(i % 3 == 0 ? f.first : f.second, id);
    guesser.send(frames_of({"guess"}));
    REQUIRE(eventually([&] {
      return f.transport->counters().routing_ids_refused >= static_cast<std::uint64_t>(i) + 1;
    }));
    f.outbound->send(first->from, frames_of({"for one"}));
    CHECK_FALSE(guesser.receive_parts(0));
    REQUIRE(good.receive() == frames_of({"for one"}));
  }
  CHECK_FALSE(f.sink.next(0ms));
}

TEST_CASE("a message with too many frames is discarded and answered") {
  Fixture f;
  auto dealer = f.dealer(f.first);
  dealer.send(wire::Frames(limits::kFrames + 1, Bytes{1}));
  const auto answer = dealer.receive();
  REQUIRE(answer);
  const std::vector<ByteView> views(answer->begin(), answer->end());
  const auto outcome = wire::decode_outcome(views);
  REQUIRE(outcome);
  CHECK(outcome->request_id == 0);
  REQUIRE(outcome->refusal);
  CHECK(outcome->refusal->code == ErrorCode::kFrameTooLarge);
  dealer.send(wire::Frames(limits::kFrames, Bytes{1}));
  CHECK(f.sink.next()->frames.size() == limits::kFrames);
  CHECK(f.transport->counters().messages_too_large == 1);
}

TEST_CASE("a message over its bytes is discarded and answered") {
  Fixture f;
  auto dealer = f.dealer(f.first);
  dealer.send(wire::Frames(6, Bytes(limits::kPayloadBytes, 7)));
  CHECK(dealer.receive());
  CHECK(f.transport->counters().messages_too_large == 1);
  dealer.send(frames_of({"next"}));
  CHECK(f.sink.next()->frames == frames_of({"next"}));
}

TEST_CASE("a message that nobody reads to its end ends its connection and no other") {
  Fixture f;
  auto good = f.dealer(f.second);
  good.send(frames_of({"before"}));
  CHECK(f.sink.next());
  auto bad = f.dealer(f.first);
  bad.send(wire::Frames{Bytes(limits::kBrokerReadBytes + 1)});
  CHECK(bad.wait_for_event(ZMQ_EVENT_DISCONNECTED) == ZMQ_EVENT_DISCONNECTED);
  good.send(frames_of({"after"}));
  const auto next = f.sink.next();
  REQUIRE(next);
  CHECK(next->frames == frames_of({"after"}));
  CHECK(next->station == StationId("station-2"));
}

TEST_CASE("an endless multipart message ends its connection before it fills the memory") {
  Fixture f;
  auto good = f.dealer(f.second);
  good.send(frames_of({"before"}));
  CHECK(f.sink.next());
  auto bad = f.dealer(f.first);
  // libzmq sends a multipart message only when it is whole, so the end is there, far away.
  bad.send_in_parts(wire::Frames(256, Bytes(limits::kPayloadBytes, 7)));
  CHECK(bad.wait_for_event(ZMQ_EVENT_DISCONNECTED) == ZMQ_EVENT_DISCONNECTED);
  CHECK(f.transport->counters().connections_cut >= 1);
  CHECK(f.transport->counters().messages_too_large == 0);
  good.send(frames_of({"after"}));
  CHECK(f.sink.next()->frames == frames_of({"after"}));
}

TEST_CASE("ten thousand random messages leave the memory as it was") {
  Fixture f;
  auto dealer = f.dealer(f.first);
  const auto send_random = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto shape = random_bytes<2>();
      wire::Frames frames(1 + shape[0] % 4u);
      for (Bytes& frame : frames) {
        frame.resize(shape[1] * 16u);
        fill_random(frame);
      }
      dealer.send(frames);
      REQUIRE(f.sink.next());
    }
  };
  send_random(500);
  const std::size_t before = resident_bytes();
  send_random(10'000);
  CHECK(resident_bytes() < before + 4 * 1024 * 1024 + test::kSanitizerBytes);
}

TEST_CASE("while the sink is full nothing is lost and reading resumes in order") {
  Fixture f(3);
  auto dealer = f.dealer(f.first);
  constexpr int kMessages = 2000;
  for (int i = 0; i < kMessages; ++i) dealer.send(frames_of({std::to_string(i)}));
  bool in_order = true;
  for (int i = 0; i < kMessages; ++i) {
    const auto next = f.sink.next();
    REQUIRE(next);
    in_order = in_order && next->frames == frames_of({std::to_string(i)});
  }
  CHECK(in_order);
  CHECK_FALSE(f.sink.next(0ms));
}

TEST_CASE("a message for a connection that ended is reported as gone") {
  Fixture f;
  std::optional<Inbound> hello;
  {
    auto dealer = f.dealer(f.first);
    dealer.send(frames_of({"x"}));
    hello = f.sink.next();
    REQUIRE(hello);
  }
  CHECK(eventually([&] {
    f.outbound->send(hello->from, frames_of({"y"}));
    return f.transport->counters().sends_dropped > 0;
  }));
  const auto gone = f.sink.next_gone();
  REQUIRE(gone);
  CHECK(*gone == hello->from);
}

TEST_CASE("a burst over the high-water mark reaches a station that reads") {
  Fixture f;
  auto dealer = f.dealer(f.first);
  dealer.send(frames_of({"x"}));
  const auto hello = f.sink.next();
  REQUIRE(hello);
  constexpr int kMessages = 400;
  for (int i = 0; i < kMessages; ++i) {
    f.outbound->send(hello->from, frames_of({std::to_string(i), std::string(4096, 'x')}));
  }
  bool in_order = true;
  for (int i = 0; i < kMessages; ++i) {
    const auto got = dealer.receive();
    REQUIRE(got);
    in_order = in_order && got->front() == frames_of({std::to_string(i)}).front();
  }
  CHECK(in_order);
  CHECK(f.transport->counters().sends_dropped == 0);
}

TEST_CASE("a station that does not read loses its backlog and is reported") {
  Fixture f;
  auto dealer = f.dealer(f.first);
  dealer.set_number(ZMQ_RCVHWM, 1);
  dealer.send(frames_of({"x"}));
  const auto hello = f.sink.next();
  REQUIRE(hello);
  CHECK(eventually([&] {
    f.outbound->send(hello->from, wire::Frames{Bytes(limits::kPayloadBytes, 1)});
    return f.transport->counters().sends_dropped > 0;
  }));
  CHECK(f.sink.next_gone());
}

TEST_CASE("connections are counted until they end and failed handshakes too") {
  Fixture f;
  {
    auto known = f.dealer(f.first);
    known.send(frames_of({"x"}));
    REQUIRE(f.sink.next());
    CHECK(eventually([&] { return f.transport->counters().connections == 1; }));
    for (int i = 0; i < 20; ++i) REQUIRE(f.transport->self_test());
  }
  CHECK(eventually([&] { return f.transport->counters().connections == 0; }));
  CHECK(f.transport->counters().keys_refused == 20);
}

TEST_CASE("a port that is taken is an error that names the endpoint and the reason") {
  Fixture f;
  const auto again =
      Transport::bind({f.transport->endpoint(), f.server.secret, {}}, f.sink, *f.outbound);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::kTransportFailed);
  CHECK(again.error().field == f.transport->endpoint());
  CHECK(again.error().detail == "Address already in use");
}

TEST_CASE("an endpoint that is none is an error") {
  QueueSink sink(1);
  const test::CurveKeys server;
  const auto outbound = *OutboundQueue::create();
  CHECK(Transport::bind({"nonsense", server.secret, {}}, sink, *outbound).error().code ==
        ErrorCode::kTransportFailed);
}

TEST_CASE("the self-test passes at once when strangers are refused") {
  Fixture f;
  const SteadyTime start = steady_now();
  CHECK(f.transport->self_test());
  CHECK(steady_now() - start < 2s);
}

TEST_CASE("the self-test fails when the door is open") {
  // CURVE without a handler and without an enforced domain lets every key in.
  zmq::context_t context;
  zmq::socket_t router(context, ZMQ_ROUTER);
  const test::CurveKeys server;
  const int one = 1;
  REQUIRE(zmq_setsockopt(router.handle(), ZMQ_CURVE_SERVER, &one, sizeof one) == 0);
  REQUIRE(zmq_setsockopt(router.handle(), ZMQ_CURVE_SECRETKEY, server.secret.data(), 32) == 0);
  router.bind("tcp://127.0.0.1:*");
  const auto tested =
      expect_random_key_refused(router.get(zmq::sockopt::last_endpoint), server.key);
  REQUIRE_FALSE(tested);
  CHECK(tested.error().code == ErrorCode::kSelfTestFailed);
  CHECK(tested.error().detail == "a random key was let in");
}

TEST_CASE("after stop_reading nothing is offered and answers still leave") {
  Fixture f;
  auto dealer = f.dealer(f.first);
  dealer.send(frames_of({"x"}));
  const auto hello = f.sink.next();
  REQUIRE(hello);
  f.transport->stop_reading();
  dealer.send(frames_of({"y"}));
  CHECK_FALSE(f.sink.next(200ms));
  for (int i = 0; i < 300; ++i) f.outbound->send(hello->from, frames_of({std::to_string(i)}));
  f.transport->stop();
  for (int i = 0; i < 300; ++i) {
    const auto got = dealer.receive();
    REQUIRE(got);
    CHECK(*got == frames_of({std::to_string(i)}));
  }
  f.outbound->send(hello->from, frames_of({"late"}));
  CHECK_FALSE(dealer.receive(100));
}

TEST_CASE("the public half of a CURVE secret is the one that libzmq makes") {
  char key[41];
  char secret[41];
  REQUIRE(zmq_curve_keypair(key, secret) == 0);
  SecretBytes raw{};
  std::array<std::uint8_t, 32> raw_key{};
  REQUIRE(zmq_z85_decode(raw.data(), secret) != nullptr);
  REQUIRE(zmq_z85_decode(raw_key.data(), key) != nullptr);
  CHECK(x25519_public_key(raw) == raw_key);
}
