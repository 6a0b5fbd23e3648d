#include "adapters/sdk/broker_link.h"

#include <poll.h>

#include <catch2/catch.hpp>
#include <zmq.hpp>

#include "adapters/sdk/dealer.h"
#include "broker/crypto/box.h"
#include "broker/runtime/random.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::seconds kPatience{20};

// A broker's socket without a broker: takes any station's key.
class Router {
 public:
  explicit Router(const std::string& endpoint = "tcp://127.0.0.1:*") {
    const SecretBytes secret = seed_of("broker");
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::curve_server, 1);
    socket_.set(zmq::sockopt::curve_secretkey, as_text(secret));
    socket_.bind(endpoint);
  }
  std::string endpoint() const { return socket_.get(zmq::sockopt::last_endpoint); }
  // The parts of a waiting message, the routing id first; empty when there is none.
  wire::Frames receive() {
    wire::Frames out;
    zmq::message_t part;
    do {
      if (!socket_.recv(part, zmq::recv_flags::dontwait)) return {};
      out.emplace_back(part.data<std::uint8_t>(), part.data<std::uint8_t>() + part.size());
    } while (part.more());
    return out;
  }
  // Sealed for the station, as one frame after the routing id.
  void send(const Bytes& routing_id, const wire::Frames& frames) {
    const auto box = Box::between(seed_of("broker"), x25519_public_key(seed_of("station")));
    send_parts({routing_id, box->seal(wire::join(frames), random_bytes<kBoxNonceBytes>())});
  }
  void send_parts(const wire::Frames& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto flags = i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      REQUIRE(socket_.send(zmq::const_buffer(frames[i].data(), frames[i].size()), flags));
    }
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_{context_, zmq::socket_type::router};
};

struct LinkInTest {
  explicit LinkInTest(std::vector<std::string> endpoints,
                      const SecretBytes& broker = seed_of("broker")) {
    anchor.endpoints = std::move(endpoints);
    anchor.broker_key = x25519_public_key(broker);
    sdk::LinkSettings settings;
    settings.reconnect = {std::chrono::milliseconds(10), std::chrono::milliseconds(50)};
    sdk::LinkEvents events;
    events.connected = [this] { ++connected; };
    events.lost = [this] { ++lost; };
    events.received = [this](wire::FrameViews frames) {
      received.emplace_back();
      for (const ByteView frame : frames) received.back().push_back(to_bytes(frame));
    };
    events.drained = [this] { ++drained; };
    link.emplace(loop, anchor, seed_of("station"), settings, std::move(events));
    link->start();
  }
  // Runs the loop until it is so; false when it takes too long.
  bool until(const std::function<bool()>& so) {
    const auto end = steady_now() + kPatience;
    while (!so() && steady_now() < end) loop.run_one_for(std::chrono::milliseconds(20));
    return so();
  }

  sdk::Anchor anchor;
  boost::asio::io_context loop;
  int connected = 0;
  int lost = 0;
  int drained = 0;
  std::vector<wire::Frames> received;
  std::optional<sdk::BrokerLink> link;
};

}  // namespace

TEST_CASE("messages go both ways and arrive whole and in order") {
  Router router;
  LinkInTest station({router.endpoint()});
  REQUIRE_FALSE(station.link->send({Bytes{1}}));
  REQUIRE(station.until([&] { return station.connected == 1; }));
  REQUIRE(station.link->send({Bytes{1}, Bytes{}, Bytes(100'000, 7)}));
  wire::Frames got;
  REQUIRE(station.until([&] {
    if (got.empty()) got = router.receive();
    return !got.empty();
  }));
  REQUIRE(got.size() == 2);
  const auto frames = wire::split(got[1]);
  REQUIRE(frames);
  REQUIRE(frames->size() == 3);
  REQUIRE(to_bytes(frames->back()) == Bytes(100'000, 7));
  // A routing id of libzmq's own starts with 0.
  REQUIRE(got[0][0] == 0);
  // What is sealed for another key went astray and is passed over.
  const auto other = Box::between(seed_of("broker"), x25519_public_key(seed_of("another")));
  router.send_parts({got[0], other->seal(wire::join({Bytes{99}}), random_bytes<kBoxNonceBytes>())});
  router.send_parts({got[0], Bytes(10, 1)});
  for (std::uint8_t i = 0; i < 200; ++i) router.send(got[0], {Bytes{i}});
  REQUIRE(station.until([&] { return station.received.size() == 200; }));
  for (std::uint8_t i = 0; i < 200; ++i) REQUIRE(station.received[i] == wire::Frames{Bytes{i}});
  REQUIRE(station.drained > 0);
}

TEST_CASE("a broker that answers in parts speaks another version and is left") {
  Router router;
  LinkInTest station({router.endpoint()});
  REQUIRE(station.until([&] { return station.connected == 1; }));
  REQUIRE(station.link->send({Bytes{1}}));
  wire::Frames got;
  REQUIRE(station.until([&] {
    if (got.empty()) got = router.receive();
    return !got.empty();
  }));
  router.send_parts({got[0], Bytes{1}, Bytes{2}});
  REQUIRE(station.until([&] { return station.lost == 1; }));
  REQUIRE(station.received.empty());
}

TEST_CASE("a lost connection is reported and comes back by itself") {
  std::optional<Router> router(std::in_place);
  const std::string endpoint = router->endpoint();
  LinkInTest station({endpoint});
  REQUIRE(station.until([&] { return station.connected == 1; }));
  router.reset();
  REQUIRE(station.until([&] { return station.lost == 1; }));
  REQUIRE_FALSE(station.link->send({Bytes{1}}));
  router.emplace(endpoint);
  REQUIRE(station.until([&] { return station.connected == 2; }));
}

TEST_CASE("an endpoint where nobody listens is followed by the next one") {
  Router router;
  std::string nobody;
  {
    Router gone;
    nobody = gone.endpoint();
  }
  LinkInTest station({nobody, router.endpoint()});
  REQUIRE(station.until([&] { return station.connected == 1; }));
}

TEST_CASE("a broker with another key than the anchor's is no broker") {
  Router router;
  LinkInTest station({router.endpoint()}, seed_of("stranger"));
  int turns = 0;
  REQUIRE(station.until([&] { return ++turns > 30 || station.connected > 0; }));
  REQUIRE(station.connected == 0);
}

TEST_CASE("giving up ends a connection and makes another") {
  Router router;
  LinkInTest station({router.endpoint()});
  REQUIRE(station.until([&] { return station.connected == 1; }));
  station.link->give_up();
  REQUIRE(station.lost == 1);
  REQUIRE(station.until([&] { return station.connected == 2; }));
  station.link->stop();
  REQUIRE_FALSE(station.link->send({Bytes{1}}));
}

TEST_CASE("a broker that stays away costs no sockets, however often it is looked for") {
  zmq::context_t context;
  // A connection takes three of libzmq's 1023 sockets.
  for (int attempt = 0; attempt < 500; ++attempt) {
    INFO("attempt " << attempt);
    const auto dealer = sdk::Dealer::connect(context, "tcp://127.0.0.1:1",
                                             x25519_public_key(seed_of("broker")), seed_of("kpai"));
    REQUIRE(dealer);
    while ((*dealer)->next_event() != sdk::Dealer::Event::kLost) {
      pollfd told{(*dealer)->monitor_fd(), POLLIN, 0};
      REQUIRE(::poll(&told, 1, 20'000) == 1);
    }
  }
}
