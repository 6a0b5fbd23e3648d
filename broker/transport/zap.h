// Answers libzmq's question who a CURVE key belongs to. Source: ZeroMQ RFC 27/ZAP.
#pragma once

#include <atomic>
#include <functional>

#include "broker/runtime/mutex.h"
#include "broker/runtime/rare_trace.h"
#include "broker/transport/socket.h"
#include "broker/transport/transport.h"

namespace rujukan::transport {

inline constexpr std::string_view kZapDomain = "rujukan";
// Metadata of every message of an accepted connection, in hexadecimal.
inline constexpr const char* kStationKeyProperty = "X-Station-Key";
// And the number that its handshake was granted, in decimal.
inline constexpr const char* kGrantProperty = "X-Grant";

// Thread: serve() by the transport's; the others by any.
class ZapHandler {
 public:
  // A number for the handshake of a known key, greater than each before; nullopt: not now.
  using Grant =
      std::function<std::optional<std::uint64_t>(const PublicKey&, std::string_view address)>;
  // Must be called before the ROUTER socket of the context is bound. Errors: transport.failed.
  static Result<std::unique_ptr<ZapHandler>> bind(zmq::context_t& context, StationKeys stations,
                                                  Grant grant);

  void* handle() { return socket_.handle(); }
  // Answers everything that waits, without blocking.
  void serve();
  void set_stations(StationKeys stations);
  bool knows(const PublicKey& key) const;
  std::uint64_t refused() const { return refused_; }

 private:
  ZapHandler(zmq::context_t& context, StationKeys stations, Grant grant);
  void answer(const std::vector<zmq::message_t>& request);
  // Empty when no station has the key.
  StationId station_of(ByteView mechanism, ByteView key) const;

  zmq::socket_t socket_;
  const Grant grant_;
  mutable Mutex mutex_;
  StationKeys stations_ GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> refused_ = 0;
  trace::RareTrace refused_trace_{"station.key_refused"};
  trace::RareTrace put_off_trace_{"station.handshake_put_off"};
};

}  // namespace rujukan::transport
