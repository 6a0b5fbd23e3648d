// The wall clock, behind an interface so that tests move it. Never read inside a decision: the
// sequencer turns it into log time, which advances strictly (hazard: wall clocks jump).
#pragma once

#include <chrono>

#include "broker/base/time.h"

namespace rujukan {

// Thread: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeUs now() = 0;
};

class SystemClock final : public Clock {
 public:
  TimeUs now() override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
};

// For timeouts and measurements; does not jump, and stands still while the machine sleeps.
using SteadyTime = std::chrono::steady_clock::time_point;
inline SteadyTime steady_now() { return std::chrono::steady_clock::now(); }
// The same, and goes on while the machine sleeps.
SteadyTime elapsed_now();

}  // namespace rujukan
