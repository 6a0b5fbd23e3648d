#include "broker/transport/receive.h"

#include "broker/base/limits.h"
#include "broker/transport/zap.h"

namespace rujukan::transport {
namespace {

constexpr std::size_t kMessageBytes = limits::kHeaderBytes + limits::kSubmissionBytes;

// Made by libzmq for a peer that chose none: a zero byte and a number.
bool is_assigned(ByteView routing_id) { return routing_id.size() == 5 && routing_id[0] == 0; }

// A property that the ZAP answer gave to the connection; empty when absent.
std::string_view property(const zmq::message_t& frame, const char* name) {
  const char* value = zmq_msg_gets(const_cast<zmq_msg_t*>(frame.handle()), name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// The identity frame has lost its properties in libzmq 4.3.4, so a payload frame is asked.
void read_identity(const zmq::message_t& frame, Inbound& inbound) {
  inbound.station = StationId(property(frame, "User-Id"));
  const auto key = from_hex(property(frame, kStationKeyProperty));
  if (const auto bytes = key ? to_array<32>(*key) : std::nullopt) inbound.station_key = *bytes;
}

}  // namespace

std::optional<Received> receive(zmq::socket_t& router) {
  zmq::message_t frame;
  if (!router.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
  Inbound inbound;
  inbound.from.routing_id = to_bytes(view_of(frame));
  const bool assigned = is_assigned(inbound.from.routing_id);
  std::size_t frames = 0;
  std::size_t bytes = 0;
  int fd = -1;
  // The parts of a message arrive together: none of these calls finds nothing.
  while (frame.more() && router.recv(frame, zmq::recv_flags::dontwait)) {
    if (frames == 0) {
      fd = zmq_msg_get(frame.handle(), ZMQ_SRCFD);
      read_identity(frame, inbound);
    }
    ++frames;
    bytes += frame.size();
    if (assigned && frames <= limits::kFrames && bytes <= kMessageBytes) {
      inbound.frames.push_back(to_bytes(view_of(frame)));
    } else {
      inbound.frames = {};
    }
  }
  if (!assigned || frames == 0 || inbound.station.empty()) {
    return Received{Unacceptable{!assigned}, fd};
  }
  if (frames > limits::kFrames || bytes > kMessageBytes) {
    return Received{TooLarge{std::move(inbound.from)}, fd};
  }
  return Received{std::move(inbound), fd};
}

}  // namespace rujukan::transport
