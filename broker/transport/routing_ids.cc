#include "broker/transport/routing_ids.h"

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

bool RoutingIds::assigned(ByteView id) const {
  const auto number = number_in(id);
  // The count wraps around as libzmq's does.
  return number && *number != own_ && static_cast<std::uint32_t>(*number - own_) <= accepted_;
}

}  // namespace rujukan::transport
