// Waiting times between tries: doubling from a first to a longest one, with jitter, so that the
// stations of a country do not come back in step.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "broker/base/bytes.h"
#include "broker/runtime/random.h"

namespace rujukan::sdk {

struct RetryTimes {
  std::chrono::milliseconds first{200};
  std::chrono::milliseconds most{30'000};
};

class Backoff {
 public:
  explicit Backoff(RetryTimes times) : times_(times) {}

  // Between half of the step and all of it.
  std::chrono::milliseconds next() {
    const auto step = std::min(times_.most, times_.first * (std::int64_t{1} << tries_));
    if (step < times_.most) ++tries_;
    const auto random = random_bytes<2>();
    return step / 2 + step / 2 * read_u16be(random) / 65535;
  }
  void reset() { tries_ = 0; }

 private:
  RetryTimes times_;
  int tries_ = 0;  // stops growing at the longest step
};

}  // namespace rujukan::sdk
