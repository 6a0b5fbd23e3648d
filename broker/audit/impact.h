// What another release would say of the cases of a log.
#pragma once

#include <optional>
#include <vector>

#include "broker/model/entry.h"
#include "broker/routing/table.h"

namespace rujukan::audit {

// An opening that the release would have given to another owner.
struct OpeningChange {
  LogIndex index{};
  TimeUs at;
  CaseId case_id;
  UnitId owner_was;
  RuleId rule_was;
  std::optional<Error> not_routed;  // then the rest is meaningless
  UnitId owner_then = {};
  RuleId rule_then = {};
};

// An open case that it would give to another owner.
struct OwnerChange {
  CaseId case_id;
  TimeUs since;  // opened
  Need need_now;
  UnitId owner_now;
  RuleId rule_now;
  std::optional<Error> not_routed;  // then the rest is meaningless
  Need need_then = Need::kInvestigation;
  UnitId owner_then = {};
  RuleId rule_then = {};
};

struct PastOpenings {
  std::uint64_t openings = 0;
  std::uint64_t owner = 0;
  std::uint64_t assignments = 0;
  std::uint64_t informed = 0;
  std::uint64_t not_routed = 0;  // in `owner` and `assignments` too
};

// One thread.
class Impact {
 public:
  // `table` outlives it.
  explicit Impact(const routing::RoutingTable& table) : table_(table) {}

  // By the table as it stood for the entry's time; nullopt: another owner would not have come of
  // it. `message` is that of the cause, nullptr for others; what is no opening is not counted.
  std::optional<OpeningChange> add_entry(const Entry& entry, const Message* message);
  // By the table as it stands for `at`. A case that has moved up its chain keeps its owner when the
  // release names the same chain's first unit and still holds the owner. Closed ones are not
  // counted.
  void add_case(const CaseRecord& record, TimeUs at);

  const PastOpenings& past() const { return past_; }
  const std::vector<OwnerChange>& changes() const { return changes_; }
  std::uint64_t open_cases() const { return open_cases_; }

 private:
  const routing::RoutingTable& table_;
  PastOpenings past_;
  std::vector<OwnerChange> changes_;
  std::uint64_t open_cases_ = 0;
};

}  // namespace rujukan::audit
