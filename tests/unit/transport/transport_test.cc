// Over real sockets on ports that the system chooses. Assertions on the test thread only.
#include "broker/transport/transport.h"

#include "broker/base/limits.h"
#include "broker/transport/self_test.h"
#include "tests/unit/transport/transport_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

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
  auto before = f.dealer(f.first);
  before.send(frames_of({"x"}));
  CHECK(f.sink.next()->station == StationId("station-1"));
  f.transport->set_stations({{f.stranger.key, StationId("station-3")}});
  auto added = f.dealer(f.stranger);
  added.send(frames_of({"x"}));
  CHECK(f.sink.next()->station == StationId("station-3"));
  // Who was connected is so no longer.
  CHECK(before.wait_for_event(ZMQ_EVENT_DISCONNECTED) == ZMQ_EVENT_DISCONNECTED);
  CHECK(f.sink.next_gone());
  auto removed = f.dealer(f.first);
  CHECK(removed.wait_for_event(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED) ==
        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
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
  dealer.send(frames_of({"first"}));
  REQUIRE(f.sink.next());
  dealer.send(wire::Frames(6, Bytes(limits::kPayloadBytes, 7)));
  CHECK(dealer.receive());
  CHECK(f.transport->counters().messages_too_large == 1);
  dealer.send(frames_of({"next"}));
  CHECK(f.sink.next()->frames == frames_of({"next"}));
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

TEST_CASE("a station that does not read loses its backlog and its connection, and is reported") {
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
  // So that it says hello again, and is told again. It sees the end when it reads so far.
  while (dealer.receive_parts(500)) continue;
  CHECK(dealer.wait_for_event(ZMQ_EVENT_DISCONNECTED) != 0);
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
