#include "broker/transport/zap.h"

namespace rujukan::transport {
namespace {

// Frames of a request as a ROUTER sees them: routing id, empty, then the seven of the RFC.
enum RequestFrame : std::size_t {
  kVersion = 2,
  kRequestId = 3,
  kDomain = 4,
  kAddress = 5,
  kMechanism = 7,
  kKey = 8,
  kRequestFrames = 9,
};

// One property: u8 length, name, u32be length, value. Source: ZeroMQ RFC 23/ZMTP.
void append_property(Bytes& out, std::string_view name, std::string_view value) {
  out.push_back(static_cast<std::uint8_t>(name.size()));
  out.insert(out.end(), name.begin(), name.end());
  append_u32be(out, static_cast<std::uint32_t>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
}

Bytes metadata_of(ByteView key, std::uint64_t grant) {
  Bytes out;
  append_property(out, kStationKeyProperty, to_hex(key));
  append_property(out, kGrantProperty, std::to_string(grant));
  return out;
}

// What libzmq does with a connection. Source: ZeroMQ RFC 27/ZAP.
struct Status {
  std::string_view code;
  std::string_view text;
};
constexpr Status kWelcome{"200", "OK"};
constexpr Status kLater{"300", "too many handshakes without a message"};
constexpr Status kRefused{"400", "unknown key"};

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, StationKeys stations, Grant grant)
    : socket_(context, ZMQ_ROUTER), grant_(std::move(grant)), stations_(std::move(stations)) {}

Result<std::unique_ptr<ZapHandler>> ZapHandler::bind(zmq::context_t& context, StationKeys stations,
                                                     Grant grant) {
  std::unique_ptr<ZapHandler> handler(
      new ZapHandler(context, std::move(stations), std::move(grant)));
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

bool ZapHandler::knows(const PublicKey& key) const {
  const MutexLock lock(mutex_);
  return stations_.contains(key);
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
  const ByteView key = view_of(request[kKey]);
  StationId station;
  if (as_text(view_of(request[kDomain])) == kZapDomain) {
    station = station_of(view_of(request[kMechanism]), key);
  }
  Status status = kRefused;
  Bytes metadata;
  if (station.empty()) {
    ++refused_;
    refused_trace_.happened({{"key", to_hex(key)}});
  } else if (const auto grant = grant_(*to_array<32>(key), as_text(view_of(request[kAddress])))) {
    status = kWelcome;
    metadata = metadata_of(key, *grant);
  } else {
    status = kLater;
    put_off_trace_.happened({{"station", station.str()}});
  }
  const std::array<ByteView, 8> reply = {view_of(request[0]),        ByteView(),
                                         view_of(request[kVersion]), view_of(request[kRequestId]),
                                         as_bytes(status.code),      as_bytes(status.text),
                                         as_bytes(station.view()),   metadata};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto flags = zmq::send_flags::dontwait |
                       (i + 1 < reply.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    // A connection that ended before its answer takes no frames; nothing is owed to it.
    if (!socket_.send(zmq::buffer(reply[i].data(), reply[i].size()), flags)) return;
  }
}

}  // namespace rujukan::transport
