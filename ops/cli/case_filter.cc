#include "ops/cli/case_filter.h"

#include <algorithm>
#include <charconv>

namespace rujukan::cli {

std::optional<Seconds> parse_span(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint32_t count = 0;
  const char* end = text.data() + text.size() - 1;
  const auto [at, why] = std::from_chars(text.data(), end, count);
  if (why != std::errc() || at != end) return std::nullopt;
  switch (text.back()) {
    case 's':
      return Seconds(count);
    case 'm':
      return std::chrono::minutes(count);
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::days(count);
    default:
      return std::nullopt;
  }
}

bool is_overdue(const CaseRecord& record, TimeUs now) {
  if (record.status == CaseStatus::kClosed) return false;
  const auto late = [&](std::optional<TimeUs> asked_at, std::uint32_t within_s) {
    return now - asked_at.value_or(record.opened_at) > Seconds(within_s);
  };
  bool found = record.request && late(record.request->asked_at, record.request->answer_within_s);
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    found = found || (is_pending(assignment.state) && assignment.terminal() &&
                      late(assignment.asked_at, assignment.accept_within_s));
  });
  return found;
}

Result<CaseFilter> CaseFilter::make(const CaseFilterOptions& options, TimeUs now) {
  CaseFilter filter;
  filter.now_ = now;
  filter.overdue_ = options.overdue;
  if (!options.state.empty()) {
    filter.status_ = code_from_name<CaseStatus>(options.state);
    if (!filter.status_) return Error{ErrorCode::kConfigValue, "--state", "open or closed"};
  }
  for (const std::string& unit : options.units) {
    if (!is_valid_id(unit)) return Error{ErrorCode::kConfigValue, "--unit", "not an id: " + unit};
    filter.units_.emplace_back(unit);
  }
  if (!options.older_than.empty()) {
    const auto span = parse_span(options.older_than);
    if (!span) return Error{ErrorCode::kConfigValue, "--older-than", "as 90s, 15m, 12h or 3d"};
    filter.opened_before_ = now - *span;
  }
  return filter;
}

bool CaseFilter::fits(const CaseRecord& record) const {
  if (status_ && record.status != *status_) return false;
  if (opened_before_ && record.opened_at >= *opened_before_) return false;
  if (overdue_ && !is_overdue(record, now_)) return false;
  if (units_.empty()) return true;
  bool holds = false;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    const bool mine = std::ranges::find(units_, assignment.unit()) != units_.end();
    holds = holds || (mine && assignment.state != AssignmentState::kCancelled);
  });
  return holds;
}

void add_case_filter_options(CommandSyntax command, CaseFilterOptions& options) {
  command.add_option("--state", options.state, "Only open or closed ones").type_name("STATE");
  command
      .add_option("--unit", options.units,
                  "Only those of which the unit holds a part; may be repeated")
      .type_name("UNIT");
  command.add_option("--older-than", options.older_than, "Only those opened longer ago: 12h, 3d")
      .type_name("SPAN");
  command.add_flag("--overdue", options.overdue, "Only those that wait at their last unit, late");
}

}  // namespace rujukan::cli
