// Names and calls of libzmq that the folder shares. Included by sources of this folder only.
#pragma once

#include <zmq.hpp>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::transport {

// Defined only in the draft part of zmq.h, and compiled into Debian's libzmq all the same.
inline constexpr int kZapEnforceDomain = 93;

// Errors: transport.failed (the option's name, libzmq's reason).
Result<void> set_option(zmq::socket_t& socket, int option, int value, const char* name);
Result<void> set_option(zmq::socket_t& socket, int option, ByteView value, const char* name);

inline ByteView view_of(const zmq::message_t& message) {
  return {message.data<std::uint8_t>(), message.size()};
}

// An event of zmq_socket_monitor.
struct MonitorEvent {
  int event;
  int value;  // accepted, disconnected: the file descriptor
};
// The next event without waiting; nullopt when there is none.
std::optional<MonitorEvent> next_event(zmq::socket_t& monitor);

}  // namespace rujukan::transport
