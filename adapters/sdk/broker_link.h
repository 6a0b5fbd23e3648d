// The connection to the broker: a DEALER with CURVE on an Asio loop. It comes back by itself, with
// back-off and the next endpoint.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "adapters/sdk/anchor.h"
#include "adapters/sdk/backoff.h"
#include "broker/runtime/key_files.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

// What the link reports, on the loop's thread. Any of them may call the link.
struct LinkEvents {
  std::function<void()> connected;                 // the broker proved its key
  std::function<void()> lost;                      // only after connected
  std::function<void(wire::FrameViews)> received;  // one message
  std::function<void()> drained;                   // after some were received
};

struct LinkSettings {
  RetryTimes reconnect{std::chrono::milliseconds(200), std::chrono::milliseconds(30'000)};
  std::chrono::milliseconds handshake_within{10'000};
};

// One thread: that of the io_context, which outlives it.
class BrokerLink {
 public:
  BrokerLink(boost::asio::io_context& loop, const Anchor& anchor, const SecretBytes& curve_secret,
             const LinkSettings& settings, LinkEvents events);
  BrokerLink(const BrokerLink&) = delete;
  BrokerLink& operator=(const BrokerLink&) = delete;
  ~BrokerLink();

  void start();
  // False: there is no connection, or it does not take more now.
  bool send(const wire::Frames& frames);
  // Ends this connection; another one follows.
  void give_up();
  // The broker is well: the next reconnect is quick again.
  void well();
  // For ever.
  void stop();

 private:
  class Connection;
  class Loop;
  std::shared_ptr<Loop> loop_;
};

}  // namespace rujukan::sdk
