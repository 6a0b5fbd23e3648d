#include "broker/transport/router_loop.h"

#include <cstdlib>
#include <cstring>
#include <thread>

#include "broker/base/limits.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "broker/runtime/trace.h"

namespace rujukan::transport {
namespace {

using std::chrono::milliseconds;

// Messages read before outgoing ones get their turn.
constexpr int kReadsPerTurn = 64;
// While something waits for room: libzmq and the sink give no signal for it.
constexpr milliseconds kRetryEvery(1);
// How often connections are checked for what they cost.
constexpr milliseconds kCheckEvery(50);
// And those that said nothing, while they are few.
constexpr milliseconds kCheckFewEvery(5);
constexpr std::size_t kFew = 64;
// Without connections; every event ends the wait.
constexpr milliseconds kIdle(1000);
// How long waiting messages are sent at the end.
constexpr milliseconds kFlushFor(2000);

constexpr int kSendHighWaterMark = 100;
constexpr int kHandshakeMs = 3000;
// A peer whose machine is gone is noticed by the kernel, within 30 s.
constexpr int kKeepaliveIdleS = 15;
constexpr int kKeepaliveEveryS = 5;
constexpr int kKeepaliveTries = 3;
constexpr int kLingerMs = 1000;
// Every station of the country reconnects at once after a restart.
constexpr int kListenBacklog = 1024;
constexpr const char* kMonitorEndpoint = "inproc://router-events";

Error socket_error(const std::string& what) {
  return {ErrorCode::kTransportFailed, what, zmq_strerror(zmq_errno())};
}

Result<void> set_router_options(zmq::socket_t& router, const SecretBytes& secret) {
  const Result<void> steps[] = {
      set_option(router, ZMQ_CURVE_SERVER, 1, "ZMQ_CURVE_SERVER"),
      set_option(router, ZMQ_CURVE_SECRETKEY, secret, "ZMQ_CURVE_SECRETKEY"),
      set_option(router, ZMQ_ZAP_DOMAIN, as_bytes(kZapDomain), "ZMQ_ZAP_DOMAIN"),
      // Without it an unknown key is let in when no handler answers.
      set_option(router, kZapEnforceDomain, 1, "ZMQ_ZAP_ENFORCE_DOMAIN"),
      set_option(router, ZMQ_HANDSHAKE_IVL, kHandshakeMs, "ZMQ_HANDSHAKE_IVL"),
      set_option(router, ZMQ_MAXMSGSIZE, static_cast<int>(limits::kBrokerReadBytes),
                 "ZMQ_MAXMSGSIZE"),
      set_option(router, ZMQ_SNDHWM, kSendHighWaterMark, "ZMQ_SNDHWM"),
      // None: at a mark libzmq stops reading a connection, and when that then ends and a heartbeat
      // is due, or lies among what is still to be read, it aborts (stream_engine_base.cpp,
      // !_io_error). Connections bounds what waits, in bytes. For the same reason no heartbeats of
      // our own: stations send them.
      set_option(router, ZMQ_RCVHWM, 0, "ZMQ_RCVHWM"),
      set_option(router, ZMQ_ROUTER_MANDATORY, 1, "ZMQ_ROUTER_MANDATORY"),
      set_option(router, ZMQ_TCP_KEEPALIVE, 1, "ZMQ_TCP_KEEPALIVE"),
      set_option(router, ZMQ_TCP_KEEPALIVE_IDLE, kKeepaliveIdleS, "ZMQ_TCP_KEEPALIVE_IDLE"),
      set_option(router, ZMQ_TCP_KEEPALIVE_INTVL, kKeepaliveEveryS, "ZMQ_TCP_KEEPALIVE_INTVL"),
      set_option(router, ZMQ_TCP_KEEPALIVE_CNT, kKeepaliveTries, "ZMQ_TCP_KEEPALIVE_CNT"),
      set_option(router, ZMQ_BACKLOG, kListenBacklog, "ZMQ_BACKLOG"),
      set_option(router, ZMQ_LINGER, kLingerMs, "ZMQ_LINGER")};
  for (const auto& step : steps) {
    if (!step) return step;
  }
  return {};
}

// libzmq draws the first routing id from rand(), which it does not seed: every broker's would be
// the same after each start.
void seed_routing_ids() {
  const auto seed = random_bytes<sizeof(unsigned)>();
  unsigned number = 0;
  std::memcpy(&number, seed.data(), sizeof number);
  std::srand(number);
}

constexpr ConnectionLimits kConnectionLimits{static_cast<std::size_t>(limits::kConnections),
                                             limits::kConnectionsOfAKey,
                                             limits::kUnprovenOfAnAddress,
                                             limits::kConnectionUnreadBytes,
                                             limits::kUnprovenUnreadBytes,
                                             limits::kUnreadBytes,
                                             limits::kIdleHandshakesOfAKey,
                                             std::chrono::seconds(limits::kHelloWithinS)};

wire::Frames refusal(std::uint64_t request_id, const Error& error) {
  wire::SubmissionOutcome outcome;
  outcome.request_id = request_id;
  outcome.refusal = error;
  return wire::encode(outcome);
}

}  // namespace

RouterLoop::RouterLoop(const SecretBytes& secret, InboundSink& sink, OutboundQueue& outbound)
    : sink_(sink),
      outbound_(outbound),
      router_(context_, ZMQ_ROUTER),
      monitor_(context_, ZMQ_PAIR),
      connections_(secret, kConnectionLimits),
      outgoing_(router_, connections_, [this](const ConnectionId& id) { sink_.gone(id); }) {}

Result<std::unique_ptr<RouterLoop>> RouterLoop::bind(const TransportConfig& config,
                                                     InboundSink& sink, OutboundQueue& outbound) {
  seed_routing_ids();
  std::unique_ptr<RouterLoop> loop(new RouterLoop(config.curve_secret, sink, outbound));
  // The handler first: a connection must never find nobody to ask.
  auto zap =
      ZapHandler::bind(loop->context_, config.stations,
                       [running = loop.get()](const PublicKey& key, std::string_view address) {
                         // libzmq told of the connection before it asked for its key.
                         running->watch();
                         return running->connections_.grant(key, address, steady_now());
                       });
  if (!zap) return zap.error();
  loop->zap_ = std::move(*zap);
  if (const auto opened = loop->open_monitor(); !opened) return opened.error();
  if (const auto opened = loop->open_router(config); !opened) return opened.error();
  return loop;
}

Result<void> RouterLoop::open_monitor() {
  constexpr int kEvents =
      ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;
  // Unlimited: libzmq's own thread blocks when the monitor is full. It is read in every turn.
  const Result<void> steps[] = {set_option(monitor_, ZMQ_RCVHWM, 0, "ZMQ_RCVHWM"),
                                set_option(monitor_, ZMQ_LINGER, 0, "ZMQ_LINGER")};
  for (const auto& step : steps) {
    if (!step) return step;
  }
  if (zmq_socket_monitor(router_.handle(), kMonitorEndpoint, kEvents) != 0 ||
      zmq_connect(monitor_.handle(), kMonitorEndpoint) != 0) {
    return socket_error(kMonitorEndpoint);
  }
  return {};
}

// Before anybody else can connect: ids are counted up from this one.
Result<void> RouterLoop::count_routing_ids() {
  constexpr const char* kOwn = "inproc://own-connection";
  zmq::socket_t dealer(context_, ZMQ_DEALER);
  if (auto set = set_option(dealer, ZMQ_LINGER, 0, "ZMQ_LINGER"); !set) return set;
  if (zmq_bind(router_.handle(), kOwn) != 0 || zmq_connect(dealer.handle(), kOwn) != 0 ||
      zmq_send(dealer.handle(), "", 0, 0) != 0) {
    return socket_error(kOwn);
  }
  zmq::pollitem_t item{router_.handle(), 0, ZMQ_POLLIN, 0};
  zmq::poll(&item, 1, kFlushFor);
  const auto own = receive(router_);
  const auto ids = own ? RoutingIds::after(own->routing_id) : std::nullopt;
  if (!ids || zmq_unbind(router_.handle(), kOwn) != 0) return socket_error(kOwn);
  connections_.count_ids_from(*ids);
  return {};
}

Result<void> RouterLoop::open_router(const TransportConfig& config) {
  if (auto set = set_router_options(router_, config.curve_secret); !set) return set;
  if (auto counted = count_routing_ids(); !counted) return counted;
  if (zmq_bind(router_.handle(), config.endpoint.c_str()) != 0) {
    return socket_error(config.endpoint);
  }
  endpoint_ = router_.get(zmq::sockopt::last_endpoint);
  return {};
}

void RouterLoop::run() {
  while (!stopping_) {
    wait();
    turn();
  }
  flush();
}

void RouterLoop::wait() {
  const bool waiting_for_room = held_.has_value() || !outgoing_.idle();
  bool reading = false;
  {
    const MutexLock lock(reading_mutex_);
    reading = reading_ && !held_;
  }
  const short router_events = reading ? ZMQ_POLLIN : 0;
  zmq::pollitem_t items[] = {{nullptr, outbound_.wake_fd(), ZMQ_POLLIN, 0},
                             {zap_->handle(), 0, ZMQ_POLLIN, 0},
                             {monitor_.handle(), 0, ZMQ_POLLIN, 0},
                             {router_.handle(), 0, router_events, 0}};
  const std::size_t unproven = connections_.unproven();
  const milliseconds timeout = waiting_for_room                  ? kRetryEvery
                               : unproven > 0 && unproven < kFew ? kCheckFewEvery
                               : connections_.connections() > 0  ? kCheckEvery
                                                                 : kIdle;
  zmq::poll(items, std::size(items), timeout);
}

void RouterLoop::turn() {
  zap_->serve();
  watch();
  take_outbound();
  outgoing_.retry();
  {
    const MutexLock lock(reading_mutex_);
    if (reading_) read();
  }
  check();
}

void RouterLoop::check() {
  if (stations_changed_.exchange(false)) {
    connections_.cut_unless([this](const PublicKey& key) { return zap_->knows(key); });
  }
  const SteadyTime now = steady_now();
  if (now < check_due_) {
    if (connections_.unproven() < kFew) connections_.check_unproven();
    return;
  }
  connections_.check(now, !held_);
  check_due_ = now + kCheckEvery;
}

void RouterLoop::set_stations(StationKeys stations) {
  zap_->set_stations(std::move(stations));
  stations_changed_ = true;
  outbound_.wake();
}

void RouterLoop::watch() {
  while (const auto event = next_event(monitor_)) {
    if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
      connections_.handshaken();
      continue;
    }
    const auto ended = connections_.observe(*event, steady_now());
    if (!ended) continue;
    outgoing_.forget(*ended);
    sink_.gone(*ended);
  }
}

void RouterLoop::take_outbound() {
  outbound_.clear_wake();
  while (auto item = outbound_.try_pop()) outgoing_.send(item->to, item->frames);
}

void RouterLoop::read() {
  if (held_) {
    Inbound again = std::move(*held_);
    held_.reset();
    offer(std::move(again));
  }
  for (int reads = 0; reads < kReadsPerTurn && !held_; ++reads) {
    auto received = receive(router_);
    if (!received) {
      connections_.drained();
      return;
    }
    handle(std::move(*received));
  }
}

void RouterLoop::handle(Received&& received) {
  // libzmq told of the connection before it read a message from it.
  watch();
  if (received.parts == 0 || received.station.empty()) {
    ++messages_empty_;
    return;
  }
  Peer* peer = connections_.admit(received.routing_id, received.fd, received.grant,
                                  received.station_key, received.wire_bytes);
  if (peer == nullptr) {
    ++routing_ids_refused_;
    return;
  }
  const bool in_parts = received.parts > 1;
  const ConnectionId from = peer->id;
  std::uint64_t request_id = 0;
  const StationId station = received.station;
  const auto error = take(*peer, std::move(received), request_id);
  if (!error) return;
  if (error->code == ErrorCode::kFrameTooLarge) ++messages_too_large_;
  refused_trace_.happened({{"station", station.str()}, {"code", name_of(error->code)}});
  if (in_parts) {
    outgoing_.send_as_before(*peer, refusal(0, *error));
  } else {
    outgoing_.send(from, refusal(request_id, *error));
  }
}

std::optional<Error> RouterLoop::take(Peer& peer, Received&& received, std::uint64_t& request_id) {
  if (received.parts > 1) {
    return Error{ErrorCode::kFrameVersion, "frames", "a message is one frame since version 2"};
  }
  const ByteView joined = view_of(received.message);
  request_id = wire::request_id_in(wire::split_head(joined));
  const auto frames = wire::split(joined);
  if (!frames) return frames.error();
  if (received.message.size() > limits::kBrokerMessageBytes) {
    return Error{ErrorCode::kFrameTooLarge, "frames",
                 "over " + std::to_string(limits::kBrokerMessageBytes) + " bytes"};
  }
  const auto type = wire::read_frame_type(frames->front());
  if (!peer.greeted && type && *type != wire::FrameType::kHello) {
    return Error{ErrorCode::kFrameNoHello, "frame 0"};
  }
  if (type && *type == wire::FrameType::kHello) connections_.greet(peer);
  Inbound inbound{peer.id, std::move(received.station), received.station_key, {}};
  for (const ByteView frame : *frames) inbound.frames.push_back(to_bytes(frame));
  offer(std::move(inbound));
  return std::nullopt;
}

void RouterLoop::offer(Inbound&& inbound) {
  // NOLINTNEXTLINE(bugprone-use-after-move): only what was taken is moved from
  if (!sink_.offer(std::move(inbound))) held_ = std::move(inbound);
}

void RouterLoop::flush() {
  outbound_.close();
  const SteadyTime until = steady_now() + kFlushFor;
  do {
    take_outbound();
    outgoing_.retry();
    if (outgoing_.idle()) return;
    std::this_thread::sleep_for(kRetryEvery);
  } while (steady_now() < until);
  trace::warning("transport.unsent_at_stop");
}

void RouterLoop::ask_to_stop() {
  stopping_ = true;
  outbound_.wake();
}

void RouterLoop::stop_reading() {
  const MutexLock lock(reading_mutex_);
  reading_ = false;
}

TransportCounters RouterLoop::counters() const {
  return {connections_.connections(), zap_->refused(), routing_ids_refused_,
          messages_too_large_,        messages_empty_, outgoing_.dropped(),
          connections_.cuts()};
}

}  // namespace rujukan::transport
