#include "broker/transport/outgoing.h"

#include "broker/base/limits.h"
#include "broker/transport/inbound.h"

namespace rujukan::transport {

void Outgoing::send(const ConnectionId& to, wire::Frames frames) {
  auto at = backlogs_.find(to);
  if (at == backlogs_.end()) {
    switch (try_send(to, frames)) {
      case Sent::kYes:
        return;
      case Sent::kGone:
        return drop(to, 1);
      case Sent::kFull:
        at = backlogs_.try_emplace(to).first;
        break;
    }
  }
  Backlog& backlog = at->second;
  backlog.bytes += bytes_of(frames);
  backlog.messages.push_back(std::move(frames));
  if (backlog.messages.size() > limits::kStationBacklogMessages ||
      (backlog.bytes > limits::kStationBacklogBytes && backlog.messages.size() > 1)) {
    const std::size_t lost = backlog.messages.size();
    backlogs_.erase(at);
    drop(to, lost);
  }
}

void Outgoing::retry() {
  for (auto at = backlogs_.begin(); at != backlogs_.end();) {
    if (!flush(at->first, at->second)) {
      drop(at->first, at->second.messages.size());
      at = backlogs_.erase(at);
    } else if (at->second.messages.empty()) {
      at = backlogs_.erase(at);
    } else {
      ++at;
    }
  }
}

bool Outgoing::flush(const ConnectionId& to, Backlog& backlog) {
  while (!backlog.messages.empty()) {
    switch (try_send(to, backlog.messages.front())) {
      case Sent::kYes:
        backlog.bytes -= bytes_of(backlog.messages.front());
        backlog.messages.pop_front();
        break;
      case Sent::kFull:
        return true;
      case Sent::kGone:
        return false;
    }
  }
  return true;
}

Outgoing::Sent Outgoing::try_send(const ConnectionId& to, const wire::Frames& frames) {
  // ROUTER_MANDATORY tells about the peer at the first frame; the others then always pass.
  const Bytes& id = to.routing_id;
  if (zmq_send(router_.handle(), id.data(), id.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
    return zmq_errno() == EAGAIN ? Sent::kFull : Sent::kGone;
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int flags = ZMQ_DONTWAIT | (i + 1 < frames.size() ? ZMQ_SNDMORE : 0);
    if (zmq_send(router_.handle(), frames[i].data(), frames[i].size(), flags) < 0) {
      return Sent::kGone;
    }
  }
  return Sent::kYes;
}

void Outgoing::drop(const ConnectionId& to, std::size_t messages) {
  dropped_ += messages;
  gone_(to);
}

}  // namespace rujukan::transport
