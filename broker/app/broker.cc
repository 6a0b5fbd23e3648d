#include "broker/app/broker.h"

#include <system_error>

#include "broker/app/order_folder.h"
#include "broker/base/limits.h"
#include "broker/runtime/file.h"

namespace rujukan::app {
namespace {

transport::StationKeys station_keys(const Release& release) {
  transport::StationKeys keys;
  for (const Station& station : release.stations) keys.emplace(station.curve_key, station.id);
  return keys;
}

Result<void> make_data_dir(const std::filesystem::path& path) {
  std::error_code why;
  std::filesystem::create_directories(path, why);
  if (!why) return {};
  return Error{ErrorCode::kFileUnwritable, path.string(), why.message()};
}

Result<std::optional<Bytes>> read_release(const std::filesystem::path& path) {
  if (path.empty()) return std::optional<Bytes>();
  const auto text = read_file(path, limits::kReleaseBytes);
  if (!text) return text.error();
  return std::optional(to_bytes(as_bytes(*text)));
}

}  // namespace

Broker::Broker(Ed25519SecretKey log_key)
    : log_key_(std::move(log_key)), pipeline_(limits::kQueueSubmissions, limits::kQueueBytes) {}

Broker::~Broker() { drain(); }

Result<std::unique_ptr<Broker>> Broker::open(const Config& config) {
  const auto keys = read_broker_keys(config.key_file);
  if (!keys) return keys.error();
  std::unique_ptr<Broker> broker(new Broker(Ed25519SecretKey::from_seed(keys->log_seed)));
  if (const auto opened = broker->open_log(config, *keys); !opened) return opened.error();
  if (const auto offered = broker->offer_orders(); !offered) return offered.error();
  if (const auto opened = broker->open_socket(config, *keys); !opened) return opened.error();
  if (const auto tested = broker->transport_->self_test(); !tested) return tested.error();
  if (const auto opened = broker->open_listener(config); !opened) return opened.error();
  if (const auto opened = broker->open_witnesses(config); !opened) return opened.error();
  return broker;
}

Result<void> Broker::open_log(const Config& config, const BrokerKeys& keys) {
  release_file_ = config.release_file;
  order_folder_ = config.order_folder;
  const auto release = read_release(release_file_);
  if (auto made = make_data_dir(config.data_dir); !made) return made;
  auto outbound = transport::OutboundQueue::create();
  if (!outbound) return outbound.error();
  outbound_ = *std::move(outbound);
  sequencer::Config settings{config.data_dir.string(), keys.origin, config.redeliver_after,
                             config.state_every};
  settings.witnessed = config.witness.has_value();
  settings.clock_ahead = config.clock_ahead;
  settings.clock_confirmed = config.clock_confirmed;
  settings.settle = config.settle;
  if (config.witness) settings.stop_after_lag = config.witness->stop_after_lag;
  auto opened = sequencer::Sequencer::open(settings, log_key_, clock_, *outbound_,
                                           release ? *release : std::nullopt);
  // A log that has a release needs no file.
  const bool none = !opened && opened.error().code == ErrorCode::kConfigMissing;
  if (none && !release) return release.error();
  if (!opened) return opened.error();
  if (!release) trace::error("release.refused", release.error());
  sequencer_ = *std::move(opened);
  return {};
}

Result<void> Broker::open_socket(const Config& config, const BrokerKeys& keys) {
  const auto table = sequencer_->table();
  pool_ = std::make_unique<verify::Pool>(verify::Pool::Config{config.verify_threads}, table,
                                         pipeline_, clock_);
  auto bound = transport::Transport::bind(
      {config.listen, keys.curve_secret, station_keys(table->release())}, *pool_, *outbound_);
  if (!bound) return bound.error();
  transport_ = *std::move(bound);
  return {};
}

Result<void> Broker::open_listener(const Config& config) {
  if (!config.log) return {};
  auto files = store::StoredLogFiles::open(config.data_dir.string());
  if (!files) return files.error();
  log_files_ = *std::move(files);
  auto status_store = store::ReadOnlyStore::open(config.data_dir.string());
  if (!status_store) return status_store.error();
  status_store_ = *std::move(status_store);
  const auto status = [this, witnessed = config.witness.has_value()] {
    return admin::log_status(status_store_->reader(), witnessed, clock_.now());
  };
  auto opened = admin::HttpServer::open(
      config.log->http, admin::log_handler(*log_files_, config.log->tokens, status));
  if (!opened) return opened.error();
  log_server_ = *std::move(opened);
  return {};
}

Result<void> Broker::open_witnesses(const Config& config) {
  if (!config.witness) return {};
  const auto text = read_file(config.witness->policy_file, limits::kPolicyBytes);
  if (!text) return text.error();
  auto policy = merkle::parse_policy(*text);
  if (!policy) {
    return Error{policy.error().code,
                 config.witness->policy_file.string() + ": " + policy.error().field,
                 policy.error().detail};
  }
  auto feed = admin::WitnessFeed::open(
      {config.data_dir.string(),
       {sequencer_->table()->release().log_origin, log_key_.public_key()},
       *std::move(policy),
       config.witness->every},
      clock_, [this](std::string note) { sequencer_->offer_cosigned(std::move(note)); });
  if (!feed) return feed.error();
  witness_feed_ = *std::move(feed);
  return {};
}

void Broker::serve(std::function<void(const Error&)> on_fatal) {
  sequencer_->on_release([this](const std::shared_ptr<const routing::RoutingTable>& table) {
    pool_->set_table(table);
    transport_->set_stations(station_keys(table->release()));
  });
  sequencer_->start(pipeline_, std::move(on_fatal));
  if (log_server_) log_server_->start();
  if (witness_feed_) witness_feed_->start();
}

Result<void> Broker::offer_orders() {
  if (order_folder_.empty()) return {};
  auto orders = read_orders(order_folder_);
  if (!orders) return orders.error();
  sequencer_->offer_orders(*std::move(orders));
  return {};
}

void Broker::follow(const Config& config) {
  release_file_ = config.release_file;
  order_folder_ = config.order_folder;
}

Result<void> Broker::reload() {
  auto release = read_release(release_file_);
  if (release && *release) sequencer_->offer_release(**release);
  // None waits for the others to be readable.
  auto offered = offer_orders();
  auto revoked = log_server_ ? log_server_->reload() : Result<void>();
  if (!release) return release.error();
  return offered ? revoked : offered;
}

void Broker::drain() {
  if (transport_) transport_->stop_reading();
  pipeline_.close();
  if (sequencer_) sequencer_->join();
  if (transport_) transport_->stop();
  if (witness_feed_) witness_feed_->stop();
  if (log_server_) log_server_->stop();
}

}  // namespace rujukan::app
