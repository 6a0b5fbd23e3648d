#include "broker/routing/release_diff.h"

#include <algorithm>
#include <map>

#include "broker/base/bytes.h"

namespace rujukan::routing {
namespace {

// An entry as texts. Keys are kept whole here, to be compared.
struct Entry {
  std::string id;
  std::vector<std::pair<std::string, std::string>> fields;
};
using Entries = std::vector<Entry>;

constexpr std::string_view kKeyField = "key";
constexpr std::string_view kCurveKeyField = "curve_key";

template <typename Ids>
std::string ids_text(const Ids& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : " ") + id.str();
  return text;
}
template <typename Codes>
std::string codes_text(const Codes& codes) {
  std::string text;
  for (const auto code : codes) text += (text.empty() ? "" : " ") + std::string(name_of(code));
  return text;
}

std::string time_text(const std::optional<TimeUs>& time) {
  constexpr std::string_view kMidnight = "T00:00:00.000000Z";
  if (!time) return "";
  std::string text = to_rfc3339(*time);
  if (text.ends_with(kMidnight)) text.resize(text.size() - kMidnight.size());
  return text;
}

std::string condition_text(const Condition& when) {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& values) {
    if (values.empty()) return;
    text += (text.empty() ? "" : "; ") + std::string(name) + " " + values;
  };
  add("mode", codes_text(when.mode));
  add("victim_age", codes_text(when.victim_age));
  add("consent", codes_text(when.consent));
  add("urgency", codes_text(when.urgency));
  add("any_category", codes_text(when.any_category));
  if (when.suspect_abroad) add("suspect_abroad", *when.suspect_abroad ? "true" : "false");
  return text;
}

void add_validity(Entry& entry, const Validity& validity) {
  entry.fields.emplace_back("valid_from", time_text(validity.from));
  entry.fields.emplace_back("valid_until", time_text(validity.until));
}

Entry entry_of(const Administrator& administrator) {
  return {administrator.name, {{std::string(kKeyField), to_hex(administrator.key)}}};
}
Entry entry_of(const Area& area) {
  Entry entry{area.code.str(),
              {{"parent", area.parent.str()},
               {"level", std::string(name_of(area.level))},
               {"name", area.name},
               {"succeeded_by", area.succeeded_by.str()}}};
  add_validity(entry, area.validity);
  return entry;
}
Entry entry_of(const Unit& unit) {
  Entry entry{unit.id.str(),
              {{"agency", unit.agency.str()},
               {"function", unit.function.str()},
               {"level", std::string(name_of(unit.level))},
               {"areas", ids_text(unit.areas)},
               {"successor", unit.successor.str()}}};
  add_validity(entry, unit.validity);
  return entry;
}
// Has no id: what it says is its name.
Entry entry_of(const ImpliedNeeds& implied) {
  const std::string when = condition_text(implied.when);
  return {codes_text(implied.needs) + (when.empty() ? "" : " when " + when), {}};
}
Entry entry_of(const Rule& rule) {
  Entry entry{rule.id.str(),
              {{"needs", codes_text(rule.needs)},
               {"when", condition_text(rule.when)},
               {"withheld", rule.withheld ? "true" : ""}}};
  if (!rule.withheld) {
    entry.fields.emplace_back("function", rule.function.str());
    entry.fields.emplace_back("level", name_of(rule.level));
    entry.fields.emplace_back("anchors", codes_text(rule.anchors));
  }
  std::string informs;
  for (const Inform& inform : rule.inform) {
    informs += (informs.empty() ? "" : "; ") + inform_text(inform);
  }
  entry.fields.emplace_back("inform", informs);
  return entry;
}
Entry entry_of(const CaseInform& inform) {
  return {inform.id.str(),
          {{"when", condition_text(inform.when)}, {"inform", inform_text(inform.inform)}}};
}
Entry entry_of(const Guarantee& guarantee) {
  return {guarantee.id.str(),
          {{"when", condition_text(guarantee.when)},
           {"owner_agency", ids_text(guarantee.owner_agency)},
           {"unassigned_agency", ids_text(guarantee.unassigned_agency)},
           {"excluded_agency", ids_text(guarantee.excluded_agency)},
           {"owner_level", codes_text(guarantee.owner_level)},
           {"terminal_level", codes_text(guarantee.terminal_level)}}};
}
Entry entry_of(const Permission& permission) {
  return {permission.agency.str(),
          {{"open_categories", codes_text(permission.open_categories)},
           {"request_needs", codes_text(permission.request_needs)},
           {"may_own", permission.may_own ? "true" : "false"}}};
}
Entry entry_of(const Station& station) {
  return {station.id.str(),
          {{std::string(kCurveKeyField), to_hex(station.curve_key)},
           {"units", ids_text(station.units)}}};
}
Entry entry_of(const UnitKey& key) {
  Entry entry{key.unit.str() + " " + key.key_id,
              {{"purpose", std::string(name_of(key.purpose))},
               {std::string(kKeyField), to_hex(key.key)},
               {"compromised_since", time_text(key.compromised_since)}}};
  add_validity(entry, key.validity);
  return entry;
}

Entry entry_of(const LegalBasis& basis) {
  Entry entry{basis.code, {{"title", basis.title}, {"source", basis.source}}};
  add_validity(entry, basis.validity);
  return entry;
}

template <typename Items>
Entries entries_of(const Items& items) {
  Entries entries;
  for (const auto& item : items) entries.push_back(entry_of(item));
  return entries;
}

Entries terms_of(const Release& release) {
  Entry entry{"release",
              {{"log_origin", release.log_origin},
               {"threshold", std::to_string(release.threshold)},
               {"second_agency_for", codes_text(release.second_agency_for)},
               {"edition", std::to_string(static_cast<unsigned>(release.edition))}}};
  add_validity(entry, release.validity);
  return {entry};
}

Entries deadlines_of(const Release& release) {
  const Deadlines& d = release.deadlines;
  return {{"deadlines",
           {{"immediate_accept_within_s", std::to_string(d.immediate_accept_within_s)},
            {"urgent_accept_within_s", std::to_string(d.urgent_accept_within_s)},
            {"routine_accept_within_s", std::to_string(d.routine_accept_within_s)},
            {"transfer_offer_within_s", std::to_string(d.transfer_offer_within_s)},
            {"transfer_request_within_s", std::to_string(d.transfer_request_within_s)}}}};
}

bool is_key(std::string_view field) { return field == kKeyField || field == kCurveKeyField; }

void add_field(std::vector<FieldChange>& fields, const std::string& name, const std::string& before,
               const std::string& after) {
  if (before == after) return;
  if (!is_key(name)) {
    fields.push_back({name, before, after});
  } else if (!before.empty() && !after.empty()) {
    fields.push_back({name, "one key", "another key"});
  }
}

std::vector<FieldChange> field_changes(const Entry& before, const Entry& after) {
  // A field that one of them has not is empty there.
  std::vector<FieldChange> changes;
  std::map<std::string, std::string> rest(after.fields.begin(), after.fields.end());
  for (const auto& [name, value] : before.fields) {
    const auto at = rest.find(name);
    add_field(changes, name, value, at == rest.end() ? "" : at->second);
    if (at != rest.end()) rest.erase(at);
  }
  for (const auto& [name, value] : after.fields) {
    if (rest.contains(name)) add_field(changes, name, "", value);
  }
  return changes;
}

void compare(Section section, const Entries& before, const Entries& after,
             std::vector<EntryChange>& out) {
  using What = EntryChange::What;
  std::map<std::string_view, const Entry*> old;
  for (const Entry& entry : before) old.emplace(entry.id, &entry);
  for (const Entry& entry : after) {
    const auto at = old.find(entry.id);
    const bool added = at == old.end();
    auto fields = field_changes(added ? Entry{} : *at->second, entry);
    if (added || !fields.empty()) {
      out.push_back({section, added ? What::kAdded : What::kChanged, entry.id, std::move(fields)});
    }
    if (!added) old.erase(at);
  }
  for (const Entry& entry : before) {
    if (!old.contains(entry.id)) continue;
    out.push_back({section, What::kRemoved, entry.id, field_changes(entry, {})});
  }
}

// Which elements of a list stay where they are when as few as possible move: a longest increasing
// subsequence.
std::vector<bool> staying(const std::vector<std::size_t>& positions) {
  const std::size_t count = positions.size();
  std::vector<std::size_t> length(count, 1);
  std::vector<std::size_t> previous(count, count);
  std::size_t best = count;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (positions[j] < positions[i] && length[j] + 1 > length[i]) {
        length[i] = length[j] + 1;
        previous[i] = j;
      }
    }
    if (best == count || length[i] > length[best]) best = i;
  }
  std::vector<bool> stays(count);
  for (; best < count; best = previous[best]) stays[best] = true;
  return stays;
}

std::string next_rule(const std::vector<Rule>& rules, std::size_t position) {
  return position + 1 < rules.size() ? rules[position + 1].id.str() : "";
}

// Rules that stand elsewhere among those that both releases have.
void compare_order(const std::vector<Rule>& before, const std::vector<Rule>& after,
                   std::vector<EntryChange>& out) {
  std::map<RuleId, std::size_t> old;
  for (std::size_t i = 0; i < before.size(); ++i) old.emplace(before[i].id, i);
  std::vector<std::size_t> common;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto at = old.find(after[i].id);
    if (at == old.end()) continue;
    common.push_back(i);
    positions.push_back(at->second);
  }
  const std::vector<bool> stays = staying(positions);
  for (std::size_t i = 0; i < common.size(); ++i) {
    if (stays[i]) continue;
    out.push_back({Section::kRules,
                   EntryChange::What::kMoved,
                   after[common[i]].id.str(),
                   {{"before", next_rule(before, positions[i]), next_rule(after, common[i])}}});
  }
}

}  // namespace

std::string_view name_of(Section section) {
  switch (section) {
    case Section::kRelease:
      return "release";
    case Section::kAdministrators:
      return "administrators";
    case Section::kAreas:
      return "areas";
    case Section::kUnits:
      return "units";
    case Section::kImplied:
      return "implied";
    case Section::kRules:
      return "rules";
    case Section::kInforms:
      return "informs";
    case Section::kGuarantees:
      return "guarantees";
    case Section::kPermissions:
      return "permissions";
    case Section::kDeadlines:
      return "deadlines";
    case Section::kLegalBases:
      return "legal_bases";
    case Section::kStations:
      return "stations";
    case Section::kKeys:
      return "keys";
  }
  return "?";
}

std::string_view name_of(EntryChange::What what) {
  switch (what) {
    case EntryChange::What::kAdded:
      return "added";
    case EntryChange::What::kRemoved:
      return "removed";
    case EntryChange::What::kMoved:
      return "moved";
    case EntryChange::What::kChanged:
      return "changed";
  }
  return "?";
}

std::vector<EntryChange> entry_changes(const Release& before, const Release& after) {
  std::vector<EntryChange> out;
  const auto each = [&](Section section, const auto& old_items, const auto& new_items) {
    compare(section, entries_of(old_items), entries_of(new_items), out);
  };
  compare(Section::kRelease, terms_of(before), terms_of(after), out);
  each(Section::kAdministrators, before.administrators, after.administrators);
  each(Section::kAreas, before.areas, after.areas);
  each(Section::kUnits, before.units, after.units);
  each(Section::kImplied, before.implied, after.implied);
  each(Section::kRules, before.rules, after.rules);
  compare_order(before.rules, after.rules, out);
  each(Section::kInforms, before.case_informs, after.case_informs);
  each(Section::kGuarantees, before.guarantees, after.guarantees);
  each(Section::kPermissions, before.permissions, after.permissions);
  compare(Section::kDeadlines, deadlines_of(before), deadlines_of(after), out);
  each(Section::kLegalBases, before.legal_bases, after.legal_bases);
  each(Section::kStations, before.stations, after.stations);
  each(Section::kKeys, before.keys, after.keys);
  return out;
}

Result<ReleaseDiff> diff(const Release& before, const Release& after) {
  auto routes = route_changes(before, after, after.validity);
  if (!routes) return routes.error();
  ReleaseDiff out{
      weakened(before, after, *routes), people_changes(*routes), entry_changes(before, after), {}};
  out.routes = std::move(*routes);
  return out;
}

}  // namespace rujukan::routing
