// One DEALER socket, its monitor and their descriptors. Included by broker_link.cc only.
#pragma once

#include <memory>
#include <optional>
#include <vector>
#include <zmq.hpp>

#include "adapters/sdk/anchor.h"
#include "broker/crypto/box.h"
#include "broker/runtime/key_files.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

class Dealer {
 public:
  enum class Event { kNone, kReady, kRefused, kLost };
  // kUnreadable: in parts, as only a broker of version 0.3.0 sends. kNoise: not sealed for us.
  enum class Received { kNothing, kMessage, kUnreadable, kNoise };
  // One that was opened, and its frames in it.
  struct Message {
    Bytes opened;
    std::vector<ByteView> frames;
  };

  // Connects without waiting. Errors: transport.failed.
  static Result<std::unique_ptr<Dealer>> connect(zmq::context_t& context,
                                                 const std::string& endpoint,
                                                 const PublicKey& broker_key,
                                                 const SecretBytes& curve_secret);

  int socket_fd() const { return socket_.get(zmq::sockopt::fd); }
  int monitor_fd() const { return monitor_.get(zmq::sockopt::fd); }
  // kNone: no event waits.
  Event next_event();
  Received receive(Message& message);
  bool send(const wire::Frames& frames);

 private:
  Dealer(zmq::context_t& context, Box box)
      : socket_(context, zmq::socket_type::dealer),
        monitor_(context, zmq::socket_type::pair),
        box_(std::move(box)) {}

  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  const Box box_;  // between our CURVE key and the broker's
};

}  // namespace rujukan::sdk
