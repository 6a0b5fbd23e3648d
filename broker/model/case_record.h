// The state of one case, folded from the events of its entries. Changed by decide/apply only.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "broker/base/invariant.h"
#include "broker/model/message.h"

namespace rujukan {

// One need of the case and the one unit responsible for it.
struct Assignment {
  Need need;
  FunctionId function;
  RuleId rule;
  std::vector<UnitId> chain;   // from the most specific unit to the terminal one; never empty
  std::uint32_t position = 0;  // the unit responsible is chain[position]
  AssignmentState state = AssignmentState::kRequested;
  std::uint32_t accept_within_s = 0;  // allowed at each step of the chain
  std::optional<TimeUs> deadline;     // set unless accepted or later

  const UnitId& unit() const { return chain[position]; }
  bool terminal() const { return position + 1 == chain.size(); }
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

// Open: someone still has to do something for it.
inline bool is_open(AssignmentState state) { return state != AssignmentState::kCompleted; }
// Waiting for an accept.
inline bool is_pending(AssignmentState state) {
  return state == AssignmentState::kRequested || state == AssignmentState::kReceived;
}

struct CaseRecord {
  CaseId case_id;
  std::uint32_t version = 0;  // +1 with every entry that changes the record
  TimeUs opened_at;
  ReleaseVersion release{};  // under which it was opened
  UnitId opener;
  Facts facts;
  CaseStatus status = CaseStatus::kOpen;
  Need lead = Need::kInvestigation;
  std::vector<Assignment> assignments;  // in the order of Need; one per need
  std::vector<Need> withheld;
  std::vector<UnitId> informed;

  // The unit of the lead assignment. Requires: an opened record.
  const UnitId& owner() const { return lead_assignment().unit(); }
  const Assignment& lead_assignment() const {
    const auto at = std::find_if(assignments.begin(), assignments.end(),
                                 [this](const Assignment& a) { return a.need == lead; });
    INVARIANT(at != assignments.end());
    return *at;
  }
  // Errors: nullptr when the case has no assignment for the need.
  const Assignment* assignment(Need need) const {
    const auto at = std::find_if(assignments.begin(), assignments.end(),
                                 [need](const Assignment& a) { return a.need == need; });
    return at == assignments.end() ? nullptr : &*at;
  }
  // The earliest deadline of any assignment; nullopt when none is pending or the case is closed.
  std::optional<TimeUs> next_deadline() const {
    std::optional<TimeUs> next;
    if (status == CaseStatus::kClosed) return next;
    for (const Assignment& a : assignments) {
      if (a.deadline && (!next || *a.deadline < *next)) next = a.deadline;
    }
    return next;
  }
  friend bool operator==(const CaseRecord&, const CaseRecord&) = default;
};

}  // namespace rujukan
