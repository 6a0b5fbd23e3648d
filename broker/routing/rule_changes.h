// For which places two rules, one of each of two releases, name different units.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "broker/routing/place_changes.h"
#include "broker/routing/route_changes.h"
#include "broker/routing/rule_index.h"

namespace rujukan::routing {

using RuleNumber = int;  // position in the release's list; kNoRule: nobody is named
constexpr RuleNumber kNoRule = -1;
using Rules = std::pair<RuleNumber, RuleNumber>;  // of the release before and the one after
using Informs = std::vector<const Inform*>;

// One of the two releases, at one time.
class ComparedSide {
 public:
  ComparedSide(const Release& release, Directory directory)
      : release_(release), directory_(std::move(directory)) {}

  const Release& release() const { return release_; }
  const Directory& directory() const { return directory_; }
  TimeUs at() const { return at_; }
  void set_time(TimeUs at);
  // nullptr for kNoRule.
  const Rule* rule(RuleNumber number) const {
    return number == kNoRule ? nullptr : &release_.rules[static_cast<std::size_t>(number)];
  }
  // Whether the rule's function has no national unit then, so that facts that need it are refused.
  bool names_nobody(RuleNumber number) const {
    return names_nobody_[static_cast<std::size_t>(number)];
  }
  const Coverage& coverage(RuleNumber number, const ComparedPlaces& places);

 private:
  const Release& release_;
  Directory directory_;
  TimeUs at_;
  std::vector<bool> names_nobody_;  // by rule
  std::map<std::pair<FunctionIx, Level>, std::unique_ptr<const Coverage>> coverages_;
  std::unique_ptr<const Coverage> nobody_;
};

// A change at some places, whichever the facts are.
struct PlacedChange {
  ChangedPart part = ChangedPart::kOwner;
  PlaceCondition place;
  Named before;
  Named after;
  bool domestic = false;  // the place says already that no suspect is abroad
  friend auto operator<=>(const PlacedChange&, const PlacedChange&) = default;
};

class RuleChanges {
 public:
  RuleChanges(ComparedSide& before, ComparedSide& after)
      : before_(before), after_(after), places_(before.release(), after.release()) {}

  // Where the rules name different first units or chains. `abroad`: some suspect is.
  std::vector<PlacedChange> of_units(const Rules& rules, bool abroad, Compared compared);
  // Where they inform different units.
  std::vector<PlacedChange> of_informs(const Informs& before, const Informs& after) const;

 private:
  struct Picks;
  static std::vector<Picks> picks_of(const Rule* before, const Rule* after, bool abroad);
  void add_areas(const PlacedChange& base, const Picks& picks, const Rules& rules,
                 Compared compared, std::vector<PlacedChange>& out);
  void add_different_lists(PlacedChange change, const Picks& picks, const Rules& rules,
                           std::vector<PlacedChange>& out);
  PlacedChange named(const PlacedChange& base, const UnitChain& from, const UnitChain& to) const;
  std::vector<UnitNumber> informed(const ComparedSide& side, const Informs& informs,
                                   std::optional<Anchor> list, const AreaCode& code) const;
  template <typename Units>
  std::vector<UnitId> ids_of(const Units& units) const;
  std::vector<AreaCode> codes_of(const std::vector<AreaNumber>& areas) const;

  ComparedSide& before_;
  ComparedSide& after_;
  ComparedPlaces places_;
};

}  // namespace rujukan::routing
