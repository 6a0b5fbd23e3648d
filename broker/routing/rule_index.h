// RuleIndex: which rule decides for a need, found without trying every rule.
#pragma once

#include <vector>

#include "broker/model/facts.h"
#include "broker/model/release.h"

namespace rujukan::routing {

// The values that conditions can tell apart.
struct CaseTraits {
  Mode mode = Mode::kOnline;
  VictimAge victim_age = VictimAge::kUnknown;
  Consent consent = Consent::kPending;
  Urgency urgency = Urgency::kRoutine;
  bool suspect_abroad = false;
  std::uint32_t categories = 0;  // bit n: the category with number n
};

// Whether every condition that is set holds.
bool holds(const Condition& when, const CaseTraits& traits);

// Holds the rules' positions in the release's list; independent of its life.
class RuleIndex {
 public:
  explicit RuleIndex(const std::vector<Rule>& rules);

  // Position of the first rule for the need whose condition holds; nullopt when there is none.
  std::optional<std::uint32_t> first_match(Need need, const CaseTraits& traits) const;

 private:
  // A rule that decides for a cell if the case has one of the categories; 0: in any case.
  struct Candidate {
    std::uint32_t rule;
    std::uint32_t any_category;
  };
  // One cell for each need and combination of all traits but the categories. A cell keeps no rule
  // that earlier ones of the cell always forestall, so it has at most one per category and one
  // more.
  std::vector<std::vector<Candidate>> cells_;
};

}  // namespace rujukan::routing
