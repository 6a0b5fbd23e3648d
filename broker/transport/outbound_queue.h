// Between everyone who sends and the transport's thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "broker/base/result.h"
#include "broker/runtime/bounded_queue.h"
#include "broker/runtime/file.h"
#include "broker/transport/outbound.h"

namespace rujukan::transport {

// Threads: send() and wake() by any; the rest by the transport's. Made before the transport and
// outlives it.
class OutboundQueue final : public Outbound {
 public:
  struct Item {
    ConnectionId to;
    wire::Frames frames;
  };

  // Errors: transport.failed.
  static Result<std::unique_ptr<OutboundQueue>> create();

  void send(const ConnectionId& to, wire::Frames frames) override;
  // Ends the consumer's wait.
  void wake();

  // Readable after send() and wake().
  int wake_fd() const { return wake_.get(); }
  // To be called before try_pop(), so that what is sent from here on wakes again.
  void clear_wake();
  std::optional<Item> try_pop() { return queue_.try_pop(); }
  // From here on send() drops.
  void close() { queue_.close(); }

 private:
  explicit OutboundQueue(FileDescriptor wake);

  FileDescriptor wake_;  // eventfd
  std::atomic<bool> wake_pending_ = false;
  BoundedQueue<Item> queue_;
};

}  // namespace rujukan::transport
