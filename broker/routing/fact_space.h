// FactSpace: all facts, in as few classes as the conditions of a release can tell apart; the dates
// at which a directory changes; and the smallest facts of a class.
#pragma once

#include <array>
#include <bitset>
#include <span>
#include <vector>

#include "broker/model/release.h"
#include "broker/routing/facts_json.h"
#include "broker/routing/rule_index.h"

namespace rujukan::routing {

// Of facts whose traits do not matter.
inline constexpr CaseTraits kPlainTraits{
    Mode::kOnline, VictimAge::kChild, Consent::kGiven, Urgency::kRoutine, false, 0};

// Bit n: the need with number n.
using NeedSet = std::bitset<10>;

// Two facts are of one class when every condition of the releases answers both alike. A class is a
// mode, an age, a consent, an urgency, whether a suspect is abroad, and which atoms of categories
// are present. An atom is a largest set of categories that stand in the same lists of conditions;
// categories that stand in no list are in none.
class FactSpace {
 public:
  explicit FactSpace(std::span<const Release* const> releases);
  explicit FactSpace(const Release& release);

  // At most 216 * 2^14.
  std::size_t size() const { return traits_.size() * category_sets_.size(); }
  // The smallest member of a class: each atom that is present by its first category. Classes with
  // fewer categories come first. Requires: index < size().
  CaseTraits operator[](std::size_t index) const;

  // All combinations of the values of the traits but the categories: 216.
  const std::vector<CaseTraits>& traits() const { return traits_; }
  // All sets of atoms, as the first category of each atom present; the empty set first.
  const std::vector<std::uint32_t>& category_sets() const { return category_sets_; }
  // Bits of the categories of each atom.
  const std::vector<std::uint32_t>& atoms() const { return atoms_; }

 private:
  std::vector<std::uint32_t> atoms_;
  std::vector<std::uint32_t> category_sets_;
  std::vector<CaseTraits> traits_;
};

// Every condition of a release: of its implied needs, rules, information and guarantees.
std::vector<const Condition*> conditions_of(const Release& release);

NeedSet to_need_set(const std::vector<Need>& needs);
std::vector<Need> needs_of(NeedSet set);
// What [[implied]] adds to the facts of a class.
NeedSet implied_needs(const Release& release, const CaseTraits& traits);

// A stretch of time in which no unit begins or ends and no area is replaced; open where not set.
struct DateSegment {
  Validity validity;
  TimeUs at;  // of the segment, 1970 to 9999

  friend bool operator==(const DateSegment&, const DateSegment&) = default;
};

// The beginning, or else the last day; any day where neither is set.
TimeUs instant_of(const Validity& validity);

// The segments of `within`, in order; at least one. Requires: `within` is not empty.
std::vector<DateSegment> date_segments(const std::vector<const Unit*>& units,
                                       const std::vector<const Area*>& areas,
                                       const Validity& within);
std::vector<DateSegment> date_segments(std::span<const Release* const> releases,
                                       const Validity& within);

// Areas that an example names, in the order of Anchor.
using AreaLists = std::array<std::vector<AreaCode>, 3>;

// Areas and a time at which something can be seen in the directory. No areas: anywhere.
struct Witness {
  std::vector<AreaCode> areas;  // at most 2
  TimeUs at;
};

// Facts of the class with these needs and areas and nothing else; abroad joins the suspects if the
// class asks for it. The origin is a unit of the release that is active and, if there is one, may
// open the case; "unit" when the release has none.
FactsFile facts_of(const Release& release, const CaseTraits& traits, NeedSet needs,
                   const AreaLists& places, TimeUs at);

// How many needs, areas and categories the facts name: what "smallest" means.
std::size_t size_of(const Facts& facts);

}  // namespace rujukan::routing
