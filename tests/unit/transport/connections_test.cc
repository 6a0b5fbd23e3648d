// What is known of a connection, over real sockets and without libzmq.
#include "broker/transport/connections.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "broker/runtime/file.h"
#include "broker/runtime/random.h"

using namespace rujukan;
using namespace rujukan::transport;
using namespace std::chrono_literals;

namespace {

constexpr ConnectionLimits kFew{3, 2, 8, 64 * 1024, 100 * 1024, 10s};

Bytes id_of(std::uint32_t number) {
  Bytes id{0};
  append_u32be(id, number);
  return id;
}

// A TCP connection over the loopback: libzmq would own our end.
struct Pair {
  Pair() {
    const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener.get(), any, size) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    REQUIRE(::getsockname(listener.get(), any, &size) == 0);
    theirs = FileDescriptor(::socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(::connect(theirs.get(), any, size) == 0);
    ours = FileDescriptor(::accept(listener.get(), nullptr, nullptr));
    REQUIRE(ours.get() >= 0);
  }
  bool cut() const {
    char byte = 0;
    return ::recv(theirs.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }
  void send(std::size_t bytes) const {
    const Bytes data(bytes, 7);
    REQUIRE(::send(theirs.get(), data.data(), data.size(), 0) == static_cast<ssize_t>(data.size()));
  }
  FileDescriptor ours, theirs;
};

class ConnectionsInTest {
 public:
  explicit ConnectionsInTest(const ConnectionLimits& limits = kFew)
      : connections(random_bytes<32>(), limits) {
    connections.count_ids_from(*RoutingIds::after(id_of(kOwn)));
  }
  void accept(const Pair& pair) {
    REQUIRE_FALSE(connections.observe({ZMQ_EVENT_ACCEPTED, pair.ours.get()}, now));
  }
  std::optional<ConnectionId> end(const Pair& pair) {
    return connections.observe({ZMQ_EVENT_DISCONNECTED, pair.ours.get()}, now);
  }
  Peer* admit(const Pair& pair, std::uint32_t number, const PublicKey& proven) {
    return connections.admit(id_of(number), pair.ours.get(), proven);
  }

  static constexpr std::uint32_t kOwn = 0xFFFFFFFE;  // so that the numbers wrap around
  SteadyTime now = steady_now();
  const PublicKey key = x25519_public_key(random_bytes<32>());
  const PublicKey other = x25519_public_key(random_bytes<32>());
  Connections connections;
};

}  // namespace

TEST_CASE("only ids that were assigned since the broker's own are taken for such") {
  auto ids = *RoutingIds::after(id_of(0xFFFFFFFE));
  CHECK_FALSE(ids.assigned(id_of(0xFFFFFFFF)));
  for (int i = 0; i < 3; ++i) ids.accepted();
  CHECK(ids.assigned(id_of(0xFFFFFFFF)));
  CHECK(ids.assigned(id_of(0)));
  CHECK(ids.assigned(id_of(1)));
  CHECK_FALSE(ids.assigned(id_of(2)));
  CHECK_FALSE(ids.assigned(id_of(0xFFFFFFFE)));
  CHECK_FALSE(ids.assigned(Bytes{1, 0, 0, 0, 1}));
  CHECK_FALSE(ids.assigned(Bytes{0, 0, 0, 1}));
  CHECK_FALSE(ids.assigned(Bytes()));
  CHECK_FALSE(RoutingIds::after(Bytes{1, 2, 3}));
  // A million guesses of somebody who knows the form and not where it began.
  std::size_t hits = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) hits += ids.assigned(id_of(0x6b8b4567 + i));
  CHECK(hits == 0);
}

TEST_CASE("a connection is bound to its first routing id and key") {
  ConnectionsInTest t;
  const Pair a;
  t.accept(a);
  const Peer* peer = t.admit(a, ConnectionsInTest::kOwn + 1, t.key);
  REQUIRE(peer != nullptr);
  const ConnectionId id = peer->id;
  CHECK(t.connections.find(id)->key == t.key);
  CHECK(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) == peer);
  SECTION("another key over it ends it") {
    CHECK(t.admit(a, ConnectionsInTest::kOwn + 1, t.other) == nullptr);
    CHECK(a.cut());
  }
  SECTION("another routing id over it ends it") {
    CHECK(t.admit(a, ConnectionsInTest::kOwn + 2, t.key) == nullptr);
    CHECK(a.cut());
  }
  SECTION("its routing id over another connection ends that one") {
    const Pair b;
    t.accept(b);
    CHECK(t.admit(b, ConnectionsInTest::kOwn + 1, t.other) == nullptr);
    CHECK(b.cut());
    CHECK(t.connections.find(id) == peer);
  }
  SECTION("when it has ended nothing is found under its id, whoever has it next") {
    CHECK(t.end(a) == id);
    CHECK(t.connections.find(id) == nullptr);
    const Pair b;
    t.accept(b);
    const Peer* next = t.admit(b, ConnectionsInTest::kOwn + 1, t.other);
    REQUIRE(next != nullptr);
    CHECK(next->id.routing_id == id.routing_id);
    CHECK(next->id != id);
    CHECK(t.connections.find(id) == nullptr);
  }
}

TEST_CASE("a routing id that was not assigned ends its connection, as does an unknown descriptor") {
  ConnectionsInTest t;
  const Pair a;
  CHECK(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) == nullptr);
  t.accept(a);
  CHECK(t.admit(a, ConnectionsInTest::kOwn + 2, t.key) == nullptr);
  CHECK(a.cut());
  CHECK(t.connections.cut() == 1);
}

TEST_CASE("connections are limited in all, by key and by address") {
  ConnectionsInTest t;
  const Pair a, b, c, d;
  for (const Pair* pair : {&a, &b, &c, &d}) t.accept(*pair);
  CHECK(d.cut());
  CHECK(t.end(d) == std::nullopt);
  REQUIRE(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
  REQUIRE(t.admit(b, ConnectionsInTest::kOwn + 2, t.key) != nullptr);
  CHECK(t.admit(c, ConnectionsInTest::kOwn + 3, t.key) == nullptr);
  CHECK(c.cut());
  ConnectionsInTest of_an_address({100, 100, 2, 1, 1, 10s});
  const Pair e, f, g;
  for (const Pair* pair : {&e, &f, &g}) of_an_address.accept(*pair);
  CHECK(g.cut());
  CHECK_FALSE(f.cut());
}

TEST_CASE("what is unfinished is limited of one connection and of all together") {
  ConnectionsInTest t;
  const Pair a, b, c;
  for (const Pair* pair : {&a, &b, &c}) t.accept(*pair);
  a.send(70 * 1024);
  t.connections.check(t.now);
  CHECK(a.cut());
  b.send(60 * 1024);
  c.send(50 * 1024);
  t.connections.check(t.now);
  // The largest first, and no more than needed.
  CHECK(b.cut());
  CHECK_FALSE(c.cut());
}

TEST_CASE("who proves no key in time is cut") {
  ConnectionsInTest t;
  const Pair a, b;
  t.accept(a);
  t.accept(b);
  REQUIRE(t.admit(b, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
  t.connections.check(t.now + 9s);
  CHECK_FALSE(a.cut());
  t.connections.check(t.now + 11s);
  CHECK(a.cut());
  CHECK_FALSE(b.cut());
}
