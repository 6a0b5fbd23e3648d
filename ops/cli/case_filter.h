// Which cases of a data directory a command is about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/base/time.h"
#include "broker/model/case_record.h"
#include "ops/cli/cli.h"

namespace rujukan::cli {

struct CaseFilterOptions {
  std::string state;
  std::vector<std::string> units;
  std::string older_than;
  bool overdue = false;
};
void add_case_filter_options(CommandSyntax command, CaseFilterOptions& options);

class CaseFilter {
 public:
  // Errors: config.value (option named).
  static Result<CaseFilter> make(const CaseFilterOptions& options, TimeUs now);
  bool fits(const CaseRecord& record) const;

 private:
  std::optional<CaseStatus> status_;
  std::vector<UnitId> units_;  // one of them holds a part of the case
  std::optional<TimeUs> opened_before_;
  bool overdue_ = false;
  TimeUs now_;
};

// Whether somebody was asked for something of the open case longer ago than there was time for it:
// the last unit of a chain, which is reminded again and again.
bool is_overdue(const CaseRecord& record, TimeUs now);

// "90s", "15m", "12h", "3d". Errors: nullopt.
std::optional<Seconds> parse_span(std::string_view text);

}  // namespace rujukan::cli
