// Who is at the other end of each connection, and what it may cost. A routing id alone says
// nothing: libzmq lets a peer choose one, and gives that of an ended connection to the next who
// does. Nor does a descriptor: its number passes to another connection as soon as one has ended,
// while messages of the ended one still wait. So each handshake is granted a number, which comes
// back with each message; accepted connections are numbered too, from the same count. A message is
// of the connection that its descriptor means now, if that was accepted before the grant. At its
// first message a connection is bound to a routing id that was assigned and not claimed before, and
// to its CURVE key, and the binding ends with it.
//
// libzmq keeps what nobody read in memory without bound, and shows nothing of an unfinished message
// or of a connection under a routing id that another one has: so what the kernel received is
// compared with what was taken.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
  std::size_t unread_bytes_unproven;   // of one without a message so far
  std::size_t unread_bytes_of_all;     // that sent a message
  std::size_t idle_handshakes;         // of a key, in a minute
  std::chrono::seconds hello_within;   // else a connection is cut
};

// A connection that proved a key.
struct Peer {
  ConnectionId id;
  PublicKey key{};
  std::uint64_t grant = 0;
  std::shared_ptr<const Box> box;  // between the broker's key and this one
  bool greeted = false;            // it said hello
};

// Thread: the transport's; connections() and cuts() by any.
class Connections {
 public:
  Connections(const SecretBytes& broker_secret, const ConnectionLimits& limits)
      : broker_secret_(broker_secret), limits_(limits) {}

  // What the broker's own first connection was assigned. Call once, before any other is accepted.
  void count_ids_from(const RoutingIds& ids) { ids_ = ids; }

  // Follows accepted and ended connections. The id of one that ended and had proven a key.
  std::optional<ConnectionId> observe(const MonitorEvent& event, SteadyTime now);
  // A handshake succeeded, which the next message of its connection comes after.
  void handshaken();
  // For a key that a station has, from the address. Requires: every event so far was observed.
  // nullopt: too many of its handshakes led to nothing.
  std::optional<std::uint64_t> grant(const PublicKey& key, std::string_view address,
                                     SteadyTime now);
  // A message came from the descriptor under the routing id, of the handshake that was granted the
  // number and proved the key. nullptr: its connection has ended or was cut; or it may be of
  // another than it says, and is cut. Valid until the next call.
  // `wire_bytes`: of the message, as it came over the connection.
  Peer* admit(ByteView routing_id, int fd, std::uint64_t grant, const PublicKey& key,
              std::size_t wire_bytes);
  // There is no complete message any more: what is unread from here on is unfinished.
  void drained();
  // The peer said hello: of its key's connections it is the one from now on, the others are cut.
  void greet(Peer& peer);
  // nullptr: it has ended.
  const Peer* find(const ConnectionId& id) const;
  // `why` is traced. Nothing when it has ended.
  void cut(const ConnectionId& id, const char* why);
  void cut_unless(const std::function<bool(const PublicKey&)>& may_stay);
  // Cuts what costs too much; and what said nothing in time, if all that came was read.
  void check(SteadyTime now, bool reading);
  // Of those without a message so far what costs too much, which libzmq may never free.
  void check_unproven();

  std::size_t connections() const { return count_; }
  // Without a message so far.
  std::size_t unproven() const { return open_.size() - fd_of_.size(); }
  std::uint64_t cuts() const { return cuts_; }

 private:
  struct Open {
    std::uint64_t serial = 0;
    std::uint64_t cookie = 0;  // the kernel's number of the socket; never again
    bool is_cut = false;
    bool had_much = false;  // unread at the last check, without a message so far
    std::string address;
    SteadyTime accepted;
    std::uint64_t accounted = 0;  // bytes received that were taken, or are no message's
    std::optional<Peer> peer = std::nullopt;
  };
  // What a key's handshakes came to.
  struct Handshakes {
    SteadyTime since;
    std::size_t idle = 0;  // without a message that was taken
    std::string address;   // of the last
  };
  static std::optional<std::uint64_t> received(int fd, const Open& open);
  void cut_off(int fd, Open& open, const char* why);
  void make_room(int newest);
  bool check_unproven(int fd, Open& open);
  void slow_down(const std::string& address);
  std::size_t unproven_of(const std::string& address) const;
  std::shared_ptr<const Box> box_for(const PublicKey& key) const;

  const SecretBytes broker_secret_;
  const ConnectionLimits limits_;
  std::optional<RoutingIds> ids_;
  std::uint64_t serial_ = 0;
  std::map<int, Open> open_;    // by descriptor
  std::map<Bytes, int> fd_of_;  // by the routing id of a peer
  std::set<int> taken_from_;    // descriptors, since drained()
  std::map<PublicKey, Handshakes> handshakes_;
  std::atomic<std::size_t> count_ = 0;  // = open_.size()
  std::atomic<std::uint64_t> cuts_ = 0;
  trace::RareTrace cut_trace_{"connection.cut"};
};

}  // namespace rujukan::transport
