// Whether the wall clock can be believed: a log whose time once ran ahead stays ahead for good.
#pragma once

#include <chrono>
#include <optional>

#include "broker/base/result.h"
#include "broker/base/time.h"
#include "broker/runtime/clock.h"

namespace rujukan::sequencer {

// Owned by the sequencer; one thread.
class ClockWatch {
 public:
  // `most`: how far ahead is believed; 0: everything is.
  explicit ClockWatch(std::chrono::minutes most) : most_(most) {}

  // At a start: against when the log was last known to be right. Errors: clock.ahead.
  Result<void> check_start(TimeUs now, TimeUs last_known) const;
  // While it runs: against the time that passed since the round before by a clock that does not
  // jump. False: nothing is to be logged until the clock goes back, or somebody starts the broker
  // again and confirms it.
  bool believes(TimeUs now, SteadyTime elapsed, TimeUs last_entry);
  // Since when it does not.
  const std::optional<TimeUs>& doubts_since() const { return doubts_since_; }

 private:
  const std::chrono::minutes most_;
  struct Seen {
    TimeUs wall;
    SteadyTime elapsed;
  };
  std::optional<Seen> seen_;  // the latest that was believed
  std::optional<TimeUs> doubts_since_;
  std::optional<SteadyTime> traced_;
};

}  // namespace rujukan::sequencer
