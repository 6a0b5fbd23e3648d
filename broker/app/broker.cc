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
  return broker;
}

Result<void> Broker::open_log(const Config& config, const BrokerKeys& keys) {
  release_file_ = config.release_file;
  order_folder_ = config.order_folder;
  const auto release = read_release(release_file_);
  if (!release) return release.error();
  if (auto made = make_data_dir(config.data_dir); !made) return made;
  auto outbound = transport::OutboundQueue::create();
  if (!outbound) return outbound.error();
  outbound_ = *std::move(outbound);
  const sequencer::Config settings{config.data_dir.string(), keys.origin, config.redeliver_after,
                                   config.state_every};
  auto opened = sequencer::Sequencer::open(settings, log_key_, clock_, *outbound_, *release);
  if (!opened) return opened.error();
  sequencer_ = *std::move(opened);
  return {};
}

Result<void> Broker::open_socket(const Config& config, const BrokerKeys& keys) {
  const auto table = sequencer_->table();
  pool_ = std::make_unique<verify::Pool>(verify::Pool::Config{keys.origin, config.verify_threads},
                                         table, pipeline_, clock_);
  auto bound = transport::Transport::bind(
      {config.listen, keys.curve_secret, station_keys(table->release())}, *pool_, *outbound_);
  if (!bound) return bound.error();
  transport_ = *std::move(bound);
  return {};
}

void Broker::serve(std::function<void(const Error&)> on_fatal) {
  sequencer_->on_release([this](const std::shared_ptr<const routing::RoutingTable>& table) {
    pool_->set_table(table);
    transport_->set_stations(station_keys(table->release()));
  });
  sequencer_->start(pipeline_, std::move(on_fatal));
}

Result<void> Broker::offer_orders() {
  if (order_folder_.empty()) return {};
  auto orders = read_orders(order_folder_);
  if (!orders) return orders.error();
  sequencer_->offer_orders(*std::move(orders));
  return {};
}

Result<void> Broker::reload() {
  if (release_file_.empty() && order_folder_.empty()) {
    return Error{ErrorCode::kConfigMissing, "release_file"};
  }
  auto release = read_release(release_file_);
  if (release && *release) sequencer_->offer_release(**std::move(release));
  // Neither waits for the other to be readable.
  auto offered = offer_orders();
  return release ? offered : Result<void>(release.error());
}

void Broker::drain() {
  if (transport_) transport_->stop_reading();
  pipeline_.close();
  if (sequencer_) sequencer_->join();
  if (transport_) transport_->stop();
}

}  // namespace rujukan::app
