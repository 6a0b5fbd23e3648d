// What comes in, and who takes it.
#pragma once

#include "broker/model/release.h"
#include "broker/transport/outbound.h"

namespace rujukan::transport {

// One message of an authenticated station, within the limits of frames and bytes.
struct Inbound {
  ConnectionId from;
  StationId station;        // the ZAP User-Id when the connection was made
  PublicKey station_key{};  // the CURVE key that it proved; to be checked against the table again
  wire::Frames frames;
};

inline std::size_t bytes_of(const wire::Frames& frames) {
  std::size_t bytes = 0;
  for (const Bytes& frame : frames) bytes += frame.size();
  return bytes;
}

// Thread: called by the transport's only. Must not block.
class InboundSink {
 public:
  virtual ~InboundSink() = default;
  // Moves from `inbound` only when it returns true. False: no room; the transport keeps this one
  // message, stops reading its socket, and offers it again until it is taken.
  virtual bool offer(Inbound&& inbound) = 0;
  // Something for this connection was dropped: it is gone or does not read.
  virtual void gone(const ConnectionId& connection) = 0;
};

}  // namespace rujukan::transport
