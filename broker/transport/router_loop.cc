#include "broker/transport/router_loop.h"

#include <thread>

#include "broker/base/limits.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/trace.h"

namespace rujukan::transport {
namespace {

using std::chrono::milliseconds;

// Messages read before outgoing ones get their turn.
constexpr int kReadsPerTurn = 64;
// While something waits for room: libzmq and the sink give no signal for it.
constexpr milliseconds kRetryEvery(1);
// How often connections are checked for endless messages.
constexpr milliseconds kGuardEvery(50);
// Without connections; every event ends the wait.
constexpr milliseconds kIdle(1000);
// How long waiting messages are sent at the end.
constexpr milliseconds kFlushFor(2000);

constexpr int kHighWaterMark = 100;
constexpr int kHandshakeMs = 3000;
constexpr int kHeartbeatMs = 5000;
constexpr int kHeartbeatTimeoutMs = 15'000;
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
      set_option(router, ZMQ_MAXMSGSIZE, static_cast<int>(limits::kBrokerFrameBytes),
                 "ZMQ_MAXMSGSIZE"),
      set_option(router, ZMQ_SNDHWM, kHighWaterMark, "ZMQ_SNDHWM"),
      set_option(router, ZMQ_RCVHWM, kHighWaterMark, "ZMQ_RCVHWM"),
      set_option(router, ZMQ_ROUTER_MANDATORY, 1, "ZMQ_ROUTER_MANDATORY"),
      set_option(router, ZMQ_HEARTBEAT_IVL, kHeartbeatMs, "ZMQ_HEARTBEAT_IVL"),
      set_option(router, ZMQ_HEARTBEAT_TIMEOUT, kHeartbeatTimeoutMs, "ZMQ_HEARTBEAT_TIMEOUT"),
      set_option(router, ZMQ_HEARTBEAT_TTL, kHeartbeatTimeoutMs, "ZMQ_HEARTBEAT_TTL"),
      set_option(router, ZMQ_BACKLOG, kListenBacklog, "ZMQ_BACKLOG"),
      set_option(router, ZMQ_LINGER, kLingerMs, "ZMQ_LINGER")};
  for (const auto& step : steps) {
    if (!step) return step;
  }
  return {};
}

wire::Frames too_large_answer() {
  wire::SubmissionOutcome outcome;
  outcome.refusal = Error{ErrorCode::kFrameTooLarge, "", ""};
  return wire::encode(outcome);
}

}  // namespace

RouterLoop::RouterLoop(InboundSink& sink, OutboundQueue& outbound)
    : sink_(sink),
      outbound_(outbound),
      router_(context_, ZMQ_ROUTER),
      monitor_(context_, ZMQ_PAIR),
      outgoing_(router_, [this](const ConnectionId& id) { sink_.gone(id); }),
      guard_(limits::kConnections) {}

Result<std::unique_ptr<RouterLoop>> RouterLoop::bind(const TransportConfig& config,
                                                     InboundSink& sink, OutboundQueue& outbound) {
  std::unique_ptr<RouterLoop> loop(new RouterLoop(sink, outbound));
  // The handler first: a connection must never find nobody to ask.
  auto zap = ZapHandler::bind(loop->context_, config.stations);
  if (!zap) return zap.error();
  loop->zap_ = std::move(*zap);
  if (const auto opened = loop->open_monitor(); !opened) return opened.error();
  if (const auto opened = loop->open_router(config); !opened) return opened.error();
  return loop;
}

Result<void> RouterLoop::open_monitor() {
  constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED;
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

Result<void> RouterLoop::open_router(const TransportConfig& config) {
  if (const auto set = set_router_options(router_, config.curve_secret); !set) return set;
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
  const milliseconds timeout = waiting_for_room           ? kRetryEvery
                               : guard_.connections() > 0 ? kGuardEvery
                                                          : kIdle;
  zmq::poll(items, std::size(items), timeout);
}

void RouterLoop::turn() {
  zap_->serve();
  while (const auto event = next_event(monitor_)) guard_.observe(*event);
  take_outbound();
  outgoing_.retry();
  {
    const MutexLock lock(reading_mutex_);
    drained_ = false;
    if (reading_) read();
  }
  if (drained_ && steady_now() >= guard_due_) {
    guard_.check();
    guard_due_ = steady_now() + kGuardEvery;
  }
}

void RouterLoop::take_outbound() {
  outbound_.clear_wake();
  while (auto item = outbound_.try_pop()) outgoing_.send(item->to, std::move(item->frames));
}

void RouterLoop::read() {
  if (held_) {
    Inbound again = std::move(*held_);
    held_.reset();
    offer(std::move(again));
  }
  for (int reads = 0; reads < kReadsPerTurn && !held_; ++reads) {
    auto received = receive(router_);
    drained_ = !received;
    if (drained_) return;
    guard_.taken(received->fd);
    handle(std::move(*received));
  }
}

void RouterLoop::handle(Received&& received) {
  if (auto* inbound = std::get_if<Inbound>(&received.what)) {
    offer(std::move(*inbound));
  } else if (const auto* large = std::get_if<TooLarge>(&received.what)) {
    ++messages_too_large_;
    outgoing_.send(large->from, too_large_answer());
  } else if (std::get<Unacceptable>(received.what).chosen_routing_id) {
    ++routing_ids_refused_;
  } else {
    ++messages_empty_;
  }
}

void RouterLoop::offer(Inbound&& inbound) {
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
  return {guard_.connections(), zap_->refused(),     routing_ids_refused_, messages_too_large_,
          messages_empty_,      outgoing_.dropped(), guard_.cut()};
}

}  // namespace rujukan::transport
