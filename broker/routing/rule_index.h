// RuleIndex: which rule decides for a need, found without trying every rule.
#pragma once

#include <optional>
#include <vector>

#include "broker/routing/condition.h"

namespace rujukan::routing {

// Holds the rules' positions in the release's list; independent of its life.
class RuleIndex {
 public:
  explicit RuleIndex(const std::vector<Rule>& rules);

  // Position of the first rule for the need whose condition holds; nullopt when there is none.
  std::optional<std::uint32_t> first_match(Need need, const CaseTraits& traits) const;

  std::size_t memory_bytes() const;

 private:
  // A rule that decides for a cell if the case has one of the categories; 0: in any case.
  struct Candidate {
    std::uint32_t rule;
    std::uint32_t any_category;
  };
  // One cell for each need and combination of all traits but the categories: from starts_[cell] up
  // to the next start. A cell keeps no rule that earlier ones of the cell always forestall, so it
  // has at most one per category and one more.
  std::vector<std::uint32_t> starts_;
  std::vector<Candidate> candidates_;
};

}  // namespace rujukan::routing
