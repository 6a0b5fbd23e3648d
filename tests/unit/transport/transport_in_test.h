// A transport over real sockets, on a port that the system chooses. Assertions on the test thread
// only.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "broker/runtime/bounded_queue.h"
#include "broker/transport/transport.h"
#include "tests/unit/transport/curve_dealer.h"

namespace rujukan::test {

using namespace rujukan::transport;
using namespace std::chrono_literals;

// Takes what fits into its queue.
class QueueSink final : public InboundSink {
 public:
  explicit QueueSink(std::size_t room) : queue_(room, 1u << 30) {}
  bool offer(Inbound&& inbound) override { return queue_.try_push(std::move(inbound), 0); }
  void gone(const ConnectionId& connection) override {
    ConnectionId copy = connection;
    static_cast<void>(gone_.try_push(std::move(copy), 0));
  }
  std::optional<Inbound> next(std::chrono::milliseconds timeout = 10s) {
    return queue_.pop(timeout);
  }
  std::optional<ConnectionId> next_gone() { return gone_.pop(10s); }

 private:
  BoundedQueue<Inbound> queue_;
  BoundedQueue<ConnectionId> gone_{100, 1};
};

struct Fixture {
  explicit Fixture(std::size_t room = 1'000'000) : sink(room) {
    auto bound = Transport::bind(
        {"tcp://127.0.0.1:*",
         server.secret,
         {{first.key, StationId("station-1")}, {second.key, StationId("station-2")}}},
        sink, *outbound);
    REQUIRE(bound);
    transport = *std::move(bound);
  }
  test::CurveDealer dealer(const test::CurveKeys& keys, const std::string& routing_id = {}) {
    return test::CurveDealer(transport->endpoint(), server.key, keys, routing_id);
  }

  test::CurveKeys server, first, second, stranger;
  QueueSink sink;
  std::unique_ptr<OutboundQueue> outbound = *OutboundQueue::create();
  std::unique_ptr<Transport> transport;
};

inline wire::Frames frames_of(std::initializer_list<std::string_view> texts) {
  wire::Frames out;
  for (const auto text : texts) out.push_back(to_bytes(as_bytes(text)));
  return out;
}

inline std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Until `condition` holds; a test that fails gives up after some seconds.
template <typename Condition>
bool eventually(const Condition& condition) {
  for (const SteadyTime until = steady_now() + 15s; steady_now() < until;) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace rujukan::test
