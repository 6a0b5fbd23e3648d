// Where answers and deliveries go.
#pragma once

#include <compare>

#include "broker/base/bytes.h"
#include "broker/wire/frames.h"

namespace rujukan::transport {

// Names one connection of a station for as long as it lasts; never an identity.
struct ConnectionId {
  Bytes routing_id;          // where libzmq sends; another connection may have it later
  std::uint64_t serial = 0;  // of the connection; never again
  friend auto operator<=>(const ConnectionId&, const ConnectionId&) = default;
  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

// Thread: any but the transport's.
class Outbound {
 public:
  virtual ~Outbound() = default;
  // Waits for room in a bounded queue; after the end of the transport it drops. What is dropped is
  // reported as InboundSink::gone.
  virtual void send(const ConnectionId& to, wire::Frames frames) = 0;
};

}  // namespace rujukan::transport
