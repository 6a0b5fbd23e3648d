// Takes one multipart message off the ROUTER socket, within the limits.
#pragma once

#include <optional>
#include <variant>

#include "broker/transport/inbound.h"
#include "broker/transport/socket.h"

namespace rujukan::transport {

// Over limits::kFrames or the bytes of a submission: read to its end and not kept.
struct TooLarge {
  ConnectionId from;
};
// The peer chose its routing id, or the message has no frame after it: not kept.
struct Unacceptable {
  bool chosen_routing_id;
};

struct Received {
  std::variant<Inbound, TooLarge, Unacceptable> what;
  int fd;  // of the connection, -1 when libzmq does not tell
};

// Without waiting; nullopt when no complete message is there.
std::optional<Received> receive(zmq::socket_t& router);

}  // namespace rujukan::transport
