#include "broker/transport/connections.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace rujukan::transport {
namespace {

constexpr std::chrono::minutes kHandshakesCountFor(1);
// Of the handshakes that a key may leave idle: what one counts that left much unread besides.
constexpr std::size_t kMuchUnreadCounts = 3;

// Of the socket, for as long as the system runs; 0 when it has ended.
std::uint64_t cookie_of(int fd) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

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
    open_.emplace(fd, Open{.serial = ++serial_,
                           .cookie = cookie_of(fd),
                           .address = address_of(fd),
                           .accepted = now});
    make_room(fd);
  }
  count_ = open_.size();
  return ended;
}

// Of those that prove nothing the oldest goes, so that nobody who can keeps others out; of an
// address that has too many the newest, so that it keeps out none but itself.
void Connections::make_room(int newest) {
  Open& last = open_.at(newest);
  if (!last.address.empty() && unproven_of(last.address) > limits_.unproven_of_an_address) {
    cut_off(newest, last, "too many connections of an address that prove no key");
  }
  if (open_.size() <= limits_.connections) return;
  std::size_t staying = 0;
  auto oldest = open_.find(newest);
  for (auto at = open_.begin(); at != open_.end(); ++at) {
    if (at->second.is_cut) continue;
    ++staying;
    if (!at->second.peer && at->second.serial < oldest->second.serial) oldest = at;
  }
  if (staying > limits_.connections) cut_off(oldest->first, oldest->second, "too many connections");
}

void Connections::handshaken() {
  if (ids_) ids_->assign();
}

std::optional<std::uint64_t> Connections::grant(const PublicKey& key, std::string_view address,
                                                SteadyTime now) {
  Handshakes& of_key = handshakes_.try_emplace(key, Handshakes{now, 0, {}}).first->second;
  if (now - of_key.since >= kHandshakesCountFor) of_key = {now, 0, {}};
  if (of_key.idle >= limits_.idle_handshakes) return std::nullopt;
  ++of_key.idle;
  of_key.address = address;
  return ++serial_;
}

// Whose connection it was is not known, but where from: nothing that does what it should is idle
// there for longer than a moment.
void Connections::slow_down(const std::string& address) {
  for (auto& [key, of_key] : handshakes_) {
    if (of_key.idle > 0 && of_key.address == address) {
      of_key.idle += limits_.idle_handshakes / kMuchUnreadCounts;
    }
  }
}

std::size_t Connections::unproven_of(const std::string& address) const {
  return static_cast<std::size_t>(
      std::count_if(open_.begin(), open_.end(), [&address](const auto& each) {
        return !each.second.peer && !each.second.is_cut && each.second.address == address;
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

Peer* Connections::admit(ByteView routing_id, int fd, std::uint64_t grant, const PublicKey& key,
                         std::size_t wire_bytes) {
  const auto at = open_.find(fd);
  // Of a connection that has ended, whose number another may have by now.
  if (at == open_.end() || grant < at->second.serial || at->second.is_cut) return nullptr;
  Open& open = at->second;
  open.accounted += wire_bytes;
  taken_from_.insert(fd);
  if (open.peer) {
    if (std::ranges::equal(open.peer->id.routing_id, routing_id) && open.peer->grant == grant) {
      return &*open.peer;
    }
    cut_off(fd, open, "another routing id than before");
    return nullptr;
  }
  const auto same_key = std::count_if(open_.begin(), open_.end(), [&key](const auto& each) {
    return each.second.peer && !each.second.is_cut && each.second.peer->key == key;
  });
  const char* why = nullptr;
  const Bytes id = to_bytes(routing_id);
  if (!ids_ || !ids_->claim(id)) why = "a routing id that was not assigned to it";
  if (static_cast<std::size_t>(same_key) >= limits_.of_a_key) why = "too many connections of a key";
  std::shared_ptr<const Box> box = why == nullptr ? box_for(key) : nullptr;
  if (why == nullptr && box == nullptr) why = "a key that nothing can be sealed for";
  if (why != nullptr) {
    cut_off(fd, open, why);
    return nullptr;
  }
  open.peer = Peer{{id, open.serial}, key, grant, std::move(box), false};
  fd_of_.insert_or_assign(id, fd);
  if (Handshakes& of_key = handshakes_[key]; of_key.idle > 0) --of_key.idle;
  return &*open.peer;
}

void Connections::drained() {
  for (const int fd : taken_from_) {
    const auto at = open_.find(fd);
    if (at == open_.end()) continue;
    Open& open = at->second;
    open.accounted = std::max(open.accounted, received(fd, open).value_or(0));
  }
  taken_from_.clear();
}

void Connections::greet(Peer& peer) {
  if (std::exchange(peer.greeted, true)) return;
  for (auto& [fd, open] : open_) {
    if (!open.peer || &*open.peer == &peer || open.peer->key != peer.key) continue;
    if (open.peer->greeted) cut_off(fd, open, "a newer connection of its station said hello");
  }
}

const Peer* Connections::find(const ConnectionId& id) const {
  const auto fd = fd_of_.find(id.routing_id);
  if (fd == fd_of_.end()) return nullptr;
  const auto& peer = open_.at(fd->second).peer;
  return peer && peer->id == id ? &*peer : nullptr;
}

void Connections::cut(const ConnectionId& id, const char* why) {
  if (find(id) == nullptr) return;
  const int fd = fd_of_.at(id.routing_id);
  cut_off(fd, open_.at(fd), why);
}

void Connections::cut_unless(const std::function<bool(const PublicKey&)>& may_stay) {
  for (auto& [fd, open] : open_) {
    if (open.peer && !may_stay(open.peer->key)) cut_off(fd, open, "a key that no station has");
  }
}

void Connections::check(SteadyTime now, bool reading) {
  std::uint64_t unread_of_all = 0;
  std::multimap<std::uint64_t, int> by_unread;
  for (auto& [fd, open] : open_) {
    if (!open.peer) {
      if (check_unproven(fd, open) && reading && now - open.accepted > limits_.hello_within) {
        cut_off(fd, open, "no hello in time");
      }
      continue;
    }
    const auto total = received(fd, open);
    if (!total) continue;
    const std::uint64_t unread = *total - std::min(*total, open.accounted);
    if (unread > limits_.unread_bytes) {
      cut_off(fd, open, "endless message, or more than can be read");
    } else {
      unread_of_all += unread;
      by_unread.emplace(unread, fd);
    }
  }
  while (unread_of_all > limits_.unread_bytes_of_all && !by_unread.empty()) {
    const auto largest = std::prev(by_unread.end());
    cut_off(largest->second, open_.at(largest->second), "what nobody read takes too much together");
    unread_of_all -= largest->first;
    by_unread.erase(largest);
  }
}

void Connections::check_unproven() {
  for (auto& [fd, open] : open_) {
    if (!open.peer) check_unproven(fd, open);
  }
}

// False: it has ended or was cut.
bool Connections::check_unproven(int fd, Open& open) {
  const auto total = received(fd, open);
  if (!total) return false;
  if (*total <= limits_.unread_bytes_unproven) return true;
  // Its hello may have come since what can be read was read.
  if (!std::exchange(open.had_much, true)) return true;
  cut_off(fd, open, "much before a message that can be taken");
  slow_down(open.address);
  return false;
}

// Nullopt when it has ended or was cut, also when its number has passed on.
std::optional<std::uint64_t> Connections::received(int fd, const Open& open) {
  const auto total = open.is_cut ? std::nullopt : bytes_received(fd);
  return total && cookie_of(fd) == open.cookie ? total : std::nullopt;
}

void Connections::cut_off(int fd, Open& open, const char* why) {
  if (std::exchange(open.is_cut, true)) return;
  // libzmq owns the descriptor and closes it when it sees the end. The number may have passed to
  // another connection, whose event is still to come.
  if (cookie_of(fd) != open.cookie || ::shutdown(fd, SHUT_RDWR) != 0) return;
  ++cuts_;
  cut_trace_.happened({{"why", why}, {"connections", open_.size()}});
}

}  // namespace rujukan::transport
