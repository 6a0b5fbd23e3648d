#include "broker/transport/outbound_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/base/invariant.h"
#include "broker/base/limits.h"
#include "broker/runtime/trace.h"
#include "broker/transport/inbound.h"

namespace rujukan::transport {

OutboundQueue::OutboundQueue(FileDescriptor wake)
    : wake_(std::move(wake)), queue_(limits::kOutboundMessages, limits::kOutboundBytes) {}

Result<std::unique_ptr<OutboundQueue>> OutboundQueue::create() {
  FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.open()) {
    return Error{ErrorCode::kTransportFailed, "eventfd", std::strerror(errno)};
  }
  return std::unique_ptr<OutboundQueue>(new OutboundQueue(std::move(wake)));
}

void OutboundQueue::send(const ConnectionId& to, wire::Frames frames) {
  const std::size_t bytes = bytes_of(frames);
  if (queue_.push(Item{to, std::move(frames)}, bytes)) {
    wake();
  } else {
    trace::debug("transport.sent_after_end", {{"bytes", bytes}});
  }
}

void OutboundQueue::wake() {
  if (wake_pending_.exchange(true)) return;
  const std::uint64_t one = 1;
  // EAGAIN would need 2^64 - 1 wakes that nobody read.
  INVARIANT(::write(wake_.get(), &one, sizeof one) == sizeof one);
}

void OutboundQueue::clear_wake() {
  std::uint64_t wakes = 0;
  // EAGAIN: nobody woke.
  const ssize_t got = ::read(wake_.get(), &wakes, sizeof wakes);
  INVARIANT(got == sizeof wakes || errno == EAGAIN);
  wake_pending_ = false;
}

}  // namespace rujukan::transport
