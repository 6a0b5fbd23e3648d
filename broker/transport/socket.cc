#include "broker/transport/socket.h"

#include <cstring>

namespace rujukan::transport {
namespace {

Result<void> set_raw(zmq::socket_t& socket, int option, const void* value, std::size_t size,
                     const char* name) {
  if (zmq_setsockopt(socket.handle(), option, value, size) == 0) return {};
  return Error{ErrorCode::kTransportFailed, name, zmq_strerror(zmq_errno())};
}

}  // namespace

Result<void> set_option(zmq::socket_t& socket, int option, int value, const char* name) {
  // libzmq's only 64-bit option used here.
  if (option == ZMQ_MAXMSGSIZE) {
    const std::int64_t wide = value;
    return set_raw(socket, option, &wide, sizeof wide, name);
  }
  return set_raw(socket, option, &value, sizeof value, name);
}

Result<void> set_option(zmq::socket_t& socket, int option, ByteView value, const char* name) {
  return set_raw(socket, option, value.data(), value.size(), name);
}

std::optional<MonitorEvent> next_event(zmq::socket_t& monitor) {
  zmq::message_t first;
  zmq::message_t address;
  if (!monitor.recv(first, zmq::recv_flags::dontwait)) return std::nullopt;
  const auto received = monitor.recv(address, zmq::recv_flags::dontwait);
  if (!received || first.size() != 6) return std::nullopt;
  std::uint16_t event = 0;
  std::int32_t value = 0;
  std::memcpy(&event, first.data(), sizeof event);
  std::memcpy(&value, first.data<std::uint8_t>() + sizeof event, sizeof value);
  return MonitorEvent{event, value};
}

}  // namespace rujukan::transport
