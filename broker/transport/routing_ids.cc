#include "broker/transport/routing_ids.h"

#include "broker/base/limits.h"

namespace rujukan::transport {
namespace {

// A zero byte and a number, big-endian.
std::optional<std::uint32_t> number_in(ByteView id) {
  if (id.size() != 5 || id[0] != 0) return std::nullopt;
  std::uint32_t number = 0;
  for (std::size_t i = 1; i < id.size(); ++i) number = number << 8 | id[i];
  return number;
}

}  // namespace

std::optional<RoutingIds> RoutingIds::after(ByteView own) {
  const auto number = number_in(own);
  if (!number) return std::nullopt;
  return RoutingIds(*number);
}

void RoutingIds::assign() {
  unclaimed_.insert(++assigned_);
  if (unclaimed_.size() > limits::kConnections) unclaimed_.erase(unclaimed_.begin());
}

bool RoutingIds::claim(ByteView id) {
  const auto number = number_in(id);
  if (!number) return false;
  // The number wraps around as libzmq's does; the count does not.
  const auto newest = static_cast<std::uint32_t>(own_ + assigned_);
  const std::uint32_t before_newest = newest - *number;
  return before_newest < assigned_ && unclaimed_.erase(assigned_ - before_newest) == 1;
}

}  // namespace rujukan::transport
