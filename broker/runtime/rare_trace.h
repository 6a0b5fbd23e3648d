// Trace lines that strangers can cause as often as they like.
#pragma once

#include <cstdint>
#include <optional>

#include "broker/runtime/clock.h"
#include "broker/runtime/trace.h"

namespace rujukan::trace {

// At most one line a second, with how often it happened since the line before. One thread.
class RareTrace {
 public:
  explicit RareTrace(std::string_view event, Level level = Level::kWarning)
      : event_(event), level_(level) {}

  // Writes a line of the latest, or only counts it.
  void happened(std::initializer_list<Field> fields, SteadyTime now = steady_now());

 private:
  const std::string event_;
  const Level level_;
  std::uint64_t count_ = 0;
  std::optional<SteadyTime> written_;
};

}  // namespace rujukan::trace
