#include "ops/cli/release_diff_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ops/cli/json_lists.h"

namespace rujukan::cli {
namespace {

using routing::FactBox;
using routing::Named;
using routing::PlaceCondition;
using routing::RouteChange;

constexpr std::size_t kMostNames = 12;
constexpr std::size_t kMostAlike = 8;
constexpr std::size_t kShownAlike = 3;
constexpr std::size_t kMostEntries = 25;

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

// "a, b or c".
std::string any_of(const std::vector<std::string>& names) {
  if (names.size() < 2) return joined(names, "");
  return joined({names.begin(), names.end() - 1}, ", ") + " or " + names.back();
}

template <typename Codes>
std::string any_code(const Codes& codes) {
  std::vector<std::string> names;
  names.reserve(codes.size());
  for (const auto code : codes) names.emplace_back(name_of(code));
  return any_of(names);
}

std::string need_text(const std::optional<Need>& need) {
  return need ? std::string(name_of(*need)) : "none, refused";
}

std::string leads_text(const FactBox& box, routing::ChangedPart part) {
  std::vector<std::string> names;
  bool moves = false;
  for (const auto& [before, after] : box.leads) {
    if (!before && !after) return "";
    moves = moves || before != after;
    names.push_back(before == after ? need_text(before)
                                    : need_text(before) + " -> " + need_text(after));
  }
  const char* title = part == routing::ChangedPart::kOwner ? "lead need " : "need ";
  return title + any_of(names);
}

std::string box_text(const FactBox& box, routing::ChangedPart part) {
  std::vector<std::string> parts;
  const auto add = [&parts](const std::string& text) {
    if (!text.empty()) parts.push_back(text);
  };
  add(any_code(box.mode));
  add(box.victim_age.empty() ? "" : "victim " + any_code(box.victim_age));
  add(box.consent.empty() ? "" : "consent " + any_code(box.consent));
  add(any_code(box.urgency));
  if (box.suspect_abroad) add(*box.suspect_abroad ? "a suspect abroad" : "no suspect abroad");
  for (const auto& categories : box.with) add("with " + any_code(categories));
  add(box.without.empty() ? "" : "without " + any_code(box.without));
  add(leads_text(box, part));
  return joined(parts, ", ");
}

std::string place_text(const PlaceCondition& place, const AreaWords& areas, bool whole) {
  std::vector<std::string> parts;
  for (const Anchor list : place.unknown) parts.push_back(std::string(name_of(list)) + " unknown");
  for (const Anchor list : place.known) parts.push_back(std::string(name_of(list)) + " known");
  if (!place.list) return joined(parts, ", ");
  std::string text = std::string(name_of(*place.list)) + " in ";
  if (place.parts.empty()) {
    text += areas.list(place.areas, whole);
  } else if (place.parts.size() == 2) {
    text += "(" + areas.list(place.parts[0], whole) + ") together with (" +
            areas.list(place.parts[1], whole) + ")";
  } else {
    std::vector<std::string> names;
    for (const auto& part : place.parts) names.push_back("(" + areas.list(part, whole) + ")");
    if (!whole && names.size() > kMostNames) {
      names.resize(kMostNames);
      names.push_back(std::to_string(place.parts.size() - kMostNames) + " more");
    }
    text += "two of " + joined(names, ", ");
  }
  parts.push_back(std::move(text));
  return joined(parts, ", ");
}

std::string when_text(const std::vector<Validity>& when) {
  std::vector<std::string> parts;
  for (const Validity& validity : when) {
    std::string text;
    if (validity.from) text = "from " + day_text(*validity.from);
    if (validity.until) text += (text.empty() ? "until " : " until ") + day_text(*validity.until);
    parts.push_back(text);
  }
  return any_of(parts);
}

std::string named_text(const Named& named, routing::ChangedPart part) {
  const bool chain = part == routing::ChangedPart::kChain;
  if (named.unit_of) {
    return std::string(chain ? "the chain" : "the unit") + " of the " +
           std::string(name_of(*named.unit_of));
  }
  std::vector<std::string> ids;
  for (const UnitId& unit : named.units) ids.push_back(unit.str());
  return ids.empty() ? "nobody" : joined(ids, ", ");
}

std::string rules_text(const RouteChange& change) {
  const auto name = [](const RuleId& rule) { return rule.empty() ? "none" : rule.str(); };
  if (change.before.rule == change.after.rule) {
    return change.before.rule.empty() ? "" : " (rule " + name(change.before.rule) + ")";
  }
  return " (rule " + name(change.before.rule) + " -> " + name(change.after.rule) + ")";
}

std::string from_to(const RouteChange& change) {
  std::string text;
  if (change.part == routing::ChangedPart::kInformed) {
    text = "informed: no longer " + named_text(change.before, change.part) + "; newly " +
           named_text(change.after, change.part);
  } else {
    text = "from " + named_text(change.before, change.part) + " to " +
           named_text(change.after, change.part);
  }
  if (change.before.unit_of) text += ", where they differ";
  return text + rules_text(change);
}

std::string boxes_text(const RouteChange& change) {
  std::vector<std::string> boxes;
  for (const FactBox& box : change.boxes) boxes.push_back(box_text(box, change.part));
  return joined(boxes, ";\n  or ");
}

std::string entry_line(const routing::EntryChange& change) {
  using What = routing::EntryChange::What;
  std::string text = "  " + std::string(name_of(change.section)) + ": " +
                     std::string(name_of(change.what)) + " " + change.id;
  const char* between = ": ";
  for (const auto& [name, before, after] : change.fields) {
    text += between;
    between = "; ";
    const auto shown = [](const std::string& value) { return value.empty() ? "-" : value; };
    if (change.what != What::kMoved) text += name;
    if (change.what == What::kAdded) text += " " + after;
    if (change.what == What::kRemoved) text += " " + before;
    if (change.what == What::kChanged) text += ": " + shown(before) + " -> " + shown(after);
    if (change.what == What::kMoved) {
      const auto where = [](const std::string& rule) {
        return rule.empty() ? "the end" : "before " + rule;
      };
      text += "from " + where(before) + " to " + where(after);
    }
  }
  return text + "\n";
}

// Changes with the same are listed as one kind.
std::string kind_of(const RouteChange& change) {
  return std::string(name_of(change.part)) + boxes_text(change) + rules_text(change) +
         when_text(change.when);
}

std::string paragraph(const RouteChange& change, const AreaWords& areas, bool whole) {
  std::vector<std::string> places;
  for (const PlaceCondition& place : change.places) {
    const std::string text = place_text(place, areas, whole);
    if (!text.empty()) places.push_back(text);
  }
  std::string text = "- " + boxes_text(change);
  if (text.size() == 2) text += "any facts";
  const std::string when = when_text(change.when);
  if (!when.empty()) text += ",\n  " + when;
  if (!places.empty()) text += ",\n  " + joined(places, ";\n  or ");
  return text + ":\n    " + from_to(change) + "\n";
}

Json describe_box(const FactBox& box) {
  Json out = Json::object();
  Json leads = Json::array();
  for (const auto& [before, after] : box.leads) {
    if (!before && !after) continue;
    leads.push_back({{"before", before ? Json(name_of(*before)) : Json()},
                     {"after", after ? Json(name_of(*after)) : Json()}});
  }
  out["needs"] = std::move(leads);
  if (!box.mode.empty()) out["mode"] = code_list(box.mode);
  if (!box.victim_age.empty()) out["victim_age"] = code_list(box.victim_age);
  if (!box.consent.empty()) out["consent"] = code_list(box.consent);
  if (!box.urgency.empty()) out["urgency"] = code_list(box.urgency);
  if (box.suspect_abroad) out["suspect_abroad"] = *box.suspect_abroad;
  for (const auto& categories : box.with) out["any_category"].push_back(code_list(categories));
  if (!box.without.empty()) out["no_category"] = code_list(box.without);
  return out;
}

Json describe_place(const PlaceCondition& place) {
  Json out = Json::object();
  if (!place.unknown.empty()) out["unknown"] = code_list(place.unknown);
  if (!place.known.empty()) out["known"] = code_list(place.known);
  if (!place.list) return out;
  out["list"] = name_of(*place.list);
  if (place.parts.empty()) out["areas"] = id_list(place.areas);
  for (const auto& part : place.parts) out["areas_of_two"].push_back(id_list(part));
  return out;
}

Json describe_named(const Named& named) {
  Json out = {{"units", id_list(named.units)}, {"rule", named.rule.str()}};
  if (named.unit_of) out["unit_of"] = name_of(*named.unit_of);
  return out;
}

}  // namespace

AreaWords::AreaWords(const Release& before, const Release& after) {
  for (const Release* release : {&before, &after}) {
    for (const Area& area : release->areas) {
      if (area.level == Level::kProvince) inside_[area.code];
      if (area.level == Level::kRegency) inside_[area.parent].insert(area.code);
    }
  }
}

std::vector<std::string> AreaWords::names(const std::set<AreaCode>& areas) const {
  std::vector<std::string> names;
  std::set<AreaCode> rest = areas;
  std::size_t whole = 0;
  for (const auto& [province, regencies] : inside_) {
    const bool all = !regencies.empty() &&
                     std::includes(areas.begin(), areas.end(), regencies.begin(), regencies.end());
    const bool itself = areas.contains(province);
    if (!all) {
      if (regencies.empty() && itself) ++whole;
      continue;
    }
    whole += itself ? 1 : 0;
    names.push_back((itself ? "all of " : "a regency of ") + province.str());
    rest.erase(province);
    for (const AreaCode& regency : regencies) rest.erase(regency);
  }
  if (whole == inside_.size() && !inside_.empty()) {
    names = {"any area of the nation"};
    for (const auto& [province, regencies] : inside_) rest.erase(province);
  }
  for (const AreaCode& area : rest) names.push_back(area.str());
  return names;
}

std::string AreaWords::list(const std::vector<AreaCode>& areas, bool whole) const {
  std::vector<std::string> all = names({areas.begin(), areas.end()});
  if (!whole && all.size() > kMostNames) {
    const std::size_t more = all.size() - kMostNames;
    all.resize(kMostNames);
    all.push_back(std::to_string(more) + " more");
  }
  return any_of(all);
}

std::string day_text(const TimeUs& time) {
  const std::string text = to_rfc3339(time);
  constexpr std::string_view kMidnight = "T00:00:00.000000Z";
  return text.ends_with(kMidnight) ? text.substr(0, text.size() - kMidnight.size()) : text;
}

std::string to_text(const std::vector<routing::EntryChange>& changes, bool whole) {
  std::map<std::pair<routing::Section, routing::EntryChange::What>, std::size_t> alike;
  for (const auto& change : changes) ++alike[{change.section, change.what}];
  std::map<std::pair<routing::Section, routing::EntryChange::What>, std::size_t> shown;
  std::string text;
  for (const auto& change : changes) {
    const std::size_t all = alike[{change.section, change.what}];
    const std::size_t number = ++shown[{change.section, change.what}];
    if (whole || all <= kMostEntries || number <= kMostEntries) {
      text += entry_line(change);
    } else if (number == all) {
      text += "  " + std::string(name_of(change.section)) + ": " +
              std::to_string(all - kMostEntries) + " more " + std::string(name_of(change.what)) +
              "; --all or --json lists them\n";
    }
  }
  return text;
}

std::string to_text(const std::vector<RouteChange>& changes, const AreaWords& areas, bool whole) {
  std::map<std::string, std::size_t> of_kind;
  for (const RouteChange& change : changes) ++of_kind[kind_of(change)];
  std::map<std::string, std::size_t> shown;
  std::string text;
  std::size_t paragraphs = 0;
  std::size_t left_out = 0;
  for (const RouteChange& change : changes) {
    const std::string kind = kind_of(change);
    const std::size_t all = of_kind[kind];
    const std::size_t number = ++shown[kind];
    const bool stands_for_others = !whole && all > kMostAlike;
    if (!whole && paragraphs >= kMostGroups) {
      ++left_out;
    } else if (!stands_for_others || number <= kShownAlike) {
      text += paragraph(change, areas, whole);
      ++paragraphs;
    } else if (number == all) {
      text += "- " + boxes_text(change) + ":\n    " + std::to_string(all - kShownAlike) +
              " more, between other units" + rules_text(change) + "; --all or --json lists them\n";
      ++paragraphs;
    }
  }
  if (left_out != 0) {
    text += "- and " + std::to_string(left_out) + " more groups; --all or --json lists them\n";
  }
  return text;
}

std::string_view name_of(routing::ChangedPart part) {
  switch (part) {
    case routing::ChangedPart::kOwner:
      return "owner";
    case routing::ChangedPart::kChain:
      return "chain";
    case routing::ChangedPart::kAssignment:
      return "assignment";
    case routing::ChangedPart::kInformed:
      return "informed";
  }
  return "?";
}

Json describe(const routing::EntryChange& change) {
  Json fields = Json::array();
  for (const auto& [name, before, after] : change.fields) {
    fields.push_back({{"field", name}, {"before", before}, {"after", after}});
  }
  return {{"section", name_of(change.section)},
          {"what", name_of(change.what)},
          {"id", change.id},
          {"fields", std::move(fields)}};
}

Json describe(const RouteChange& change) {
  Json out = {{"part", name_of(change.part)},
              {"before", describe_named(change.before)},
              {"after", describe_named(change.after)}};
  Json boxes = Json::array();
  for (const FactBox& box : change.boxes) boxes.push_back(describe_box(box));
  out["facts"] = std::move(boxes);
  Json places = Json::array();
  for (const PlaceCondition& place : change.places) places.push_back(describe_place(place));
  out["places"] = std::move(places);
  Json when = Json::array();
  for (const Validity& validity : change.when) {
    when.push_back(
        {{"from", time_or_null(validity.from)}, {"until", time_or_null(validity.until)}});
  }
  out["when"] = std::move(when);
  return out;
}

}  // namespace rujukan::cli
