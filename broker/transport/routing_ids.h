// Which routing ids libzmq has assigned to peers since the broker's own first connection. libzmq
// 4.3.4 counts them up, and lets a peer choose one of that form.
#pragma once

#include <cstdint>
#include <optional>

#include "broker/base/bytes.h"

namespace rujukan::transport {

class RoutingIds {
 public:
  // That the broker's own connection was assigned. Errors: nullopt when it is of another form.
  static std::optional<RoutingIds> after(ByteView own);

  // A connection was accepted, which may be assigned the next id.
  void accepted() { ++accepted_; }
  // Whether the id can have been assigned. Who chooses one has to guess 32 bits first.
  bool assigned(ByteView id) const;

 private:
  explicit RoutingIds(std::uint32_t own) : own_(own) {}
  std::uint32_t own_;
  std::uint64_t accepted_ = 0;
};

}  // namespace rujukan::transport
