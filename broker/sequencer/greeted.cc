#include "broker/sequencer/greeted.h"

#include <utility>

namespace rujukan::sequencer {

void GreetedStations::greeted(Greeted station) {
  const StationId id = station.station;
  stations_.insert_or_assign(id, std::move(station));
}

void GreetedStations::gone(const transport::ConnectionId& connection) {
  std::erase_if(stations_, [&](const auto& one) { return one.second.connection == connection; });
}

void GreetedStations::spread_news() {
  untold_.clear();
  for (const auto& [id, station] : stations_) untold_.push_back(id);
}

std::optional<Greeted> GreetedStations::next_to_tell() {
  while (!untold_.empty()) {
    const auto at = stations_.find(untold_.front());
    untold_.pop_front();
    if (at != stations_.end()) return at->second;
  }
  return std::nullopt;
}

}  // namespace rujukan::sequencer
