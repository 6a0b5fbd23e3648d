// Who is at the other end of each connection, and what it may cost. A routing id alone says
// nothing: libzmq lets a peer choose one, and gives that of an ended connection to the next who
// does. So a routing id is bound, at its first message, to the descriptor and the CURVE key of one
// connection, and the binding ends with it. libzmq keeps the frames of an unfinished message in
// memory without bound and shows none of them, so what the kernel received is compared with what
// was taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "broker/crypto/box.h"
#include "broker/model/release.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/rare_trace.h"
#include "broker/transport/outbound.h"
#include "broker/transport/routing_ids.h"
#include "broker/transport/socket.h"

namespace rujukan::transport {

struct ConnectionLimits {
  std::size_t connections;             // in all
  std::size_t of_a_key;                // that one station proved
  std::size_t unproven_of_an_address;  // without a message so far
  std::size_t unread_bytes;            // of one connection
  std::size_t unread_bytes_of_all;
  std::chrono::seconds hello_within;  // else a connection is cut
};

// A connection that proved a key.
struct Peer {
  ConnectionId id;
  PublicKey key{};
  std::shared_ptr<const Box> box;  // between the broker's key and this one
  bool greeted = false;            // it said hello
};

// Thread: the transport's; connections() and cut() by any.
class Connections {
 public:
  Connections(const SecretBytes& broker_secret, const ConnectionLimits& limits)
      : broker_secret_(broker_secret), limits_(limits) {}

  // What the broker's own first connection was assigned. Call once, before any other is accepted.
  void count_ids_from(const RoutingIds& ids) { ids_ = ids; }

  // Follows accepted and ended connections. The id of one that ended and had proven a key.
  std::optional<ConnectionId> observe(const MonitorEvent& event, SteadyTime now);
  // A message came from the descriptor under the routing id, over a connection that proved the key.
  // nullptr: it may be of another connection than it says; the connection is cut. Valid until the
  // next call.
  Peer* admit(ByteView routing_id, int fd, const PublicKey& key);
  // nullptr: it has ended.
  const Peer* find(const ConnectionId& id) const;
  // Cuts what costs too much. Requires: every complete message was taken.
  void check(SteadyTime now);

  std::size_t connections() const { return count_; }
  std::uint64_t cut() const { return cut_; }

 private:
  struct Open {
    std::uint64_t serial = 0;
    std::string address;
    SteadyTime accepted;
    std::uint64_t taken_at = 0;  // bytes received when a message was last taken
    std::optional<Peer> peer;
  };
  void cut_off(int fd, const char* why);
  std::size_t unproven_of(const std::string& address) const;
  std::shared_ptr<const Box> box_for(const PublicKey& key) const;

  const SecretBytes broker_secret_;
  const ConnectionLimits limits_;
  std::optional<RoutingIds> ids_;
  std::uint64_t serial_ = 0;
  std::map<int, Open> open_;            // by descriptor
  std::map<Bytes, int> fd_of_;          // by the routing id of a peer
  std::atomic<std::size_t> count_ = 0;  // = open_.size()
  std::atomic<std::uint64_t> cut_ = 0;
  trace::RareTrace cut_trace_{"connection.cut"};
};

}  // namespace rujukan::transport
