// Peers with a key or without one that do what no station does.
#include "broker/base/limits.h"
#include "tests/support/sanitizer.h"
#include "tests/unit/transport/transport_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

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

TEST_CASE(
    "who takes the routing id of a living connection is cut, and neither costs nor ends anything") {
  // Over libzmq's interval of heartbeats, which met the ended connection once.
  constexpr auto kLonger = 6s;
  Fixture f;
  auto first = f.dealer(f.first, "chosen");
  CHECK(first.wait_for_event(ZMQ_EVENT_HANDSHAKE_SUCCEEDED) != 0);
  const std::size_t before = resident_bytes();
  for (int i = 0; i < 3; ++i) {
    auto second = f.dealer(f.first, "chosen");
    for (int k = 0; k < 2000; ++k) second.send(wire::Frames{Bytes(16 * 1024, 1)});
    CHECK(second.wait_for_event(ZMQ_EVENT_DISCONNECTED) != 0);
  }
  std::this_thread::sleep_for(kLonger);
  CHECK(f.transport->counters().connections_cut >= 3);
  CHECK(resident_bytes() < before + 64 * 1024 * 1024 + test::kSanitizerBytes);
  // What it costs comes to an end: its key has to wait.
  auto last = f.dealer(f.first);
  CHECK(last.wait_for_event(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 500) == 0);
  auto honest = f.dealer(f.second);
  honest.send(frames_of({"z"}));
  CHECK(f.sink.next()->frames == frames_of({"z"}));
}

TEST_CASE("a connection that ends while nobody reads it ends nothing else") {
  Fixture f(1);
  auto honest = f.dealer(f.second);
  honest.send(wire::encode(wire::Hello{}));
  REQUIRE(eventually([&] { return f.transport->counters().connections == 1; }));
  {
    auto dealer = f.dealer(f.first);
    dealer.send(wire::encode(wire::Hello{}));
    for (int i = 0; i < 2000; ++i) dealer.send(wire::Frames{Bytes(1024, 1)});
    // The sink takes one, and the transport holds one.
    std::this_thread::sleep_for(1s);
  }
  std::this_thread::sleep_for(6s);
  int taken = 0;
  while (f.sink.next(200ms)) ++taken;
  CHECK(taken > 0);
  honest.send(wire::encode(wire::Hello{}));
  CHECK(f.sink.next());
}

TEST_CASE("limits hold while the socket is never found empty") {
  Fixture f;
  std::atomic<bool> stop = false;
  std::vector<std::thread> floods;
  for (int i = 0; i < 3; ++i) {
    floods.emplace_back([&f, &stop] {
      auto dealer = f.dealer(f.second);
      while (!stop) {
        dealer.send(frames_of({"x"}));
        f.sink.next(0ms);
      }
    });
  }
  auto grower = f.dealer(f.first);
  grower.send(frames_of({"first"}));
  std::this_thread::sleep_for(200ms);
  grower.send_in_parts(wire::Frames(256, Bytes(limits::kPayloadBytes, 7)));
  CHECK(grower.wait_for_event(ZMQ_EVENT_DISCONNECTED, 5000) != 0);
  stop = true;
  for (auto& flood : floods) flood.join();
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
  // Of each key fewer than make it wait.
  constexpr int kGuesses = 100;
  // A zero byte and a number, as libzmq makes them: from where an unseeded generator begins, and
  // any.
  for (int i = 0; i < kGuesses; ++i) {
    std::string id(5, '\0');
    const std::uint32_t number = 0x6b8b4567U + static_cast<std::uint32_t>(i);
    const auto drawn = random_bytes<4>();
    for (std::size_t b = 0; b < 4; ++b) {
      id[b + 1] = static_cast<char>(i % 2 == 0 ? number >> (24 - 8 * b) : drawn[b]);
    }
    auto guesser = f.dealer(i % 2 == 0 ? f.first : f.second, id);
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

TEST_CASE(
    "a flood that is taken more slowly than it comes fills the memory no further than allowed") {
  Fixture f(1);
  auto dealer = f.dealer(f.first);
  dealer.send(frames_of({"first"}));
  REQUIRE(f.sink.next());
  const std::size_t before = resident_bytes();
  std::size_t top = 0;
  // The sink takes a message now and then. What the sender keeps itself is of this process too.
  const wire::Frames frames{Bytes(8 * 1024, 1)};
  bool ended = false;
  for (int i = 0; i < 20'000 && !ended; ++i) {
    dealer.send(frames);
    if (i % 64 == 0) {
      f.sink.next(0ms);
      top = std::max(top, resident_bytes());
      ended = dealer.wait_for_event(ZMQ_EVENT_DISCONNECTED, 1) != 0;
    }
  }
  CHECK(ended);
  CHECK(top < before + 128 * 1024 * 1024 + test::kSanitizerBytes);
}
