#include "broker/routing/people_changes.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace rujukan::routing {
namespace {

// Of one need of victims of one age.
struct Content {
  NamedUnits before;
  NamedUnits after;
  ChangedPlaces places;
  std::set<std::optional<TimeUs>> begins;  // not set is the smallest
  friend auto operator<=>(const Content&, const Content&) = default;
};

void add_named(const Named& named, const Named& other, ChangedPart part, NamedUnits& out) {
  if (named.unit_of) {
    out.unit_of.insert(*named.unit_of);
  } else if (part == ChangedPart::kAssignment) {
    if (named.units.empty()) {
      out.nobody = true;
    } else {
      out.units.insert(named.units.front());
    }
  } else {
    for (const UnitId& unit : named.units) {
      if (std::count(other.units.begin(), other.units.end(), unit) == 0) out.units.insert(unit);
    }
  }
}

// Whether only lists of two areas are concerned, which are rare.
bool is_of_two(const std::vector<PlaceCondition>& places) {
  return std::all_of(places.begin(), places.end(),
                     [](const PlaceCondition& place) { return !place.parts.empty(); });
}

void add_places(const std::vector<PlaceCondition>& places, bool of_two, ChangedPlaces& out) {
  for (const PlaceCondition& place : places) {
    if (of_two == place.parts.empty()) continue;
    if (!place.list) {
      out.anywhere = true;
      continue;
    }
    out.lists.insert(*place.list);
    out.areas.insert(place.areas.begin(), place.areas.end());
    for (const auto& part : place.parts) out.two_areas.insert(part.begin(), part.end());
  }
}

std::vector<VictimAge> ages_of(const FactBox& box) {
  if (!box.victim_age.empty()) return box.victim_age;
  std::vector<VictimAge> all;
  for (const auto& row : code_names<VictimAge>()) all.push_back(row.value);
  return all;
}

// The needs that a box is about; the case as a whole: nullopt.
std::set<std::optional<Need>> needs_of(const FactBox& box) {
  std::set<std::optional<Need>> out;
  for (const auto& [before, after] : box.leads) out.insert(after ? after : before);
  if (out.empty()) out.insert(std::nullopt);
  return out;
}

// An owner is the unit that answers the leading need.
ChangedPart told_as(ChangedPart part) {
  return part == ChangedPart::kOwner ? ChangedPart::kAssignment : part;
}

std::optional<TimeUs> begin_of(const RouteChange& change) {
  return change.when.empty() ? std::nullopt : change.when.front().from;
}

// Lists of two areas apart.
using Part = std::pair<ChangedPart, bool>;
using Contents = std::map<std::tuple<Part, VictimAge, std::optional<Need>>, Content>;

void add(const RouteChange& change, Contents& out) {
  const Part part(told_as(change.part), is_of_two(change.places));
  for (const FactBox& box : change.boxes) {
    for (const VictimAge age : ages_of(box)) {
      for (const auto& need : needs_of(box)) {
        Content& content = out[{part, age, need}];
        add_named(change.before, change.after, part.first, content.before);
        add_named(change.after, change.before, part.first, content.after);
        add_places(change.places, part.second, content.places);
        content.begins.insert(begin_of(change));
      }
    }
  }
}

}  // namespace

std::vector<PeopleChange> people_changes(const RouteChanges& changes) {
  Contents contents;
  for (const RouteChange& change : changes.owner) add(change, contents);
  for (const RouteChange& change : changes.other) add(change, contents);
  // Ages of which a need changes alike, and then needs that change alike for the same ages.
  using Ages = std::vector<VictimAge>;
  std::map<std::tuple<Part, std::optional<Need>, Content>, Ages> by_need;
  for (auto& [key, content] : contents) {
    const auto& [part, age, need] = key;
    by_need[{part, need, std::move(content)}].push_back(age);
  }
  std::map<std::tuple<Part, Ages, Content>, std::vector<Need>> by_people;
  std::vector<PeopleChange> out;
  const auto put = [&out](Part part, const Ages& ages, std::vector<Need> needs,
                          const Content& content) {
    out.push_back({part.first, ages, std::move(needs), content.before, content.after,
                   content.places, *content.begins.begin()});
  };
  for (const auto& [key, ages] : by_need) {
    const auto& [part, need, content] = key;
    if (need) {
      by_people[{part, ages, content}].push_back(*need);
    } else {
      put(part, ages, {}, content);
    }
  }
  for (auto& [key, needs] : by_people) {
    const auto& [part, ages, content] = key;
    put(part, ages, std::move(needs), content);
  }
  const auto rank = [](const PeopleChange& change) {
    const ChangedPart part = change.part;
    const int of_part = part == ChangedPart::kAssignment ? 0
                        : part == ChangedPart::kInformed ? 1
                                                         : 2;
    return std::pair(of_part, !change.places.two_areas.empty());
  };
  std::sort(out.begin(), out.end(), [&rank](const PeopleChange& a, const PeopleChange& b) {
    return std::tuple(rank(a), a.ages, a.needs) < std::tuple(rank(b), b.ages, b.needs);
  });
  return out;
}

}  // namespace rujukan::routing
