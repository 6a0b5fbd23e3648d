#include "broker/transport/transport.h"

#include <signal.h>

#include <mutex>
#include <thread>

#include "broker/base/invariant.h"
#include "broker/runtime/key_files.h"
#include "broker/transport/router_loop.h"
#include "broker/transport/self_test.h"

namespace rujukan::transport {
namespace {

// Signals are the main thread's: here one would interrupt a call of libzmq.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  INVARIANT(pthread_sigmask(SIG_SETMASK, &all, nullptr) == 0);
}

}  // namespace

struct Transport::Impl {
  std::unique_ptr<RouterLoop> loop;
  PublicKey server_key{};
  std::thread thread;
  std::once_flag stopped;
};

Transport::Transport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Transport::~Transport() { stop(); }

Result<std::unique_ptr<Transport>> Transport::bind(const TransportConfig& config, InboundSink& sink,
                                                   OutboundQueue& outbound) {
  try {
    auto loop = RouterLoop::bind(config, sink, outbound);
    if (!loop) return loop.error();
    auto impl = std::make_unique<Impl>();
    impl->loop = std::move(*loop);
    impl->server_key = x25519_public_key(config.curve_secret);
    impl->thread = std::thread([running = impl->loop.get()] {
      block_signals();
      running->run();
    });
    return std::unique_ptr<Transport>(new Transport(std::move(impl)));
  } catch (const zmq::error_t& why) {
    return Error{ErrorCode::kTransportFailed, config.endpoint, why.what()};
  }
}

const std::string& Transport::endpoint() const { return impl_->loop->endpoint(); }

void Transport::set_stations(StationKeys stations) {
  impl_->loop->set_stations(std::move(stations));
}

Result<void> Transport::self_test() const {
  return expect_random_key_refused(endpoint(), impl_->server_key);
}

TransportCounters Transport::counters() const { return impl_->loop->counters(); }

void Transport::stop_reading() { impl_->loop->stop_reading(); }

void Transport::stop() {
  std::call_once(impl_->stopped, [this] {
    impl_->loop->stop_reading();
    impl_->loop->ask_to_stop();
    impl_->thread.join();
  });
}

}  // namespace rujukan::transport
