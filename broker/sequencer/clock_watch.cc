#include "broker/sequencer/clock_watch.h"

#include "broker/runtime/trace.h"

namespace rujukan::sequencer {
namespace {

// Adjustments of clocks, and messages that were logged within one microsecond, stay below.
constexpr std::chrono::minutes kNoticed{1};
constexpr std::chrono::minutes kTraceEvery{1};

std::string seconds_text(std::chrono::microseconds span) {
  return std::to_string(std::chrono::duration_cast<Seconds>(span).count());
}

}  // namespace

Result<void> ClockWatch::check_start(TimeUs now, TimeUs last_known) const {
  if (most_ == most_.zero() || now - last_known <= most_) return {};
  return Error{ErrorCode::kClockAhead, "clock",
               "it says " + to_rfc3339(now) + ", the log was last written " +
                   to_rfc3339(last_known) +
                   "; if the clock is right, start once with --confirm-clock"};
}

bool ClockWatch::believes(TimeUs now, SteadyTime elapsed, TimeUs last_entry) {
  if (most_ == most_.zero()) return true;
  const bool trace_again = !traced_ || elapsed - *traced_ >= kTraceEvery;
  if (seen_) {
    const auto passed =
        std::chrono::duration_cast<std::chrono::microseconds>(elapsed - seen_->elapsed);
    const auto ahead = now - seen_->wall - passed;
    if (ahead > most_) {
      if (!doubts_since_) doubts_since_ = seen_->wall;
      if (trace_again) {
        traced_ = elapsed;
        trace::error("clock.ahead", {ErrorCode::kClockDoubted, "clock", "nothing is logged"},
                     {{"seconds", seconds_text(ahead)}});
      }
      return false;
    }
  }
  if (doubts_since_) trace::info("clock.believed");
  doubts_since_.reset();
  seen_ = {now, elapsed};
  if (last_entry - now > kNoticed && trace_again) {
    traced_ = elapsed;
    trace::warning("clock.behind", {{"log_ahead_s", seconds_text(last_entry - now)}});
  }
  return true;
}

}  // namespace rujukan::sequencer
