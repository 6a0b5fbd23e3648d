// The broker's socket: a ROUTER with CURVE and ZAP, owned by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "broker/base/result.h"
#include "broker/transport/inbound.h"
#include "broker/transport/outbound_queue.h"

namespace rujukan::transport {

// CURVE public key of each station that may connect.
using StationKeys = std::map<PublicKey, StationId>;

struct TransportConfig {
  std::string endpoint;  // "tcp://127.0.0.1:7700"; a port of "*" is chosen by the system
  std::array<std::uint8_t, 32> curve_secret{};
  StationKeys stations;
};

// What was refused or dropped since the start, and how many are connected now.
struct TransportCounters {
  std::uint64_t connections = 0;          // handshakes that go on included
  std::uint64_t keys_refused = 0;         // CURVE keys that no station has
  std::uint64_t routing_ids_refused = 0;  // messages under another routing id than was assigned
  std::uint64_t messages_too_large = 0;   // over the limits, discarded
  std::uint64_t messages_empty = 0;       // without a frame, or without an authenticated sender
  std::uint64_t sends_dropped = 0;        // the peer was gone, or its backlog was full
  std::uint64_t connections_cut = 0;      // cost too much, or are not what they say
};

class Transport {
 public:
  // Binds and starts the thread. `sink` and `outbound` outlive the transport. Errors:
  // transport.failed, naming the endpoint and why.
  static Result<std::unique_ptr<Transport>> bind(const TransportConfig& config, InboundSink& sink,
                                                 OutboundQueue& outbound);
  ~Transport();

  // As bound, with the port that the system chose.
  const std::string& endpoint() const;
  // Connections of other keys are cut; their messages so far are checked by verify/. Thread: any.
  void set_stations(StationKeys stations);
  // Connects to itself with a random key, which must be refused: libzmq lets unknown keys in when
  // nobody answers for them. Takes at most 4 s. Errors: transport.self_test, transport.failed.
  Result<void> self_test() const;

  TransportCounters counters() const;

  // From the return on nothing is offered to the sink. Thread: any but the transport's.
  void stop_reading();
  // Stops reading, closes the outbound queue, sends what waits (at most 2 s), closes the socket.
  // Idempotent.
  void stop();

 private:
  struct Impl;
  explicit Transport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rujukan::transport
