// DecisionTable: which rule decides in every class of facts, which rules never do, and where the
// order of rules decides. Unlike RuleIndex it knows the rules that do not decide, too.
#pragma once

#include <optional>
#include <vector>

#include "broker/routing/fact_space.h"

namespace rujukan::routing {

// A class of facts and a need.
struct Situation {
  CaseTraits traits;
  Need need = Need::kInvestigation;
};

// The smallest facts of a situation: the need is named unless the class implies it, and the areas
// stand in the list of the anchor.
FactsFile facts_of(const Release& release, const Situation& situation, const Witness& where,
                   Anchor anchor = Anchor::kVictims);

class DecisionTable {
 public:
  // The rules whose conditions on anything but categories hold for some traits and need, without
  // those that earlier ones forestall.
  struct Candidate {
    std::uint32_t rule;        // position in the release
    std::uint32_t categories;  // any of which makes it decide; kAnyCase: none is needed
  };
  static constexpr std::uint32_t kAnyCase = ~std::uint32_t{0};

  // Both rules match, the first decides, without it the second would, and their outcomes differ.
  struct Overlap {
    std::uint32_t first;
    std::uint32_t second;
    Situation situation;  // the smallest
  };

  // Both must outlive the table.
  DecisionTable(const Release& release, const FactSpace& space);

  // `traits` is a position in space.traits(). nullopt: no rule matches.
  std::optional<std::uint32_t> deciding(std::size_t traits, Need need,
                                        std::uint32_t categories) const;
  // A smallest situation in which the rule decides, of those alone without a suspect abroad if
  // `at_home`; nullopt when there is none.
  const std::optional<Situation>& reached(std::uint32_t rule, bool at_home = false) const {
    return reached_[rule][at_home ? 1 : 0];
  }
  // In the order of the rules, each pair once; as if rules that are never reached were not there.
  std::vector<Overlap> overlaps() const;

  // For a rule that is never reached: a smallest situation that it matches and up to `most` rules
  // that decide in its stead.
  struct Forestalled {
    std::optional<Situation> situation;
    std::vector<std::uint32_t> by;
  };
  Forestalled forestalled(std::uint32_t rule, std::size_t most) const;

 private:
  struct Rival {
    std::uint32_t first;
    std::uint32_t second;
    std::uint32_t size;
    std::uint32_t categories;
    std::uint32_t cell;
  };

  std::size_t cell_of(std::size_t traits, Need need) const;
  Situation situation_of(std::size_t cell, std::uint32_t categories) const;
  // `rules`: those for the need of the cell.
  void decide_cell(std::size_t cell, const std::vector<std::uint32_t>& rules);
  void compare_cell(std::size_t cell, const std::vector<std::uint32_t>& rules);
  void compare(std::uint32_t first, std::uint32_t second, std::uint32_t taken, std::size_t cell);
  void reach(std::uint32_t rule, const Situation& situation);

  const Release& release_;
  const FactSpace& space_;
  std::vector<std::uint32_t> categories_;   // of each rule; kAnyCase for none
  std::vector<std::vector<bool>> matches_;  // [rule][traits], categories aside
  std::vector<std::vector<Candidate>> cells_;
  std::vector<std::array<std::optional<Situation>, 2>> reached_;  // of each rule, see reached()
  std::vector<Rival> rivals_;  // sorted, the smallest of each pair first
};

// Whether the two would assign, withhold and inform alike.
bool same_outcome(const Rule& a, const Rule& b);

}  // namespace rujukan::routing
