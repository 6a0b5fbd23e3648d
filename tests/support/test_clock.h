// A clock that stands still until a test moves it.
#pragma once

#include "broker/runtime/clock.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

class TestClock final : public Clock {
 public:
  TimeUs now() override { return now_; }
  void advance(std::chrono::microseconds by) { now_ += by; }
  void set(TimeUs to) { now_ = to; }

 private:
  TimeUs now_ = noon();
};

}  // namespace rujukan::test
