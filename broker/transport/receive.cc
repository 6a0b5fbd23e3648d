#include "broker/transport/receive.h"

#include <charconv>

#include "broker/transport/zap.h"

namespace rujukan::transport {
namespace {

// A property that the ZAP answer gave to the connection; empty when absent.
std::string_view property(const zmq::message_t& frame, const char* name) {
  const char* value = zmq_msg_gets(const_cast<zmq_msg_t*>(frame.handle()), name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// The identity frame has lost its properties in libzmq 4.3.4, so a payload frame is asked.
void read_identity(const zmq::message_t& frame, Received& received) {
  received.station = StationId(property(frame, "User-Id"));
  const auto key = from_hex(property(frame, kStationKeyProperty));
  if (const auto bytes = key ? to_array<32>(*key) : std::nullopt) received.station_key = *bytes;
  const std::string_view grant = property(frame, kGrantProperty);
  std::from_chars(grant.data(), grant.data() + grant.size(), received.grant);
}

// Of a frame of a message that CURVE sends: a flag, a length of one byte or eight; a name, a nonce,
// a box with the frame's own flags. Source: ZeroMQ RFC 23/ZMTP, 26/CurveZMQ.
std::size_t wire_bytes_of(std::size_t frame) {
  constexpr std::size_t kName = 8;
  constexpr std::size_t kNonce = 8;
  constexpr std::size_t kBoxed = 16 + 1;
  const std::size_t body = kName + kNonce + kBoxed + frame;
  return (body > 255 ? 9 : 2) + body;
}

}  // namespace

std::optional<Received> receive(zmq::socket_t& router) {
  zmq::message_t frame;
  if (!router.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
  Received received;
  received.routing_id = to_bytes(view_of(frame));
  bool more = frame.more();
  // The parts of a message arrive together: none of these calls finds nothing.
  while (more) {
    zmq::message_t part;
    if (!router.recv(part, zmq::recv_flags::dontwait)) break;
    more = part.more();
    received.wire_bytes += wire_bytes_of(part.size());
    if (received.parts++ > 0) continue;
    received.fd = zmq_msg_get(part.handle(), ZMQ_SRCFD);
    read_identity(part, received);
    received.message = std::move(part);
  }
  return received;
}

}  // namespace rujukan::transport
