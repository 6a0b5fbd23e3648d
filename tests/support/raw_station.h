// A station's socket without the client library: sends any frames, reads whole answers.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "broker/crypto/box.h"
#include "broker/wire/frames.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

class RawStation {
 public:
  // Connects; whether the key is welcome shows in the answers only. Says no hello.
  RawStation(const std::string& endpoint, const X25519PublicKey& broker_key,
             const std::array<std::uint8_t, 32>& curve_secret);

  void send(const wire::Frames& frames);
  // As version 0.3.0 did, each frame a part.
  void send_in_parts(const wire::Frames& frames);
  // Says hello and waits for the welcome.
  void greet();
  // One whole message, opened, or in parts when it came so; nullopt when none comes in time.
  std::optional<wire::Frames> receive(std::chrono::milliseconds within);
  // Reads until a message of the type comes, at most `within`; others are kept out.
  std::optional<wire::Frames> receive(wire::FrameType type, std::chrono::milliseconds within);

  zmq::socket_t& socket() { return socket_; }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  Box box_;
};

inline std::vector<ByteView> views(const wire::Frames& frames) {
  return {frames.begin(), frames.end()};
}

}  // namespace rujukan::test
