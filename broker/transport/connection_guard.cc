#include "broker/transport/connection_guard.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "broker/base/limits.h"
#include "broker/runtime/trace.h"

namespace rujukan::transport {
namespace {

// Payload bytes that the kernel received on the connection; nullopt when it has ended.
std::optional<std::uint64_t> bytes_received(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return info.tcpi_bytes_received;
}

}  // namespace

void ConnectionGuard::observe(const MonitorEvent& event) {
  if (event.event == ZMQ_EVENT_DISCONNECTED) {
    taken_at_.erase(event.value);
  } else if (event.event == ZMQ_EVENT_ACCEPTED) {
    if (taken_at_.size() >= max_connections_) cut_off(event.value, "too many connections");
    taken_at_[event.value] = 0;
  }
  connections_ = taken_at_.size();
}

void ConnectionGuard::taken(int fd) {
  const auto at = taken_at_.find(fd);
  if (at == taken_at_.end()) return;
  if (const auto received = bytes_received(fd)) at->second = *received;
}

void ConnectionGuard::check() {
  for (const auto& [fd, at_last_message] : taken_at_) {
    const auto received = bytes_received(fd);
    // A number can have passed to a younger connection whose event is still to come.
    if (!received || *received < at_last_message) continue;
    if (*received - at_last_message > limits::kConnectionUnreadBytes) {
      cut_off(fd, "endless message");
    }
  }
}

void ConnectionGuard::cut_off(int fd, const char* why) {
  // libzmq owns the descriptor and closes it when it sees the end. If the number has just passed to
  // another connection, that station reconnects.
  if (::shutdown(fd, SHUT_RDWR) != 0) return;
  ++cut_;
  trace::warning("connection.cut", {{"why", why}, {"connections", taken_at_.size()}});
}

}  // namespace rujukan::transport
