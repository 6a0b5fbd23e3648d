#include "broker/transport/outgoing.h"

#include "broker/base/limits.h"
#include "broker/runtime/random.h"

namespace rujukan::transport {

void Outgoing::send(const ConnectionId& to, const wire::Frames& frames) {
  const Peer* peer = connections_.find(to);
  if (peer == nullptr) return drop(to, 1);
  Bytes sealed = peer->box->seal(wire::join(frames), random_bytes<kBoxNonceBytes>());
  auto at = backlogs_.find(to);
  if (at == backlogs_.end()) {
    switch (try_send(to, sealed)) {
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
  backlog.bytes += sealed.size();
  backlog.messages.push_back(std::move(sealed));
  if (backlog.messages.size() > limits::kStationBacklogMessages ||
      (backlog.bytes > limits::kStationBacklogBytes && backlog.messages.size() > 1)) {
    const std::size_t lost = backlog.messages.size();
    backlogs_.erase(at);
    drop(to, lost);
  }
}

void Outgoing::send_as_before(const Peer& to, const wire::Frames& frames) {
  const Bytes& id = to.id.routing_id;
  if (zmq_send(router_.handle(), id.data(), id.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) return;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const int flags = ZMQ_DONTWAIT | (i + 1 < frames.size() ? ZMQ_SNDMORE : 0);
    if (zmq_send(router_.handle(), frames[i].data(), frames[i].size(), flags) < 0) return;
  }
}

void Outgoing::forget(const ConnectionId& to) {
  const auto at = backlogs_.find(to);
  if (at == backlogs_.end()) return;
  dropped_ += at->second.messages.size();
  backlogs_.erase(at);
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
        backlog.bytes -= backlog.messages.front().size();
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

Outgoing::Sent Outgoing::try_send(const ConnectionId& to, ByteView sealed) {
  if (connections_.find(to) == nullptr) return Sent::kGone;
  // ROUTER_MANDATORY tells about the peer at the first frame; the other then always passes.
  const Bytes& id = to.routing_id;
  if (zmq_send(router_.handle(), id.data(), id.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
    return zmq_errno() == EAGAIN ? Sent::kFull : Sent::kGone;
  }
  const int sent = zmq_send(router_.handle(), sealed.data(), sealed.size(), ZMQ_DONTWAIT);
  return sent < 0 ? Sent::kGone : Sent::kYes;
}

void Outgoing::drop(const ConnectionId& to, std::size_t messages) {
  dropped_ += messages;
  connections_.cut(to, "what is sent to it was dropped");
  gone_(to);
}

}  // namespace rujukan::transport
