#include "broker/transport/self_test.h"

#include "broker/runtime/clock.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "broker/transport/socket.h"

namespace rujukan::transport {
namespace {

// Over HANDSHAKE_IVL, so that a handshake that nobody answers has ended.
constexpr std::chrono::milliseconds kPatience(4000);
constexpr const char* kMonitorEndpoint = "inproc://self-test";

// A wildcard address cannot be connected to.
std::string reachable(std::string endpoint) {
  for (const std::string_view wildcard : {"//0.0.0.0:", "//*:"}) {
    const auto at = endpoint.find(wildcard);
    if (at != std::string::npos) endpoint.replace(at, wildcard.size(), "//127.0.0.1:");
  }
  return endpoint;
}

Result<void> connect_as_stranger(zmq::socket_t& dealer, const std::string& endpoint,
                                 const PublicKey& server_key) {
  const SecretBytes secret = random_bytes<32>();
  const PublicKey key = x25519_public_key(secret);
  const Result<void> steps[] = {
      set_option(dealer, ZMQ_LINGER, 0, "ZMQ_LINGER"),
      set_option(dealer, ZMQ_CURVE_SERVERKEY, server_key, "ZMQ_CURVE_SERVERKEY"),
      set_option(dealer, ZMQ_CURVE_PUBLICKEY, key, "ZMQ_CURVE_PUBLICKEY"),
      set_option(dealer, ZMQ_CURVE_SECRETKEY, secret, "ZMQ_CURVE_SECRETKEY")};
  for (const auto& step : steps) {
    if (!step) return step.error();
  }
  if (zmq_socket_monitor(dealer.handle(), kMonitorEndpoint, ZMQ_EVENT_ALL) != 0 ||
      zmq_connect(dealer.handle(), endpoint.c_str()) != 0) {
    return Error{ErrorCode::kTransportFailed, endpoint, zmq_strerror(zmq_errno())};
  }
  return {};
}

Result<void> wait_for_refusal(zmq::socket_t& monitor) {
  const SteadyTime until = steady_now() + kPatience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_now());
    if (left.count() <= 0) {
      return Error{ErrorCode::kSelfTestFailed, "", "a random key was neither refused nor let in"};
    }
    zmq::pollitem_t item{monitor.handle(), 0, ZMQ_POLLIN, 0};
    // Interrupted by a signal or not: what matters is what the monitor says.
    zmq_poll(&item, 1, left.count());
    while (const auto event = next_event(monitor)) {
      if (event->event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return {};
      if (event->event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        return Error{ErrorCode::kSelfTestFailed, "", "a random key was let in"};
      }
    }
  }
}

}  // namespace

Result<void> expect_random_key_refused(const std::string& endpoint, const PublicKey& server_key) {
  try {
    zmq::context_t context;
    zmq::socket_t dealer(context, ZMQ_DEALER);
    auto connected = connect_as_stranger(dealer, reachable(endpoint), server_key);
    if (!connected) return connected;
    zmq::socket_t monitor(context, ZMQ_PAIR);
    if (auto set = set_option(monitor, ZMQ_LINGER, 0, "ZMQ_LINGER"); !set) return set;
    monitor.connect(kMonitorEndpoint);
    return wait_for_refusal(monitor);
  } catch (const zmq::error_t& why) {
    return Error{ErrorCode::kTransportFailed, endpoint, why.what()};
  }
}

}  // namespace rujukan::transport
