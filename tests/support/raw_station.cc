#include "tests/support/raw_station.h"

#include "broker/base/invariant.h"
#include "broker/runtime/key_files.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

RawStation::RawStation(const std::string& endpoint, const X25519PublicKey& broker_key,
                       const std::array<std::uint8_t, 32>& curve_secret)
    : socket_(context_, zmq::socket_type::dealer), box_(*Box::between(curve_secret, broker_key)) {
  const auto own = x25519_public_key(curve_secret);
  socket_.set(zmq::sockopt::curve_serverkey, as_text(broker_key));
  socket_.set(zmq::sockopt::curve_publickey, as_text(own));
  socket_.set(zmq::sockopt::curve_secretkey, as_text(curve_secret));
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, 0);
  socket_.set(zmq::sockopt::rcvhwm, 0);
  socket_.connect(endpoint);
}

void RawStation::send(const wire::Frames& frames) {
  const Bytes joined = wire::join(frames);
  socket_.send(zmq::const_buffer(joined.data(), joined.size()), zmq::send_flags::none);
}

void RawStation::send_in_parts(const wire::Frames& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto flags = i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
    socket_.send(zmq::const_buffer(frames[i].data(), frames[i].size()), flags);
  }
}

void RawStation::greet() {
  send(wire::encode(wire::Hello{}));
  const auto welcome = receive(wire::FrameType::kWelcome, std::chrono::seconds(20));
  INVARIANT(welcome);
}

std::optional<wire::Frames> RawStation::receive(std::chrono::milliseconds within) {
  socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(within.count()));
  std::vector<Bytes> parts;
  zmq::message_t part;
  do {
    if (!socket_.recv(part)) return std::nullopt;
    const auto* data = part.data<std::uint8_t>();
    parts.emplace_back(data, data + part.size());
  } while (part.more());
  if (parts.size() > 1) return parts;
  const auto opened = box_.open(parts.front());
  if (!opened) return parts;
  const auto split = wire::split(*opened);
  INVARIANT(split.ok());
  wire::Frames frames;
  for (const ByteView frame : *split) frames.push_back(to_bytes(frame));
  return frames;
}

std::optional<wire::Frames> RawStation::receive(wire::FrameType type,
                                                std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (std::chrono::steady_clock::now() < until) {
    auto frames = receive(std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now()));
    if (!frames) return std::nullopt;
    const auto actual = wire::read_frame_type((*frames)[0]);
    if (actual && *actual == type) return frames;
  }
  return std::nullopt;
}

}  // namespace rujukan::test
