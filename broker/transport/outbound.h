// Where frames for stations go.
#pragma once

#include <compare>

#include "broker/wire/frames.h"

namespace rujukan::transport {

// One connection of one station: libzmq's routing id, chosen by the broker's side.
struct ConnectionId {
  Bytes routing_id;

  friend auto operator<=>(const ConnectionId&, const ConnectionId&) = default;
  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

// Thread: any. Frames to a peer that is gone or does not read are dropped: outcomes are asked for
// again, deliveries are sent again.
class Outbound {
 public:
  virtual ~Outbound() = default;
  virtual void send(const ConnectionId& to, wire::Frames frames) = 0;
};

}  // namespace rujukan::transport
