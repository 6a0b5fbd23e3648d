// What is known of a connection, over real sockets and without libzmq.
#include "broker/transport/connections.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/runtime/random.h"

using namespace rujukan;
using namespace rujukan::transport;
using namespace std::chrono_literals;

namespace {

constexpr ConnectionLimits kFew{3, 2, 8, 64 * 1024, 8 * 1024, 100 * 1024, 4, 10s};

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
  // As libzmq does: what it reads makes room for more.
  void read() const {
    Bytes data(64 * 1024);
    REQUIRE(::recv(ours.get(), data.data(), data.size(), 0) > 0);
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
  // Its handshake, and its first message.
  Peer* admit(const Pair& pair, std::uint32_t number, const PublicKey& proven,
              std::size_t bytes = 0) {
    const auto grant = connections.grant(proven, "127.0.0.1", now);
    REQUIRE(grant);
    connections.handshaken();
    return connections.admit(id_of(number), pair.ours.get(), *grant, proven, bytes);
  }
  Peer* again(const Pair& pair, std::uint32_t number, const Peer& peer, std::size_t bytes = 0) {
    return connections.admit(id_of(number), pair.ours.get(), peer.grant, peer.key, bytes);
  }

  static constexpr std::uint32_t kOwn = 0xFFFFFFFE;  // so that the numbers wrap around
  SteadyTime now = steady_now();
  const PublicKey key = x25519_public_key(random_bytes<32>());
  const PublicKey other = x25519_public_key(random_bytes<32>());
  Connections connections;
};

}  // namespace

TEST_CASE("an id is claimed once, and only when it was assigned since the broker's own") {
  auto ids = *RoutingIds::after(id_of(0xFFFFFFFE));
  CHECK_FALSE(ids.claim(id_of(0xFFFFFFFF)));
  for (int i = 0; i < 3; ++i) ids.assign();
  CHECK(ids.claim(id_of(0xFFFFFFFF)));
  CHECK(ids.claim(id_of(1)));
  CHECK(ids.claim(id_of(0)));
  for (const std::uint32_t claimed : {0xFFFFFFFFU, 0U, 1U}) CHECK_FALSE(ids.claim(id_of(claimed)));
  CHECK_FALSE(ids.claim(id_of(2)));
  CHECK_FALSE(ids.claim(id_of(0xFFFFFFFE)));
  CHECK_FALSE(ids.claim(Bytes{1, 0, 0, 0, 1}));
  CHECK_FALSE(ids.claim(Bytes{0, 0, 0, 1}));
  CHECK_FALSE(ids.claim(Bytes()));
  CHECK_FALSE(RoutingIds::after(Bytes{1, 2, 3}));
  // A million guesses of somebody who knows the form and not where it began.
  for (int i = 0; i < 1000; ++i) ids.assign();
  std::size_t hits = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) hits += ids.claim(id_of(0x6b8b4567 + i));
  CHECK(hits == 0);
}

TEST_CASE("ids that nobody claims are nobody's after as many as may be connected") {
  auto ids = *RoutingIds::after(id_of(0));
  for (int i = 0; i < limits::kConnections + 2; ++i) ids.assign();
  CHECK_FALSE(ids.claim(id_of(1)));
  CHECK_FALSE(ids.claim(id_of(2)));
  CHECK(ids.claim(id_of(3)));
  CHECK(ids.claim(id_of(limits::kConnections + 2)));
}

TEST_CASE("a connection is bound to its first routing id and handshake") {
  ConnectionsInTest t;
  const Pair a;
  t.accept(a);
  const Peer* peer = t.admit(a, ConnectionsInTest::kOwn + 1, t.key);
  REQUIRE(peer != nullptr);
  const ConnectionId id = peer->id;
  CHECK(t.connections.find(id)->key == t.key);
  CHECK(t.again(a, ConnectionsInTest::kOwn + 1, *peer) == peer);
  SECTION("another handshake over it ends it") {
    CHECK(t.admit(a, ConnectionsInTest::kOwn + 1, t.other) == nullptr);
    CHECK(a.cut());
  }
  SECTION("another routing id over it ends it") {
    CHECK(t.again(a, ConnectionsInTest::kOwn + 2, *peer) == nullptr);
    CHECK(a.cut());
    CHECK(t.again(a, ConnectionsInTest::kOwn + 1, *peer) == nullptr);
  }
  SECTION("its routing id over another connection ends that one") {
    const Pair b;
    t.accept(b);
    CHECK(t.admit(b, ConnectionsInTest::kOwn + 1, t.other) == nullptr);
    CHECK(b.cut());
    CHECK(t.connections.find(id) == peer);
  }
  SECTION("when it has ended its id is nobody's") {
    CHECK(t.end(a) == id);
    CHECK(t.connections.find(id) == nullptr);
    const Pair b;
    t.accept(b);
    CHECK(t.admit(b, ConnectionsInTest::kOwn + 1, t.other) == nullptr);
    CHECK(b.cut());
  }
}

TEST_CASE("a message of a connection that ended is not taken for one of who has its number now") {
  ConnectionsInTest t;
  const Pair a;
  t.accept(a);
  const auto ended = t.connections.grant(t.key, "127.0.0.1", t.now);
  t.connections.handshaken();
  // The number passed on while the message waited.
  t.accept(a);
  CHECK(t.connections.admit(id_of(ConnectionsInTest::kOwn + 1), a.ours.get(), *ended, t.key, 0) ==
        nullptr);
  CHECK_FALSE(a.cut());
  CHECK(t.admit(a, ConnectionsInTest::kOwn + 2, t.other) != nullptr);
}

TEST_CASE("a descriptor that passed on before it was told is not cut") {
  ConnectionsInTest t;
  const Pair b;
  int fd = -1;
  {
    Pair a;
    t.accept(a);
    const bool proven = GENERATE(false, true);
    if (proven) REQUIRE(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
    fd = a.ours.get();
    REQUIRE(::dup2(b.ours.get(), fd) == fd);
    t.connections.check(t.now + 11s, true);
    t.connections.cut_unless([](const PublicKey&) { return false; });
  }
  CHECK_FALSE(b.cut());
}

TEST_CASE(
    "a routing id that was not assigned ends its connection, and a descriptor must be known") {
  ConnectionsInTest t;
  const Pair a;
  CHECK(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) == nullptr);
  CHECK_FALSE(a.cut());
  t.accept(a);
  CHECK(t.admit(a, ConnectionsInTest::kOwn + 9, t.key) == nullptr);
  CHECK(a.cut());
  CHECK(t.connections.cuts() == 1);
}

TEST_CASE("a key whose handshakes lead to nothing has to wait") {
  ConnectionsInTest t;
  const Pair a;
  for (int i = 0; i < 4; ++i) CHECK(t.connections.grant(t.key, "127.0.0.1", t.now));
  CHECK_FALSE(t.connections.grant(t.key, "127.0.0.1", t.now + 59s));
  // Others do not.
  t.accept(a);
  CHECK(t.admit(a, ConnectionsInTest::kOwn + 1, t.other) != nullptr);
  CHECK(t.connections.grant(t.key, "127.0.0.1", t.now + 61s));
  // Those that lead to a message do not count.
  std::uint32_t number = ConnectionsInTest::kOwn + 1;
  for (int i = 0; i < 20; ++i) {
    t.end(a);
    t.accept(a);
    CHECK(t.admit(a, ++number, t.other) != nullptr);
  }
}

TEST_CASE("connections are limited in all, by key and by address") {
  ConnectionsInTest t;
  const Pair a, b, c, d;
  t.accept(a);
  REQUIRE(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
  for (const Pair* pair : {&b, &c, &d}) t.accept(*pair);
  // The oldest of those that prove nothing makes room.
  CHECK(b.cut());
  CHECK(t.end(b) == std::nullopt);
  REQUIRE(t.admit(c, ConnectionsInTest::kOwn + 2, t.key) != nullptr);
  CHECK(t.admit(d, ConnectionsInTest::kOwn + 3, t.key) == nullptr);
  CHECK(d.cut());
  CHECK_FALSE(a.cut());
  ConnectionsInTest of_an_address({100, 100, 2, 1, 1, 1, 1, 10s});
  const Pair e, f, g;
  for (const Pair* pair : {&e, &f, &g}) of_an_address.accept(*pair);
  CHECK(g.cut());
  CHECK_FALSE(f.cut());
}

TEST_CASE("when every place has proven a key the newcomer is cut") {
  ConnectionsInTest t({1, 2, 8, 1, 1, 1, 4, 10s});
  const Pair a, b;
  t.accept(a);
  REQUIRE(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
  t.accept(b);
  CHECK(b.cut());
  CHECK_FALSE(a.cut());
}

TEST_CASE("the newest connection of a station that said hello is the one") {
  ConnectionsInTest t;
  const Pair a, b, c;
  std::uint32_t number = ConnectionsInTest::kOwn;
  for (const Pair* pair : {&a, &b}) t.accept(*pair);
  Peer* first = t.admit(a, ++number, t.key);
  t.connections.greet(*first);
  Peer* second = t.admit(b, ++number, t.key);
  CHECK_FALSE(a.cut());
  t.connections.greet(*second);
  CHECK(a.cut());
  t.accept(c);
  t.connections.greet(*t.admit(c, ++number, t.other));
  t.connections.greet(*second);
  CHECK_FALSE(b.cut());
  CHECK_FALSE(c.cut());
  // A key that is taken out of the release ends what stands.
  t.connections.cut_unless([&t](const PublicKey& key) { return key == t.other; });
  CHECK(b.cut());
  CHECK_FALSE(c.cut());
}

TEST_CASE("what is unread is limited of one connection and of all together") {
  ConnectionsInTest t;
  const Pair a, b, c;
  for (const Pair* pair : {&a, &b, &c}) t.accept(*pair);
  REQUIRE(t.admit(a, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
  REQUIRE(t.admit(b, ConnectionsInTest::kOwn + 2, t.key) != nullptr);
  REQUIRE(t.admit(c, ConnectionsInTest::kOwn + 3, t.other) != nullptr);
  a.send(70 * 1024);
  t.connections.check(t.now, false);
  CHECK(a.cut());
  b.send(60 * 1024);
  c.send(50 * 1024);
  t.connections.check(t.now, true);
  // The largest first, and no more than needed.
  CHECK(b.cut());
  CHECK_FALSE(c.cut());
}

TEST_CASE("what is taken is read, and what is not is unread, however fast messages come and go") {
  ConnectionsInTest t;
  const Pair a;
  const std::uint32_t number = ConnectionsInTest::kOwn + 1;
  t.accept(a);
  const Peer* peer = t.admit(a, number, t.key);
  REQUIRE(peer != nullptr);
  for (int i = 0; i < 20; ++i) {
    a.send(10 * 1024);
    a.read();
    t.again(a, number, *peer, 10 * 1024);
    t.connections.check(t.now, true);
    REQUIRE_FALSE(a.cut());
  }
  SECTION("more comes than is taken") {
    for (int i = 0; i < 8; ++i) {
      a.send(10 * 1024);
      a.read();
      t.again(a, number, *peer, 1024);
      t.connections.check(t.now, true);
    }
    CHECK(a.cut());
  }
  SECTION("nothing is left over but heartbeats") {
    for (int i = 0; i < 8; ++i) {
      a.send(10 * 1024);
      a.read();
      t.again(a, number, *peer, 1024);
      t.connections.drained();
      t.connections.check(t.now, true);
    }
    CHECK_FALSE(a.cut());
  }
}

TEST_CASE("who proves nothing is cut soon, and costs nobody else anything") {
  ConnectionsInTest t;
  const Pair a, b;
  t.accept(a);
  t.accept(b);
  REQUIRE(t.admit(b, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
  b.send(60 * 1024);
  a.send(9 * 1024);
  t.connections.check(t.now, true);
  CHECK_FALSE(a.cut());
  t.connections.check(t.now, true);
  CHECK(a.cut());
  CHECK_FALSE(b.cut());
}

TEST_CASE(
    "a key that leaves much unread has to wait sooner, and others of the address that are idle") {
  ConnectionsInTest t({8, 8, 8, 64 * 1024, 8 * 1024, 100 * 1024, 30, 10s});
  const Pair b;
  t.accept(b);
  REQUIRE(t.admit(b, ConnectionsInTest::kOwn + 1, t.other) != nullptr);
  for (int i = 0; i < 3; ++i) {
    const Pair a;
    t.accept(a);
    REQUIRE(t.connections.grant(t.key, "127.0.0.1", t.now));
    a.send(9 * 1024);
    t.connections.check_unproven();
    t.connections.check_unproven();
    CHECK(a.cut());
    t.end(a);
  }
  CHECK_FALSE(t.connections.grant(t.key, "127.0.0.1", t.now));
  CHECK(t.connections.grant(t.other, "127.0.0.1", t.now));
}

TEST_CASE("who says nothing in time is cut, unless nobody listened") {
  ConnectionsInTest t;
  const Pair a, b;
  t.accept(a);
  t.accept(b);
  REQUIRE(t.admit(b, ConnectionsInTest::kOwn + 1, t.key) != nullptr);
  t.connections.check(t.now + 9s, true);
  t.connections.check(t.now + 11s, false);
  CHECK_FALSE(a.cut());
  t.connections.check(t.now + 11s, true);
  CHECK(a.cut());
  CHECK_FALSE(b.cut());
}
