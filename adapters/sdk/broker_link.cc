#include "adapters/sdk/broker_link.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "adapters/sdk/dealer.h"
#include "broker/runtime/rare_trace.h"
#include "broker/runtime/trace.h"

namespace rujukan::sdk {
namespace {

namespace asio = boost::asio;

// Messages taken in one turn of the loop, so that timers and signals get theirs.
constexpr int kMessagesPerTurn = 64;
// And not longer: what is taken is made durable, message by message.
constexpr std::chrono::milliseconds kTurn{50};
// A broker that stays out of reach is said so often.
constexpr std::chrono::minutes kSaidAgainAfter{10};

}  // namespace

// Watches a descriptor of libzmq without owning it.
class DescriptorWatch {
 public:
  DescriptorWatch(asio::io_context& loop, int fd) : descriptor_(loop, fd) {}
  ~DescriptorWatch() { descriptor_.release(); }
  DescriptorWatch(const DescriptorWatch&) = delete;
  DescriptorWatch& operator=(const DescriptorWatch&) = delete;

  template <typename Handler>
  void wait(Handler handler) {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, std::move(handler));
  }

 private:
  asio::posix::stream_descriptor descriptor_;
};

class BrokerLink::Connection {
 public:
  Connection(asio::io_context& loop, std::unique_ptr<Dealer> socket)
      : dealer(std::move(socket)),
        socket_watch(loop, dealer->socket_fd()),
        monitor_watch(loop, dealer->monitor_fd()) {}

  std::unique_ptr<Dealer> dealer;
  DescriptorWatch socket_watch;
  DescriptorWatch monitor_watch;
  bool ready = false;
};

// Kept alive by its pending handlers. A handler of an ended connection finds another generation and
// does nothing.
class BrokerLink::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(asio::io_context& loop, const Anchor& anchor, const SecretBytes& curve_secret,
       const LinkSettings& settings, LinkEvents events)
      : loop_(loop),
        anchor_(anchor),
        curve_secret_(curve_secret),
        settings_(settings),
        events_(std::move(events)),
        context_(1),
        timer_(loop),
        backoff_(settings.reconnect) {}

  void open() {
    if (stopped_) return;
    const std::string& endpoint = anchor_.endpoints[attempts_++ % anchor_.endpoints.size()];
    auto dealer = Dealer::connect(context_, endpoint, anchor_.broker_key, curve_secret_);
    if (!dealer) {
      trace::error("link.connect", dealer.error());
      schedule_open();
      return;
    }
    connection_ = std::make_unique<Connection>(loop_, *std::move(dealer));
    ++generation_;
    timer_.expires_after(settings_.handshake_within);
    timer_.async_wait([self = shared_from_this(), mine = generation_](auto cancelled) {
      if (cancelled || mine != self->generation_ || self->connection_->ready) return;
      trace::warning("link.handshake_late");
      self->close();
    });
    // libzmq signals a descriptor only after a read of its socket found nothing.
    post(&Loop::take_events);
    watch_socket();
    post(&Loop::drain);
  }

  // Ends the connection and plans the next one.
  void close() {
    if (!connection_) return;
    const bool was_ready = connection_->ready;
    connection_.reset();
    ++generation_;
    if (!was_ready) say_unreachable();
    if (was_ready && !stopped_) events_.lost();
    schedule_open();
  }

  bool send(const wire::Frames& frames) {
    if (!connection_ || !connection_->ready) return false;
    bool sent = false;
    try {
      sent = connection_->dealer->send(frames);
    } catch (const zmq::error_t& error) {
      trace::warning("link.send", {{"why", error.what()}});
    }
    // Sending may have taken the edge that told of something to read.
    post(&Loop::drain);
    return sent;
  }

  void well() { backoff_.reset(); }

  void stop() {
    stopped_ = true;
    close();
    timer_.cancel();
  }

 private:
  void say_unreachable() {
    const SteadyTime now = steady_now();
    if (stopped_ || (unreachable_said_ && now - *unreachable_said_ < kSaidAgainAfter)) return;
    unreachable_said_ = now;
    const std::string& endpoint = anchor_.endpoints[(attempts_ - 1) % anchor_.endpoints.size()];
    trace::warning("link.unreachable", {{"endpoint", endpoint}});
  }

  void schedule_open() {
    if (stopped_) return;
    const auto wait = backoff_.next();
    trace::debug("link.reconnect", {{"in_ms", wait.count()}});
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this()](auto cancelled) {
      if (!cancelled) self->open();
    });
  }

  void watch_monitor() {
    connection_->monitor_watch.wait([self = shared_from_this(), mine = generation_](auto failed) {
      if (!failed && mine == self->generation_) self->guarded(&Loop::take_events);
    });
  }

  void watch_socket() {
    connection_->socket_watch.wait([self = shared_from_this(), mine = generation_](auto failed) {
      if (failed || mine != self->generation_) return;
      self->watch_socket();
      self->guarded(&Loop::drain);
    });
  }

  void post(void (Loop::*step)()) {
    asio::post(loop_, [self = shared_from_this(), mine = generation_, step] {
      if (mine == self->generation_) self->guarded(step);
    });
  }

  void guarded(void (Loop::*step)()) {
    try {
      (this->*step)();
    } catch (const zmq::error_t& error) {
      trace::warning("link.failed", {{"why", error.what()}});
      close();
    }
  }

  void take_events() {
    for (int i = 0; i < kMessagesPerTurn; ++i) {
      switch (connection_->dealer->next_event()) {
        case Dealer::Event::kNone:
          watch_monitor();
          return;
        case Dealer::Event::kReady: {
          const std::uint64_t mine = generation_;
          connection_->ready = true;
          if (unreachable_said_) trace::info("link.reached");
          unreachable_said_.reset();
          events_.connected();
          if (mine != generation_) return;
          break;
        }
        case Dealer::Event::kRefused:
          trace::warning("link.refused", {{"why",
                                           "the broker does not know this station's key, "
                                           "or is not the broker of the anchor"}});
          close();
          return;
        case Dealer::Event::kLost: {
          // What the broker said last is read first: it may say why it ends.
          const std::uint64_t mine = generation_;
          drain();
          if (mine == generation_) close();
          return;
        }
      }
    }
    post(&Loop::take_events);
  }

  // The descriptor is edge-triggered: everything has to be read before it tells again.
  void drain() {
    const std::uint64_t mine = generation_;
    const SteadyTime until = steady_now() + kTurn;
    Dealer::Message message;
    for (int i = 0; i < kMessagesPerTurn; ++i) {
      switch (connection_->dealer->receive(message)) {
        case Dealer::Received::kNothing:
          if (i > 0) events_.drained();
          return;
        case Dealer::Received::kUnreadable:
          trace::warning("link.unreadable", {{"why", "the broker speaks another version"}});
          close();
          return;
        case Dealer::Received::kNoise:
          // What went astray was not for us.
          noise_.happened({});
          continue;
        case Dealer::Received::kMessage:
          break;
      }
      events_.received(message.frames);
      if (mine != generation_) return;
      if (steady_now() >= until) break;
    }
    events_.drained();
    if (mine == generation_) post(&Loop::drain);
  }

  asio::io_context& loop_;
  const Anchor& anchor_;
  const SecretBytes curve_secret_;
  const LinkSettings settings_;
  const LinkEvents events_;
  zmq::context_t context_;
  asio::steady_timer timer_;  // the handshake's, then the reconnect's
  Backoff backoff_;
  std::size_t attempts_ = 0;
  std::unique_ptr<Connection> connection_;
  std::uint64_t generation_ = 0;  // of connection_
  bool stopped_ = false;
  std::optional<SteadyTime> unreachable_said_;
  trace::RareTrace noise_{"link.noise"};
};

BrokerLink::BrokerLink(asio::io_context& loop, const Anchor& anchor,
                       const SecretBytes& curve_secret, const LinkSettings& settings,
                       LinkEvents events)
    : loop_(std::make_shared<Loop>(loop, anchor, curve_secret, settings, std::move(events))) {}

BrokerLink::~BrokerLink() { loop_->stop(); }

void BrokerLink::start() { loop_->open(); }
bool BrokerLink::send(const wire::Frames& frames) { return loop_->send(frames); }
void BrokerLink::give_up() { loop_->close(); }
void BrokerLink::well() { loop_->well(); }
void BrokerLink::stop() { loop_->stop(); }

}  // namespace rujukan::sdk
