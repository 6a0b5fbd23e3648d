// Guesses routing ids with every registered key while stations are served, and looks whether
// anything goes astray. Prints one JSON line.
#include <atomic>
#include <deque>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "broker/base/limits.h"
#include "broker/runtime/command_line.h"
#include "broker/wire/message_codec.h"
#include "tests/support/broker_process.h"

namespace {

using namespace rujukan;
using namespace std::chrono_literals;

constexpr const char* kManual = R"(
Each guess is a connection of its own, with the key of a registered station, under a routing id of the
form that libzmq assigns: at random, or counted up from where an unseeded generator begins. It says hello
and listens. Most do not get so far, because a key whose handshakes lead to nothing has to wait. Meanwhile
one station refers cases and another must get each of them.

Exit codes: 0 all is well; 1 a guesser received something, a case did not arrive or the broker ended,
stderr says what; 2 bad usage)";

// Connections of guessers at once; the oldest makes room.
constexpr std::size_t kAtOnce = limits::kUnprovenOfAnAddress / 4 * 3;
constexpr std::array kStations = {"police", "centre", "kpai"};
// The first that libzmq draws without a seed.
constexpr std::uint32_t kUnseeded = 0x6b8b4567;
// Of all guesses, how many may be ids that were assigned before, which are nobody's any more.
constexpr std::uint64_t kOnceAssigned = 1000;
constexpr std::chrono::milliseconds kCutWithin{5000};
constexpr std::chrono::milliseconds kPause{100};  // between referrals
constexpr std::chrono::seconds kPatience{20};

struct Wrong {
  std::string what;
};
void require(bool condition, const std::string& what) {
  if (!condition) throw Wrong{what};
}

MessageId id_of(std::uint32_t number) {
  std::array<std::uint8_t, 10> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[9 - i] = static_cast<std::uint8_t>(number >> 8 * i);
  return MessageId{make_uuid7(1'780'000'000'003, bytes)};
}

// One station refers, the other acknowledges what it gets, in a thread of their own.
class Traffic {
 public:
  explicit Traffic(const test::BrokerProcess& broker)
      : sender_(broker.connect("kpai")), owner_(broker.connect("police")) {
    sender_.greet();
    owner_.greet();
    thread_ = std::thread([this] { run(); });
  }
  ~Traffic() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // After stop(). Empty: each case arrived.
  const std::string& wrong() const { return wrong_; }
  std::uint32_t cases() const { return cases_; }

 private:
  void run() {
    try {
      while (!stopping_) {
        refer();
        std::this_thread::sleep_for(kPause);
      }
    } catch (const Wrong& wrong) {
      wrong_ = wrong.what;
    }
  }

  void refer() {
    Message opening = test::referral_message();
    opening.message_id = id_of(++number_);
    opening.case_id = case_id_of(opening.message_id);
    sender_.send(wire::encode(test::signed_submission(
        opening.sender, {{wire::encode_message(opening), test::referral_payload()}}, number_)));
    require(sender_.receive(wire::FrameType::kOutcome, kPatience).has_value(),
            "a referral has no outcome");
    const auto frames = owner_.receive(wire::FrameType::kDelivery, kPatience);
    require(frames.has_value(), "a case does not arrive");
    const auto delivery = wire::decode_delivery(test::views(*frames));
    require(delivery.ok() && delivery->payload.has_value(), "a case arrives without its payload");
    Message received =
        test::case_message(opening, delivery->unit, 0, Received{{delivery->receipt.index}}, 0);
    received.message_id = id_of(++number_);
    owner_.send(wire::encode(test::signed_submission(
        received.sender, {{wire::encode_message(received), std::nullopt}}, number_)));
    require(owner_.receive(wire::FrameType::kOutcome, kPatience).has_value(),
            "an acknowledgement has no outcome");
    ++cases_;
  }

  test::RawStation sender_;
  test::RawStation owner_;
  std::uint32_t number_ = 0;
  std::uint32_t cases_ = 0;
  std::string wrong_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class Guessing {
 public:
  Guessing(const test::BrokerProcess& broker, std::uint32_t seed)
      : broker_(broker), random_(seed), context_(2) {}

  void guess() {
    if (open_.size() == kAtOnce) close_oldest();
    const std::uint32_t number = guesses_ % 2 == 0
                                     ? static_cast<std::uint32_t>(random_())
                                     : kUnseeded + static_cast<std::uint32_t>(guesses_ / 2);
    Bytes id{0};
    append_u32be(id, number);
    const std::string station = kStations[guesses_++ % kStations.size()];
    const auto secret = test::seed_of("station " + station);
    const auto own = X25519SecretKey::from_seed(secret).public_key();
    zmq::socket_t socket(context_, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::curve_serverkey, as_text(broker_.curve_key()));
    socket.set(zmq::sockopt::curve_publickey, as_text(own));
    socket.set(zmq::sockopt::curve_secretkey, as_text(secret));
    socket.set(zmq::sockopt::routing_id, as_text(id));
    socket.set(zmq::sockopt::linger, 0);
    // A guess that was cut is over.
    socket.set(zmq::sockopt::reconnect_ivl, 3'600'000);
    const std::string events = "inproc://events-" + std::to_string(guesses_);
    require(zmq_socket_monitor(socket.handle(), events.c_str(), ZMQ_EVENT_DISCONNECTED) == 0,
            "a connection cannot be watched");
    zmq::socket_t monitor(context_, zmq::socket_type::pair);
    monitor.set(zmq::sockopt::linger, 0);
    monitor.set(zmq::sockopt::rcvtimeo, static_cast<int>(kCutWithin.count()));
    monitor.connect(events);
    socket.connect(broker_.endpoint());
    const Bytes hello = wire::join(wire::encode(wire::Hello{}));
    socket.send(zmq::const_buffer(hello.data(), hello.size()), zmq::send_flags::none);
    open_.push_back({std::move(socket), std::move(monitor)});
  }
  void finish() {
    while (!open_.empty()) close_oldest();
  }
  std::uint64_t guesses() const { return guesses_; }
  std::uint64_t cut() const { return cut_; }

 private:
  struct Open {
    zmq::socket_t socket;
    zmq::socket_t monitor;
  };

  // Once the broker has cut it, which is what became of its hello.
  void close_oldest() {
    zmq::message_t message;
    cut_ += open_.front().monitor.recv(message).has_value() ? 1 : 0;
    require(!open_.front().socket.recv(message, zmq::recv_flags::dontwait),
            "a guesser received something");
    open_.pop_front();
  }

  const test::BrokerProcess& broker_;
  std::mt19937 random_;
  zmq::context_t context_;
  std::deque<Open> open_;
  std::uint64_t guesses_ = 0;
  std::uint64_t cut_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t guesses = 100'000;
  std::uint64_t seed = std::random_device()();
  CommandLine cli{"Guesses routing ids at a broker that serves others.", "routing_id_guesses"};
  cli.add_option("--guesses", guesses, "How many").shows_default();
  cli.add_option("--seed", seed, "Of the guesses");
  cli.footer(kManual);
  if (const auto end = cli.parse(argc, argv)) return *end;
  const auto start = std::chrono::steady_clock::now();
  test::BrokerProcess broker;
  try {
    require(broker.start(), "the broker does not start");
    const pid_t worker = broker.worker();
    Traffic traffic(broker);
    Guessing guessing(broker, static_cast<std::uint32_t>(seed));
    while (guessing.guesses() < guesses) guessing.guess();
    guessing.finish();
    traffic.stop();
    require(traffic.wrong().empty(), traffic.wrong());
    require(traffic.cases() > 0, "no case was referred");
    require(guesses - guessing.cut() <= guesses / kOnceAssigned, "guessers were not cut");
    require(broker.worker() == worker, "the broker's process ended");
    require(broker.stop() == 0, "the broker does not stop");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << nlohmann::ordered_json{{"campaign", "routing_id_guesses"},
                                        {"seed", seed},
                                        {"guesses", guesses},
                                        {"cut", guessing.cut()},
                                        {"cases", traffic.cases()},
                                        {"seconds", std::round(took.count())}}
                     .dump()
              << "\n";
  } catch (const Wrong& wrong) {
    const std::string trace = broker.trace();
    std::cerr << trace.substr(trace.size() - std::min<std::size_t>(trace.size(), 20'000))
              << "routing_id_guesses: seed " << seed << ": " << wrong.what << "\n";
    return 1;
  }
  return 0;
}
