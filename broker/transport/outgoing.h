// Sends messages, each sealed for the key that its connection proved, so that what goes astray is
// noise; keeps a short backlog for a station whose socket is full.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>

#include "broker/transport/connections.h"
#include "broker/transport/outbound.h"
#include "broker/transport/socket.h"

namespace rujukan::transport {

// Thread: the transport's.
class Outgoing {
 public:
  using Gone = std::function<void(const ConnectionId&)>;
  // `gone` is called when a message was dropped, with everything that waited for the connection. It
  // is cut: its station must not wait for what will not come.
  Outgoing(zmq::socket_t& router, Connections& connections, Gone gone)
      : router_(router), connections_(connections), gone_(std::move(gone)) {}

  void send(const ConnectionId& to, const wire::Frames& frames);
  // To a station of version 0.3.0, as it reads it: in parts and not sealed. Nothing but a refusal
  // that says nothing. Dropped when it does not pass at once.
  void send_as_before(const Peer& to, const wire::Frames& frames);
  // The connection has ended: what waits for it is dropped.
  void forget(const ConnectionId& to);
  // Tries what waits, in order.
  void retry();
  bool idle() const { return backlogs_.empty(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  enum class Sent { kYes, kFull, kGone };
  struct Backlog {
    std::deque<Bytes> messages;  // sealed
    std::size_t bytes = 0;
  };
  Sent try_send(const ConnectionId& to, ByteView sealed);
  void drop(const ConnectionId& to, std::size_t messages);
  // False when the connection is gone.
  bool flush(const ConnectionId& to, Backlog& backlog);

  zmq::socket_t& router_;
  Connections& connections_;
  Gone gone_;
  std::map<ConnectionId, Backlog> backlogs_;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace rujukan::transport
