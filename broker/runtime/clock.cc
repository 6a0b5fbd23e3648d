#include "broker/runtime/clock.h"

#include <ctime>

namespace rujukan {

SteadyTime elapsed_now() {
  std::timespec now{};
  // Cannot fail for a clock that the kernel has.
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace rujukan
