// Which routing ids libzmq has assigned to peers since the broker's own first connection. libzmq
// 4.3.4 counts them up, and lets a peer choose one of that form.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "broker/base/bytes.h"

namespace rujukan::transport {

class RoutingIds {
 public:
  // That the broker's own connection was assigned. Errors: nullopt when it is of another form.
  static std::optional<RoutingIds> after(ByteView own);

  // A handshake succeeded: its connection is assigned the next id, unless it chose one.
  void assign();
  // Whether it was assigned and nobody has claimed it: true once for each. Those that nobody claims
  // for long are nobody's: limits::kConnections are kept, the latest.
  bool claim(ByteView id);

 private:
  explicit RoutingIds(std::uint32_t own) : own_(own) {}
  std::uint32_t own_;
  std::uint64_t assigned_ = 0;
  std::set<std::uint64_t> unclaimed_;  // how many were assigned up to it
};

}  // namespace rujukan::transport
