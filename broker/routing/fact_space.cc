#include "broker/routing/fact_space.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

namespace rujukan::routing {
namespace {

constexpr std::string_view kAbroad = "XX";

// Categories by the lists that they stand in.
std::vector<std::uint32_t> atoms_of(std::span<const Release* const> releases) {
  std::set<std::uint32_t> lists;
  for (const Release* release : releases) {
    for (const Condition* when : conditions_of(*release)) {
      std::uint32_t bits = 0;
      for (const Category c : when->any_category) bits |= 1U << static_cast<unsigned>(c);
      if (bits != 0) lists.insert(bits);
    }
  }
  std::map<std::vector<bool>, std::uint32_t> by_lists;
  std::vector<std::uint32_t> atoms;
  for (const auto& category : code_names<Category>()) {
    const std::uint32_t bit = 1U << static_cast<unsigned>(category.value);
    std::vector<bool> stands_in;
    stands_in.reserve(lists.size());
    for (const std::uint32_t list : lists) stands_in.push_back((list & bit) != 0);
    if (std::find(stands_in.begin(), stands_in.end(), true) == stands_in.end()) continue;
    by_lists[stands_in] |= bit;
  }
  atoms.reserve(by_lists.size());
  for (const auto& [stands_in, bits] : by_lists) atoms.push_back(bits);
  std::sort(atoms.begin(), atoms.end(), [](std::uint32_t a, std::uint32_t b) {
    return std::countr_zero(a) < std::countr_zero(b);
  });
  return atoms;
}

std::vector<std::uint32_t> sets_of(const std::vector<std::uint32_t>& atoms) {
  std::vector<std::uint32_t> sets;
  for (std::uint32_t members = 0; members < (1U << atoms.size()); ++members) {
    std::uint32_t categories = 0;
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      if ((members >> i & 1U) != 0) categories |= 1U << std::countr_zero(atoms[i]);
    }
    sets.push_back(categories);
  }
  std::stable_sort(sets.begin(), sets.end(), [](std::uint32_t a, std::uint32_t b) {
    return std::popcount(a) < std::popcount(b);
  });
  return sets;
}

std::vector<CaseTraits> all_traits() {
  std::vector<CaseTraits> all;
  for (const bool abroad : {false, true}) {
    for (const auto& urgency : code_names<Urgency>()) {
      for (const auto& consent : code_names<Consent>()) {
        for (const auto& age : code_names<VictimAge>()) {
          for (const auto& mode : code_names<Mode>()) {
            all.push_back({mode.value, age.value, consent.value, urgency.value, abroad, 0});
          }
        }
      }
    }
  }
  return all;
}

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// 2: may open the case; 1: is active; 0: is a unit.
int suitability(const Release& release, const Unit& unit, const FactsFile& file) {
  if (!unit.validity.covers(file.at)) return 0;
  for (const Permission& permission : release.permissions) {
    if (permission.agency != unit.agency || permission.open_categories.empty()) continue;
    const bool opens = std::all_of(
        file.facts.categories.begin(), file.facts.categories.end(),
        [&](Category category) { return contains(permission.open_categories, category); });
    const bool asks = std::all_of(file.facts.needs.begin(), file.facts.needs.end(), [&](Need need) {
      return contains(permission.request_needs, need);
    });
    return opens && asks ? 2 : 1;
  }
  return 1;
}

UnitId origin_of(const Release& release, const FactsFile& file) {
  const Unit* best = nullptr;
  int best_suits = -1;
  for (const Unit& unit : release.units) {
    if (unit.id.empty()) continue;
    const int suits = suitability(release, unit, file);
    if (suits == 2) return unit.id;
    if (suits <= best_suits) continue;
    best = &unit;
    best_suits = suits;
  }
  return best == nullptr ? UnitId("unit") : best->id;
}

}  // namespace

std::vector<const Condition*> conditions_of(const Release& release) {
  std::vector<const Condition*> all;
  for (const ImpliedNeeds& implied : release.implied) all.push_back(&implied.when);
  for (const Rule& rule : release.rules) all.push_back(&rule.when);
  for (const CaseInform& inform : release.case_informs) all.push_back(&inform.when);
  for (const Guarantee& guarantee : release.guarantees) all.push_back(&guarantee.when);
  return all;
}

FactSpace::FactSpace(std::span<const Release* const> releases)
    : atoms_(atoms_of(releases)), category_sets_(sets_of(atoms_)), traits_(all_traits()) {}

FactSpace::FactSpace(const Release& release) : FactSpace(std::array<const Release*, 1>{&release}) {}

CaseTraits FactSpace::operator[](std::size_t index) const {
  CaseTraits traits = traits_[index % traits_.size()];
  traits.categories = category_sets_[index / traits_.size()];
  return traits;
}

NeedSet to_need_set(const std::vector<Need>& needs) {
  NeedSet set;
  for (const Need need : needs) set.set(static_cast<std::size_t>(need));
  return set;
}

std::vector<Need> needs_of(NeedSet set) {
  std::vector<Need> needs;
  for (const auto& need : code_names<Need>()) {
    if (set.test(static_cast<std::size_t>(need.value))) needs.push_back(need.value);
  }
  return needs;
}

NeedSet implied_needs(const Release& release, const CaseTraits& traits) {
  NeedSet set;
  for (const ImpliedNeeds& implied : release.implied) {
    if (holds(implied.when, traits)) set |= to_need_set(implied.needs);
  }
  return set;
}

TimeUs instant_of(const Validity& validity) {
  // Directories without dates are the same on any day; 1970 would only puzzle the reader.
  static const TimeUs any_day = parse_date("2026-01-01").value();
  constexpr TimeUs kFirst{};
  if (validity.from) return *validity.from;
  if (!validity.until) return any_day;
  return std::max(kFirst, *validity.until - std::chrono::days(1));
}

std::vector<DateSegment> date_segments(const std::vector<const Unit*>& units,
                                       const std::vector<const Area*>& areas,
                                       const Validity& within) {
  std::set<TimeUs> changes;
  const auto add = [&](const std::optional<TimeUs>& change) {
    const bool inside = change && (!within.from || *change > *within.from) &&
                        (!within.until || *change < *within.until);
    if (inside) changes.insert(*change);
  };
  for (const Unit* unit : units) {
    add(unit->validity.from);
    add(unit->validity.until);
  }
  // From its end on an area leads to what replaced it; other dates of areas change nothing.
  for (const Area* area : areas) {
    if (!area->succeeded_by.empty()) add(area->validity.until);
  }
  std::vector<DateSegment> segments;
  std::optional<TimeUs> from = within.from;
  for (const TimeUs change : changes) {
    segments.push_back({{from, change}, instant_of({from, change})});
    from = change;
  }
  segments.push_back({{from, within.until}, instant_of({from, within.until})});
  return segments;
}

std::vector<DateSegment> date_segments(std::span<const Release* const> releases,
                                       const Validity& within) {
  std::vector<const Unit*> units;
  std::vector<const Area*> areas;
  for (const Release* release : releases) {
    for (const Unit& unit : release->units) units.push_back(&unit);
    for (const Area& area : release->areas) areas.push_back(&area);
  }
  return date_segments(units, areas, within);
}

FactsFile facts_of(const Release& release, const CaseTraits& traits, NeedSet needs,
                   const AreaLists& places, TimeUs at) {
  FactsFile file;
  file.at = at;
  Facts& facts = file.facts;
  facts.mode = traits.mode;
  facts.victim_age = traits.victim_age;
  facts.consent = traits.consent;
  facts.urgency = traits.urgency;
  facts.needs = needs_of(needs);
  for (const auto& category : code_names<Category>()) {
    const auto number = static_cast<unsigned>(category.value);
    if ((traits.categories >> number & 1U) != 0) facts.categories.push_back(category.value);
  }
  facts.victims = places[static_cast<std::size_t>(Anchor::kVictims)];
  facts.suspects = places[static_cast<std::size_t>(Anchor::kSuspects)];
  facts.incidents = places[static_cast<std::size_t>(Anchor::kIncidents)];
  const AreaCode abroad(kAbroad);
  if (traits.suspect_abroad && !contains(facts.suspects, abroad)) facts.suspects.push_back(abroad);
  file.origin = origin_of(release, file);
  return file;
}

std::size_t size_of(const Facts& facts) {
  return facts.needs.size() + facts.categories.size() + facts.victims.size() +
         facts.suspects.size() + facts.incidents.size();
}

}  // namespace rujukan::routing
