// Bounds what libzmq leaves open: the number of connections, and the size of a multipart message.
// libzmq keeps the frames of an unfinished message in memory without bound and shows none of them,
// so the guard compares what the kernel received on a connection with what was taken from it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>

#include "broker/transport/socket.h"

namespace rujukan::transport {

// Thread: the transport's; connections() and cut() by any.
class ConnectionGuard {
 public:
  explicit ConnectionGuard(std::size_t max_connections) : max_connections_(max_connections) {}

  // Follows accepted and ended connections.
  void observe(const MonitorEvent& event);
  // A complete message was taken from the connection.
  void taken(int fd);
  // Cuts connections that received too much since their last message. Requires: every complete
  // message was taken.
  void check();

  std::size_t connections() const { return connections_; }
  std::uint64_t cut() const { return cut_; }

 private:
  void cut_off(int fd, const char* why);

  const std::size_t max_connections_;
  std::map<int, std::uint64_t> taken_at_;     // fd -> bytes received when a message was last taken
  std::atomic<std::size_t> connections_ = 0;  // = taken_at_.size()
  std::atomic<std::uint64_t> cut_ = 0;
};

}  // namespace rujukan::transport
