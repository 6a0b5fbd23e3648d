// One DEALER socket, its monitor and their descriptors. Included by broker_link.cc only.
#pragma once

#include <memory>
#include <optional>
#include <vector>
#include <zmq.hpp>

#include "adapters/sdk/anchor.h"
#include "broker/runtime/key_files.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

class Dealer {
 public:
  enum class Event { kNone, kReady, kRefused, kLost };
  enum class Received { kNothing, kMessage, kUnreadable };

  // Connects without waiting. Errors: transport.failed.
  static Result<std::unique_ptr<Dealer>> connect(zmq::context_t& context,
                                                 const std::string& endpoint,
                                                 const PublicKey& broker_key,
                                                 const SecretBytes& curve_secret);

  ~Dealer();
  Dealer(const Dealer&) = delete;
  Dealer& operator=(const Dealer&) = delete;

  int socket_fd() const { return socket_.get(zmq::sockopt::fd); }
  int monitor_fd() const { return monitor_.get(zmq::sockopt::fd); }
  // kNone: no event waits.
  Event next_event();
  // Into `message`, whose parts live until the next call.
  Received receive(std::vector<zmq::message_t>& message);
  bool send(const wire::Frames& frames);

 private:
  explicit Dealer(zmq::context_t& context)
      : socket_(context, zmq::socket_type::dealer), monitor_(context, zmq::socket_type::pair) {}

  zmq::socket_t socket_;
  zmq::socket_t monitor_;
};

}  // namespace rujukan::sdk
