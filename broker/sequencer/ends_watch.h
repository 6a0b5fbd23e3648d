// Says in the trace what of the release in force ends soon.
#pragma once

#include <optional>

#include "broker/model/release.h"
#include "broker/runtime/clock.h"

namespace rujukan::sequencer {

// Owned by the sequencer; one thread.
class EndsWatch {
 public:
  // At once, and then once a day.
  void look(const Release& release, TimeUs now, SteadyTime steady);
  // Another release is in force.
  void look_again() { looked_.reset(); }

 private:
  std::optional<SteadyTime> looked_;
};

}  // namespace rujukan::sequencer
