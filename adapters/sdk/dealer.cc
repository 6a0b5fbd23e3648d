#include "adapters/sdk/dealer.h"

#include <atomic>
#include <cstring>

#include "broker/base/limits.h"

namespace rujukan::sdk {
namespace {

constexpr int kSendHighWaterMark = 100;
constexpr int kHeartbeatMs = 5'000;
constexpr int kHeartbeatTimeoutMs = 15'000;
constexpr int kEvents = ZMQ_EVENT_ALL & ~ZMQ_EVENT_MONITOR_STOPPED;
constexpr int kReconnectMs = 3600 * 1000;

void set_options(zmq::socket_t& socket, const PublicKey& broker_key,
                 const SecretBytes& curve_secret) {
  namespace opt = zmq::sockopt;
  const auto text = [](const auto& bytes) { return as_text(bytes); };
  const PublicKey own = x25519_public_key(curve_secret);
  socket.set(opt::linger, 0);
  socket.set(opt::sndhwm, kSendHighWaterMark);
  // None: at a mark libzmq stops reading, and aborts when the broker then ends and a heartbeat is
  // due (stream_engine_base.cpp, !_io_error). What the broker sends unasked is bounded by its
  // window.
  socket.set(opt::rcvhwm, 0);
  socket.set(opt::maxmsgsize, limits::kStationFrameBytes);
  socket.set(opt::heartbeat_ivl, kHeartbeatMs);
  socket.set(opt::heartbeat_timeout, kHeartbeatTimeoutMs);
  // After which the broker, which sends none, ends a connection that brings nothing.
  socket.set(opt::heartbeat_ttl, kHeartbeatTimeoutMs);
  // A lost connection is the link's matter: it ends the socket long before this. -1 would abort.
  socket.set(opt::reconnect_ivl, kReconnectMs);
  // cppzmq takes 41 characters of Z85 or 32 bytes.
  socket.set(opt::curve_serverkey, text(broker_key));
  socket.set(opt::curve_publickey, text(own));
  socket.set(opt::curve_secretkey, text(curve_secret));
}

}  // namespace

Result<std::unique_ptr<Dealer>> Dealer::connect(zmq::context_t& context,
                                                const std::string& endpoint,
                                                const PublicKey& broker_key,
                                                const SecretBytes& curve_secret) {
  // Monitor endpoints are names within the process.
  static std::atomic<std::uint64_t> count = 0;
  const std::string monitor = "inproc://station-monitor-" + std::to_string(++count);
  try {
    auto box = Box::between(curve_secret, broker_key);
    if (!box) return box.error();
    std::unique_ptr<Dealer> dealer(new Dealer(context, *std::move(box)));
    set_options(dealer->socket_, broker_key, curve_secret);
    if (zmq_socket_monitor(dealer->socket_.handle(), monitor.c_str(), kEvents) != 0) {
      return Error{ErrorCode::kTransportFailed, "monitor", zmq_strerror(zmq_errno())};
    }
    dealer->monitor_.set(zmq::sockopt::linger, 0);
    dealer->monitor_.connect(monitor);
    dealer->socket_.connect(endpoint);
    return dealer;
  } catch (const zmq::error_t& error) {
    return Error{ErrorCode::kTransportFailed, endpoint, error.what()};
  }
}

// First of all: libzmq's own threads wait without end for a monitor that is closed, and then no
// closed socket is taken apart any more.
Dealer::~Dealer() { zmq_socket_monitor(socket_.handle(), nullptr, 0); }

Dealer::Event Dealer::next_event() {
  while (true) {
    zmq::message_t first;
    zmq::message_t address;
    if (!monitor_.recv(first, zmq::recv_flags::dontwait)) return Event::kNone;
    const auto second = monitor_.recv(address, zmq::recv_flags::dontwait);
    std::uint16_t event = 0;
    if (!second || first.size() < sizeof event) return Event::kLost;
    std::memcpy(&event, first.data(), sizeof event);
    switch (event) {
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return Event::kReady;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        return Event::kRefused;
      case ZMQ_EVENT_CLOSED:
      case ZMQ_EVENT_DISCONNECTED:
        return Event::kLost;
      default:  // of the steps in between
        break;
    }
  }
}

Dealer::Received Dealer::receive(Message& message) {
  zmq::message_t first;
  if (!socket_.recv(first, zmq::recv_flags::dontwait)) return Received::kNothing;
  bool more = first.more();
  if (more) {
    zmq::message_t part;
    while (more && socket_.recv(part, zmq::recv_flags::dontwait)) more = part.more();
    return Received::kUnreadable;
  }
  auto opened = box_.open({first.data<std::uint8_t>(), first.size()});
  if (!opened) return Received::kNoise;
  message.opened = *std::move(opened);
  auto frames = wire::split(message.opened);
  if (!frames) return Received::kUnreadable;
  message.frames = *std::move(frames);
  return Received::kMessage;
}

bool Dealer::send(const wire::Frames& frames) {
  const Bytes joined = wire::join(frames);
  return socket_.send(zmq::const_buffer(joined.data(), joined.size()), zmq::send_flags::dontwait)
      .has_value();
}

}  // namespace rujukan::sdk
