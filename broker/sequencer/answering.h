// When the broker takes answers, and when it does not: no deadline runs against a unit whose answer
// nobody could take.
#pragma once

#include <chrono>
#include <optional>

#include "broker/base/time.h"
#include "broker/runtime/clock.h"

namespace rujukan::sequencer {

// Owned by the sequencer; one thread.
class Answering {
 public:
  // After an interruption no deadline fires for twice as long again, so that stations find the
  // broker and hand in what they wrote meanwhile; for `settle` at most.
  explicit Answering(std::chrono::seconds settle) : settle_(settle) {}

  // It takes none, since then; of several reasons the earliest counts.
  void stops(TimeUs since);
  // It takes answers, at `now`. For how long it took none, when it just began again; a second at
  // least, because what is shorter nobody waits for.
  std::optional<std::chrono::microseconds> goes_on(TimeUs now, SteadyTime steady);
  // Whether deadlines may fire.
  bool has_settled(SteadyTime steady) const { return !since_ && steady >= settled_at_; }

 private:
  const std::chrono::seconds settle_;
  std::optional<TimeUs> since_;
  SteadyTime settled_at_{};
};

}  // namespace rujukan::sequencer
