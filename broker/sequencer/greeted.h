// The stations that said hello, so that each can be welcomed again when a release comes into force.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "broker/model/ids.h"
#include "broker/transport/outbound.h"

namespace rujukan::sequencer {

struct Greeted {
  StationId station;
  transport::ConnectionId connection;
  std::string checkpoint;  // of its hello; empty: it had seen none
};

// Owned by the sequencer; one thread.
class GreetedStations {
 public:
  // A newer hello of a station takes the place of the one before.
  void greeted(Greeted station);
  void gone(const transport::ConnectionId& connection);
  // All of them are to be told the news, from now on.
  void spread_news();
  // The next that was not told; nullopt: all were.
  std::optional<Greeted> next_to_tell();

 private:
  std::map<StationId, Greeted> stations_;
  std::deque<StationId> untold_;
};

}  // namespace rujukan::sequencer
