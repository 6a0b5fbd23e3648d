#include "broker/transport/connections.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

namespace rujukan::transport {
namespace {

// Payload bytes that the kernel received on the connection; nullopt when it has ended.
std::optional<std::uint64_t> bytes_received(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return info.tcpi_bytes_received;
}

// Empty when the connection has ended or is of another family.
std::string address_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (::getpeername(fd, address, &size) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (storage.ss_family == AF_INET) bytes = &reinterpret_cast<sockaddr_in*>(address)->sin_addr;
  if (storage.ss_family == AF_INET6) bytes = &reinterpret_cast<sockaddr_in6*>(address)->sin6_addr;
  if (bytes == nullptr) return {};
  return ::inet_ntop(storage.ss_family, bytes, text.data(), text.size()) == nullptr ? ""
                                                                                    : text.data();
}

}  // namespace

std::optional<ConnectionId> Connections::observe(const MonitorEvent& event, SteadyTime now) {
  std::optional<ConnectionId> ended;
  const int fd = event.value;
  if (const auto at = open_.find(fd); at != open_.end()) {
    // Ended; or its number passed to a younger one before that was told.
    if (at->second.peer) {
      ended = at->second.peer->id;
      fd_of_.erase(ended->routing_id);
    }
    open_.erase(at);
  }
  if (event.event == ZMQ_EVENT_ACCEPTED) {
    if (ids_) ids_->accepted();
    Open opened{++serial_, address_of(fd), now, 0, std::nullopt};
    const bool many = open_.size() >= limits_.connections;
    const bool many_here =
        !opened.address.empty() && unproven_of(opened.address) >= limits_.unproven_of_an_address;
    if (many) cut_off(fd, "too many connections");
    if (many_here) cut_off(fd, "too many connections of an address that prove no key");
    open_.emplace(fd, std::move(opened));
  }
  count_ = open_.size();
  return ended;
}

std::size_t Connections::unproven_of(const std::string& address) const {
  return static_cast<std::size_t>(
      std::count_if(open_.begin(), open_.end(), [&address](const auto& each) {
        return !each.second.peer && each.second.address == address;
      }));
}

// Connections of one key share it, because it costs a multiplication on the curve.
std::shared_ptr<const Box> Connections::box_for(const PublicKey& key) const {
  for (const auto& [fd, open] : open_) {
    if (open.peer && open.peer->key == key) return open.peer->box;
  }
  auto box = Box::between(broker_secret_, key);
  return box ? std::make_shared<const Box>(*std::move(box)) : nullptr;
}

Peer* Connections::admit(ByteView routing_id, int fd, const PublicKey& key) {
  const auto at = open_.find(fd);
  if (at == open_.end()) return nullptr;
  Open& open = at->second;
  if (const auto received = bytes_received(fd)) open.taken_at = *received;
  const Bytes id = to_bytes(routing_id);
  if (open.peer) {
    if (open.peer->id.routing_id == id && open.peer->key == key) return &*open.peer;
    cut_off(fd, "another routing id or key than before");
    return nullptr;
  }
  const auto same_key = std::count_if(open_.begin(), open_.end(), [&key](const auto& each) {
    return each.second.peer && each.second.peer->key == key;
  });
  const char* why = nullptr;
  if (!ids_ || !ids_->assigned(id)) why = "a routing id that was not assigned";
  if (fd_of_.contains(id)) why = "the routing id of another connection";
  if (static_cast<std::size_t>(same_key) >= limits_.of_a_key) why = "too many connections of a key";
  std::shared_ptr<const Box> box = why == nullptr ? box_for(key) : nullptr;
  if (why == nullptr && box == nullptr) why = "a key that nothing can be sealed for";
  if (why != nullptr) {
    cut_off(fd, why);
    return nullptr;
  }
  open.peer = Peer{{id, open.serial}, key, std::move(box), false};
  fd_of_.emplace(id, fd);
  return &*open.peer;
}

const Peer* Connections::find(const ConnectionId& id) const {
  const auto fd = fd_of_.find(id.routing_id);
  if (fd == fd_of_.end()) return nullptr;
  const auto& peer = open_.at(fd->second).peer;
  return peer && peer->id == id ? &*peer : nullptr;
}

void Connections::check(SteadyTime now) {
  std::uint64_t unread_of_all = 0;
  std::multimap<std::uint64_t, int> by_unread;
  for (const auto& [fd, open] : open_) {
    const auto received = bytes_received(fd);
    // A number can have passed to a younger connection whose event is still to come.
    if (!received || *received < open.taken_at) continue;
    const std::uint64_t unread = *received - open.taken_at;
    if (unread > limits_.unread_bytes) {
      cut_off(fd, "endless message");
    } else if (!open.peer && now - open.accepted > limits_.hello_within) {
      cut_off(fd, "no hello in time");
    } else {
      unread_of_all += unread;
      by_unread.emplace(unread, fd);
    }
  }
  while (unread_of_all > limits_.unread_bytes_of_all && !by_unread.empty()) {
    const auto largest = std::prev(by_unread.end());
    cut_off(largest->second, "unfinished messages take too much together");
    unread_of_all -= largest->first;
    by_unread.erase(largest);
  }
}

void Connections::cut_off(int fd, const char* why) {
  // libzmq owns the descriptor and closes it when it sees the end. If the number has just passed to
  // another connection, that station reconnects.
  if (::shutdown(fd, SHUT_RDWR) != 0) return;
  ++cut_;
  cut_trace_.happened({{"why", why}, {"connections", open_.size()}});
}

}  // namespace rujukan::transport
