#include "broker/transport/zap.h"

namespace rujukan::transport {
namespace {

// Frames of a request as a ROUTER sees them: routing id, empty, then the seven of the RFC.
enum RequestFrame : std::size_t {
  kVersion = 2,
  kRequestId = 3,
  kDomain = 4,
  kMechanism = 7,
  kKey = 8,
  kRequestFrames = 9,
};

// One property: u8 length, name, u32be length, value. Source: ZeroMQ RFC 23/ZMTP.
Bytes station_key_metadata(ByteView key) {
  const std::string_view name = kStationKeyProperty;
  const std::string value = to_hex(key);
  Bytes out;
  out.push_back(static_cast<std::uint8_t>(name.size()));
  out.insert(out.end(), name.begin(), name.end());
  append_u32be(out, static_cast<std::uint32_t>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, StationKeys stations)
    : socket_(context, ZMQ_ROUTER), stations_(std::move(stations)) {}

Result<std::unique_ptr<ZapHandler>> ZapHandler::bind(zmq::context_t& context,
                                                     StationKeys stations) {
  std::unique_ptr<ZapHandler> handler(new ZapHandler(context, std::move(stations)));
  if (const auto set = set_option(handler->socket_, ZMQ_LINGER, 0, "ZMQ_LINGER"); !set) {
    return set.error();
  }
  if (zmq_bind(handler->socket_.handle(), "inproc://zeromq.zap.01") != 0) {
    return Error{ErrorCode::kTransportFailed, "inproc://zeromq.zap.01", zmq_strerror(zmq_errno())};
  }
  return handler;
}

void ZapHandler::set_stations(StationKeys stations) {
  const MutexLock lock(mutex_);
  stations_ = std::move(stations);
}

void ZapHandler::serve() {
  for (;;) {
    std::vector<zmq::message_t> request;
    do {
      zmq::message_t frame;
      if (!socket_.recv(frame, zmq::recv_flags::dontwait)) return;
      request.push_back(std::move(frame));
    } while (request.back().more());
    answer(request);
  }
}

StationId ZapHandler::station_of(ByteView mechanism, ByteView key) const {
  const auto curve_key = to_array<32>(key);
  if (as_text(mechanism) != "CURVE" || !curve_key) return {};
  const MutexLock lock(mutex_);
  const auto at = stations_.find(*curve_key);
  return at == stations_.end() ? StationId() : at->second;
}

void ZapHandler::answer(const std::vector<zmq::message_t>& request) {
  // Requests come from libzmq itself; another form has no one to be answered.
  if (request.size() != kRequestFrames) return;
  StationId station;
  if (as_text(view_of(request[kDomain])) == kZapDomain) {
    station = station_of(view_of(request[kMechanism]), view_of(request[kKey]));
  }
  const bool known = !station.empty();
  if (!known) {
    ++refused_;
    refused_trace_.happened({{"key", to_hex(view_of(request[kKey]))}});
  }
  const Bytes metadata = known ? station_key_metadata(view_of(request[kKey])) : Bytes();
  const std::array<ByteView, 8> reply = {view_of(request[0]),
                                         ByteView(),
                                         view_of(request[kVersion]),
                                         view_of(request[kRequestId]),
                                         as_bytes(known ? "200" : "400"),
                                         as_bytes(known ? "OK" : "unknown key"),
                                         as_bytes(station.view()),
                                         metadata};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto flags = zmq::send_flags::dontwait |
                       (i + 1 < reply.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    // A connection that ended before its answer takes no frames; nothing is owed to it.
    if (!socket_.send(zmq::buffer(reply[i].data(), reply[i].size()), flags)) return;
  }
}

}  // namespace rujukan::transport
