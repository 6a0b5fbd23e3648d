// What a release takes away and for which people it changes what: the head of a difference.
#include <nlohmann/json.hpp>

#include "ops/cli/json_lists.h"
#include "ops/cli/release_diff_text.h"

namespace rujukan::cli {
namespace {

using routing::ChangedPart;
using routing::ChangedPlaces;
using routing::NamedUnits;
using routing::PeopleChange;
using routing::Weakened;

constexpr std::size_t kMostUnits = 3;

// "a, b and c".
std::string all_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

std::string people_text(const std::vector<VictimAge>& ages) {
  if (ages.size() == code_names<VictimAge>().size()) return "victims of any age";
  std::vector<std::string> names;
  for (const VictimAge age : ages) {
    switch (age) {
      case VictimAge::kChild:
        names.emplace_back("children");
        break;
      case VictimAge::kAdult:
        names.emplace_back("adults");
        break;
      case VictimAge::kUnknown:
        names.emplace_back("victims of unknown age");
        break;
    }
  }
  return all_of(names);
}

std::string needs_text(const std::vector<Need>& needs) {
  if (needs.empty()) return "the case as a whole";
  std::vector<std::string> names;
  for (const Need need : needs) names.emplace_back(name_of(need));
  return all_of(names);
}

std::string named_text(const NamedUnits& named, bool whole) {
  std::vector<std::string> names;
  for (const UnitId& unit : named.units) {
    if (!whole && names.size() == kMostUnits) break;
    names.push_back(unit.str());
  }
  if (names.size() < named.units.size()) {
    names.push_back(std::to_string(named.units.size() - names.size()) + " more");
  }
  for (const Anchor list : named.unit_of) {
    names.push_back("the unit of the " + std::string(name_of(list)));
  }
  if (named.nobody && !names.empty()) names.emplace_back("for some nobody");
  if (names.empty()) names.emplace_back("nobody");
  return all_of(names);
}

std::string places_text(const ChangedPlaces& places, const AreaWords& areas, bool whole) {
  const auto& named = places.areas.empty() ? places.two_areas : places.areas;
  if (named.empty()) return "";
  std::vector<std::string> lists;
  for (const Anchor list : places.lists) lists.emplace_back(name_of(list));
  const std::string text = areas.list({named.begin(), named.end()}, whole);
  return ", " + all_of(lists) + (places.areas.empty() ? " in two of " : " in ") + text +
         (places.anywhere ? ", or of unknown place" : "");
}

std::string change_text(const PeopleChange& change, bool whole) {
  const std::string before = named_text(change.before, whole);
  const std::string after = named_text(change.after, whole);
  switch (change.part) {
    case ChangedPart::kOwner:
    case ChangedPart::kAssignment:
      return "from " + before + " to " + after;
    case ChangedPart::kInformed:
      return "no longer informed " + before + "; newly informed " + after;
    case ChangedPart::kChain:
      return "the unit stays, and falls no longer to " + before + ", newly to " + after;
  }
  INVARIANT(false);
}

Json describe_named(const NamedUnits& named) {
  Json unit_of = Json::array();
  for (const Anchor list : named.unit_of) unit_of.push_back(name_of(list));
  return {{"units", id_list(named.units)}, {"unit_of", unit_of}, {"nobody", named.nobody}};
}

}  // namespace

std::string to_text(const std::vector<Weakened>& changes) {
  std::string text;
  for (const Weakened& change : changes) {
    text += "WEAKER: ";
    switch (change.what) {
      case Weakened::What::kGuarantees:
        text += "nothing is guaranteed any more: " + all_of(change.lost) + " removed, none left";
        break;
      case Weakened::What::kMayOwn:
        text += "agency " + change.id + ", which only watched, may own cases";
        break;
      case Weakened::What::kInform:
        text += "rule " + change.id + " takes cases of rule " + change.instead_of +
                " and does not inform " + all_of(change.lost);
        break;
    }
    text += "\n";
  }
  return text;
}

std::string to_text(const std::vector<PeopleChange>& changes, const AreaWords& areas, bool whole) {
  std::string text;
  std::string people;
  for (const PeopleChange& change : changes) {
    const std::string title =
        "- " + people_text(change.ages) + ", " + needs_text(change.needs) + ":\n";
    if (title != people) text += title;
    people = title;
    text += "    " + change_text(change, whole) + places_text(change.places, areas, whole) +
            (change.from ? ", from " + day_text(*change.from) : "") + "\n";
  }
  return text;
}

Json describe(const Weakened& change) {
  return {{"what", routing::name_of(change.what)},
          {"id", change.id},
          {"lost", change.lost},
          {"instead_of", change.instead_of}};
}

Json describe(const PeopleChange& change) {
  const auto& places = change.places;
  Json lists = Json::array();
  for (const Anchor list : places.lists) lists.push_back(name_of(list));
  return {{"part", name_of(change.part)},          {"victim_age", code_list(change.ages)},
          {"needs", code_list(change.needs)},      {"before", describe_named(change.before)},
          {"after", describe_named(change.after)}, {"lists", std::move(lists)},
          {"areas", id_list(places.areas)},        {"two_areas", id_list(places.two_areas)},
          {"from", time_or_null(change.from)}};
}

}  // namespace rujukan::cli
