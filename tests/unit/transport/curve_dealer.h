// A DEALER with what only the transport's tests need: any key, a routing id of its own choice, and
// the events of its connection. Everyone else uses tests/support/raw_station.h.
#pragma once

#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "broker/crypto/box.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "broker/wire/frames.h"

namespace rujukan::test {

struct CurveKeys {
  SecretBytes secret = random_bytes<32>();
  std::array<std::uint8_t, 32> key = x25519_public_key(secret);
};

class CurveDealer {
 public:
  CurveDealer(const std::string& endpoint, const std::array<std::uint8_t, 32>& server_key,
              const CurveKeys& keys, const std::string& routing_id = {})
      : socket_(context_, ZMQ_DEALER), box_(*Box::between(keys.secret, server_key)) {
    set(ZMQ_CURVE_SERVERKEY, server_key.data(), 32);
    set(ZMQ_CURVE_PUBLICKEY, keys.key.data(), 32);
    set(ZMQ_CURVE_SECRETKEY, keys.secret.data(), 32);
    set_number(ZMQ_LINGER, 0);
    set_number(ZMQ_SNDHWM, 0);
    set_number(ZMQ_RECONNECT_IVL, 20);
    if (!routing_id.empty()) set(ZMQ_ROUTING_ID, routing_id.data(), routing_id.size());
    zmq_socket_monitor(socket_.handle(), "inproc://events", ZMQ_EVENT_ALL);
    monitor_ = zmq::socket_t(context_, ZMQ_PAIR);
    monitor_.connect("inproc://events");
    socket_.connect(endpoint);
  }

  void set_number(int option, int value) { set(option, &value, sizeof value); }

  void send(const wire::Frames& frames) {
    const Bytes joined = wire::join(frames);
    if (zmq_send(socket_.handle(), joined.data(), joined.size(), 0) < 0) throw zmq::error_t();
  }
  // As version 0.3.0 did, each frame a part.
  void send_in_parts(const wire::Frames& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const int flags = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
      if (zmq_send(socket_.handle(), frames[i].data(), frames[i].size(), flags) < 0) {
        throw zmq::error_t();
      }
    }
  }

  // The parts as they come; nullopt at the timeout.
  std::optional<wire::Frames> receive_parts(int timeout_ms = 10'000) {
    zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, timeout_ms) <= 0) return std::nullopt;
    wire::Frames parts;
    zmq::message_t part;
    do {
      if (!socket_.recv(part)) return std::nullopt;
      parts.emplace_back(part.data<std::uint8_t>(), part.data<std::uint8_t>() + part.size());
    } while (part.more());
    return parts;
  }
  // Opened; nullopt at the timeout, and for what is not sealed for this key.
  std::optional<wire::Frames> receive(int timeout_ms = 10'000) {
    const auto parts = receive_parts(timeout_ms);
    if (!parts || parts->size() != 1) return std::nullopt;
    const auto opened = box_.open(parts->front());
    if (!opened) return std::nullopt;
    const auto split = wire::split(*opened);
    if (!split) return std::nullopt;
    wire::Frames frames;
    for (const ByteView frame : *split) frames.push_back(to_bytes(frame));
    return frames;
  }

  // Waits for one of the monitor's events; 0 at the timeout.
  int wait_for_event(int wanted, int timeout_ms = 10'000) {
    for (;;) {
      zmq::pollitem_t item{monitor_.handle(), 0, ZMQ_POLLIN, 0};
      if (zmq_poll(&item, 1, timeout_ms) <= 0) return 0;
      zmq::message_t event;
      zmq::message_t address;
      if (!monitor_.recv(event) || !monitor_.recv(address)) return 0;
      const int number = *event.data<std::uint16_t>();
      if ((number & wanted) != 0) return number;
    }
  }

 private:
  void set(int option, const void* value, std::size_t size) {
    if (zmq_setsockopt(socket_.handle(), option, value, size) != 0) throw zmq::error_t();
  }

  zmq::context_t context_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  Box box_;
};

}  // namespace rujukan::test
