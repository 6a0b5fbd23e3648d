// Points of time as numbers, and their text forms. No clock is read here: see runtime/clock.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rujukan {

// Microseconds since 1970-01-01T00:00:00Z. The log's time: it advances by at least 1 per entry.
using TimeUs = std::chrono::sys_time<std::chrono::microseconds>;
using Seconds = std::chrono::seconds;

inline TimeUs time_from_us(std::uint64_t us) {
  return TimeUs(std::chrono::microseconds(static_cast<std::int64_t>(us)));
}
inline std::uint64_t to_us(TimeUs t) {
  return static_cast<std::uint64_t>(t.time_since_epoch().count());
}

// "2026-11-22T04:38:37.000000Z", always UTC.
std::string to_rfc3339(TimeUs t);
// "2026-11-22" (00:00 UTC of that day) or an RFC 3339 time with Z or a numeric offset, years
// 1970 to 9999. Errors: nullopt for anything else, dates that do not exist included.
std::optional<TimeUs> parse_time(std::string_view text);
// The first of the two forms only.
std::optional<TimeUs> parse_date(std::string_view text);

}  // namespace rujukan
