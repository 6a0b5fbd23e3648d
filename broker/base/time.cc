#include "broker/base/time.h"

#include <cstdio>

namespace rujukan {
namespace {

// Reads exactly `digits` decimal digits at `at` and moves past them.
std::optional<int> read_digits(std::string_view text, std::size_t& at, std::size_t digits) {
  if (text.size() < at + digits) return std::nullopt;
  int value = 0;
  for (std::size_t end = at + digits; at < end; ++at) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool read_char(std::string_view text, std::size_t& at, char wanted) {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

std::optional<TimeUs> read_date(std::string_view text, std::size_t& at) {
  const auto year = read_digits(text, at, 4);
  if (!year || *year < 1970 || !read_char(text, at, '-')) return std::nullopt;
  const auto month = read_digits(text, at, 2);
  if (!month || !read_char(text, at, '-')) return std::nullopt;
  const auto day = read_digits(text, at, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return TimeUs(std::chrono::sys_days(date));
}

// Up to six digits after the point; finer parts are refused rather than rounded.
std::optional<int> read_fraction_us(std::string_view text, std::size_t& at) {
  if (!read_char(text, at, '.')) return 0;
  int value = 0;
  int digits = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
    if (digits == 6) return std::nullopt;
    value = value * 10 + (text[at] - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) value *= 10;
  return value;
}

std::optional<std::chrono::minutes> read_offset(std::string_view text, std::size_t& at) {
  if (read_char(text, at, 'Z')) return std::chrono::minutes(0);
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
  const int sign = text[at++] == '+' ? 1 : -1;
  const auto hours = read_digits(text, at, 2);
  if (!hours || *hours > 23 || !read_char(text, at, ':')) return std::nullopt;
  const auto minutes = read_digits(text, at, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

std::string to_rfc3339(TimeUs t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::microseconds> clock(t - day);
  char out[64];
  std::snprintf(
      out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return out;
}

std::optional<TimeUs> parse_date(std::string_view text) {
  std::size_t at = 0;
  const auto date = read_date(text, at);
  if (!date || at != text.size()) return std::nullopt;
  return date;
}

std::optional<TimeUs> parse_time(std::string_view text) {
  std::size_t at = 0;
  const auto date = read_date(text, at);
  if (!date) return std::nullopt;
  if (at == text.size()) return date;
  if (!read_char(text, at, 'T')) return std::nullopt;
  const auto hour = read_digits(text, at, 2);
  if (!hour || *hour > 23 || !read_char(text, at, ':')) return std::nullopt;
  const auto minute = read_digits(text, at, 2);
  if (!minute || *minute > 59 || !read_char(text, at, ':')) return std::nullopt;
  const auto second = read_digits(text, at, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto fraction = read_fraction_us(text, at);
  if (!fraction) return std::nullopt;
  const auto offset = read_offset(text, at);
  if (!offset || at != text.size()) return std::nullopt;
  return *date + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + std::chrono::microseconds(*fraction) - *offset;
}

}  // namespace rujukan
