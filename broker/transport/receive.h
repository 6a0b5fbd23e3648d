// Takes one message off the ROUTER socket, within the limits.
#pragma once

#include <optional>
#include <vector>

#include "broker/transport/inbound.h"
#include "broker/transport/socket.h"

namespace rujukan::transport {

// As libzmq has it: what it says about itself is still to be believed.
struct Received {
  Bytes routing_id;
  int fd = -1;        // of the connection; -1 when libzmq does not tell
  StationId station;  // empty without an authenticated sender
  PublicKey station_key{};
  std::uint64_t grant = 0;     // of its handshake; 0 when libzmq does not tell
  std::size_t parts = 0;       // after the routing id
  std::size_t wire_bytes = 0;  // of them, as they came over the connection
  zmq::message_t message;      // the first of them; empty without any
};

// Without waiting; nullopt when no complete message is there.
std::optional<Received> receive(zmq::socket_t& router);

}  // namespace rujukan::transport
