// The whole broker: puts the stages together in the order of a referral's life.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "broker/admin/log_server.h"
#include "broker/admin/witness_feed.h"
#include "broker/app/config.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/key_files.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/stored_log_files.h"
#include "broker/transport/transport.h"
#include "broker/verify/pool.h"

namespace rujukan::app {

//   transport --> verify pool --> sequencer --> outbound queue --> transport
//                                 store --> log server, witness feed --> sequencer
// Owned by the main thread. Members are in the order in which they are made; each may use those
// before it.
class Broker {
 public:
  // Opens the data directory, binds the socket and tests that it refuses strangers. Errors: those
  // of configuration, store, release and transport.
  static Result<std::unique_ptr<Broker>> open(const Config& config);
  ~Broker();

  // As bound.
  const std::string& endpoint() const { return transport_->endpoint(); }
  // Of the log's files, as bound; empty: none.
  std::string log_url() const { return log_server_ ? log_server_->url() : ""; }
  // Begins to decide and answer. `on_fatal` is called at most once, from the sequencer's thread.
  void serve(std::function<void(const Error&)> on_fatal);
  // Takes the release file and the order folder of settings that were read again. The others hold
  // from the next start on.
  void follow(const Config& config);
  // Reads the release file, the order folder and the lists of revoked client certificates again,
  // those that the settings name. A newer release is checked and put in force between two rounds of
  // decisions, and the orders are decided after it. Errors: file.unreadable, config.too_large,
  // config.value.
  Result<void> reload();
  // Stops reading, decides and commits what was read, sends what waits. Idempotent.
  void drain();

 private:
  explicit Broker(Ed25519SecretKey log_key);
  Result<void> open_log(const Config& config, const BrokerKeys& keys);
  Result<void> offer_orders();
  Result<void> open_socket(const Config& config, const BrokerKeys& keys);
  Result<void> open_listener(const Config& config);
  Result<void> open_witnesses(const Config& config);

  SystemClock clock_;
  const Ed25519SecretKey log_key_;
  std::filesystem::path release_file_;
  std::filesystem::path order_folder_;
  std::unique_ptr<transport::OutboundQueue> outbound_;
  std::unique_ptr<sequencer::Sequencer> sequencer_;
  verify::Pipeline pipeline_;
  std::unique_ptr<verify::Pool> pool_;
  std::unique_ptr<transport::Transport> transport_;
  std::unique_ptr<store::StoredLogFiles> log_files_;
  std::unique_ptr<store::ReadOnlyStore> status_store_;
  std::unique_ptr<admin::HttpServer> log_server_;
  std::unique_ptr<admin::WitnessFeed> witness_feed_;
};

}  // namespace rujukan::app
