#include "adapters/sdk/dealer.h"

#include <atomic>
#include <cstring>

#include "broker/base/limits.h"

namespace rujukan::sdk {
namespace {

// Deliveries and outcomes that libzmq holds for us; the broker waits beyond that.
constexpr int kHighWaterMark = 100;
constexpr int kHeartbeatMs = 5'000;
constexpr int kHeartbeatTimeoutMs = 15'000;

void set_options(zmq::socket_t& socket, const PublicKey& broker_key,
                 const SecretBytes& curve_secret) {
  namespace opt = zmq::sockopt;
  const auto text = [](const auto& bytes) { return as_text(bytes); };
  const PublicKey own = x25519_public_key(curve_secret);
  socket.set(opt::linger, 0);
  socket.set(opt::sndhwm, kHighWaterMark);
  socket.set(opt::rcvhwm, kHighWaterMark);
  socket.set(opt::maxmsgsize, limits::kStationFrameBytes);
  socket.set(opt::heartbeat_ivl, kHeartbeatMs);
  socket.set(opt::heartbeat_timeout, kHeartbeatTimeoutMs);
  socket.set(opt::reconnect_ivl, -1);  // a lost connection is the link's matter
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
    if (zmq_socket_monitor(dealer->socket_.handle(), monitor.c_str(), ZMQ_EVENT_ALL) != 0) {
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
      case ZMQ_EVENT_MONITOR_STOPPED:
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
