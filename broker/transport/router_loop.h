// What the transport's thread owns and does.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "broker/runtime/clock.h"
#include "broker/runtime/mutex.h"
#include "broker/transport/connections.h"
#include "broker/transport/outbound_queue.h"
#include "broker/transport/outgoing.h"
#include "broker/transport/receive.h"
#include "broker/transport/transport.h"
#include "broker/transport/zap.h"

namespace rujukan::transport {

// Made by the binding thread, then run() by the transport's; ask_to_stop(), stop_reading() and
// counters() are for any thread.
class RouterLoop {
 public:
  // Errors: transport.failed.
  static Result<std::unique_ptr<RouterLoop>> bind(const TransportConfig& config, InboundSink& sink,
                                                  OutboundQueue& outbound);

  // Until ask_to_stop(). Thread of set_stations(): any.
  void run();
  void ask_to_stop();
  void stop_reading();

  const std::string& endpoint() const { return endpoint_; }
  void set_stations(StationKeys stations);
  TransportCounters counters() const;

 private:
  RouterLoop(const SecretBytes& secret, InboundSink& sink, OutboundQueue& outbound);
  Result<void> open_router(const TransportConfig& config);
  Result<void> count_routing_ids();
  Result<void> open_monitor();

  void wait();
  void turn();
  void watch();
  void check();
  void take_outbound();
  void read() REQUIRES_LOCK(reading_mutex_);
  void handle(Received&& received);
  // What is wrong with an admitted peer's message; nullopt: it was offered or is held.
  std::optional<Error> take(Peer& peer, Received&& received, std::uint64_t& request_id);
  void offer(Inbound&& inbound);
  void flush();

  InboundSink& sink_;
  OutboundQueue& outbound_;
  zmq::context_t context_;
  std::unique_ptr<ZapHandler> zap_;
  zmq::socket_t router_;
  zmq::socket_t monitor_;
  std::string endpoint_;
  Connections connections_;
  Outgoing outgoing_;
  std::optional<Inbound> held_;  // refused by the sink, to be offered again
  SteadyTime check_due_;
  std::atomic<bool> stations_changed_ = false;

  Mutex reading_mutex_;  // held while the sink is called
  bool reading_ GUARDED_BY(reading_mutex_) = true;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> routing_ids_refused_ = 0;
  std::atomic<std::uint64_t> messages_too_large_ = 0;
  std::atomic<std::uint64_t> messages_empty_ = 0;
  trace::RareTrace refused_trace_{"message.refused"};
};

}  // namespace rujukan::transport
