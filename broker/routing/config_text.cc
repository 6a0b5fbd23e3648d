#include "broker/routing/config_text.h"

#include <algorithm>
#include <set>

namespace rujukan::routing {
namespace {

constexpr std::string_view kAbroad = "XX";

// Of CSV and TOML alike: nothing here holds a control character.
std::string quoted(std::string_view text, std::string_view escaped_quote) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += escaped_quote;
    } else if (c == '\\' && escaped_quote != "\"\"") {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string toml_text(std::string_view text) { return quoted(text, "\\\""); }

std::string csv_cell(std::string_view text) {
  const bool plain = text.find_first_of(",\"\n ") == std::string_view::npos;
  return plain ? std::string(text) : quoted(text, "\"\"");
}

std::string time_or_nothing(const std::optional<TimeUs>& at) { return at ? to_rfc3339(*at) : ""; }

void add_row(std::string& file, std::initializer_list<std::string> cells) {
  bool first = true;
  for (const std::string& cell : cells) {
    if (!first) file += ',';
    file += csv_cell(cell);
    first = false;
  }
  file += '\n';
}

template <typename Ids>
std::string words(const Ids& ids) {
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : " ") + id.str();
  return out;
}

std::string areas_csv(const Release& release) {
  std::string out = "code,parent,level,name,valid_from,valid_until,succeeded_by\n";
  for (const Area& area : release.areas) {
    if (area.code.view() == kAbroad) continue;  // built in
    add_row(out, {area.code.str(), area.parent.str(), std::string(name_of(area.level)), area.name,
                  time_or_nothing(area.validity.from), time_or_nothing(area.validity.until),
                  area.succeeded_by.str()});
  }
  return out;
}

std::string units_csv(const Release& release) {
  std::string out = "id,agency,function,level,areas,valid_from,valid_until,successor\n";
  for (const Unit& unit : release.units) {
    add_row(out, {unit.id.str(), unit.agency.str(), unit.function.str(),
                  std::string(name_of(unit.level)), words(unit.areas),
                  time_or_nothing(unit.validity.from), time_or_nothing(unit.validity.until),
                  unit.successor.str()});
  }
  return out;
}

std::string keys_csv(const Release& release) {
  std::string out = "unit,key_id,purpose,key,valid_from,valid_until,compromised_since\n";
  for (const UnitKey& key : release.keys) {
    add_row(out, {key.unit.str(), key.key_id, std::string(name_of(key.purpose)), to_base64(key.key),
                  time_or_nothing(key.validity.from), time_or_nothing(key.validity.until),
                  time_or_nothing(key.compromised_since)});
  }
  return out;
}

std::string stations_csv(const Release& release) {
  std::string out = "station,curve_key,units\n";
  for (const Station& station : release.stations) {
    add_row(out, {station.id.str(), to_base64(station.curve_key), words(station.units)});
  }
  return out;
}

std::string administrators_csv(const Release& release) {
  std::string out = "name,key\n";
  for (const Administrator& one : release.administrators)
    add_row(out, {one.name, to_base64(one.key)});
  return out;
}

template <typename Items, typename Text>
std::string list(const Items& items, Text text) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() == 1 ? "" : ", ") + text(item);
  return out + "]";
}
template <typename E>
std::string code_list(const std::vector<E>& codes) {
  return list(codes, [](E code) { return toml_text(name_of(code)); });
}
template <typename Id>
std::string id_list(const std::vector<Id>& ids) {
  return list(ids, [](const Id& id) { return toml_text(id.view()); });
}

// "key = value" where there is a value.
class Table {
 public:
  Table(std::string& file, std::string_view header) : file_(file) {
    file_ += (file_.empty() ? "" : "\n") + std::string(header) + "\n";
  }
  void add(std::string_view key, const std::string& value) {
    file_ += std::string(key) + " = " + value + "\n";
  }
  void text(std::string_view key, std::string_view value) { add(key, toml_text(value)); }
  template <typename E>
  void codes(std::string_view key, const std::vector<E>& values) {
    if (!values.empty()) add(key, code_list(values));
  }
  template <typename Id>
  void ids(std::string_view key, const std::vector<Id>& values) {
    if (!values.empty()) add(key, id_list(values));
  }

 private:
  std::string& file_;
};

std::string condition_text(const Condition& when) {
  std::string out;
  const auto add = [&out](std::string_view key, const std::string& value) {
    out += (out.empty() ? " " : ", ") + std::string(key) + " = " + value;
  };
  if (!when.mode.empty()) add("mode", code_list(when.mode));
  if (!when.victim_age.empty()) add("victim_age", code_list(when.victim_age));
  if (!when.consent.empty()) add("consent", code_list(when.consent));
  if (!when.urgency.empty()) add("urgency", code_list(when.urgency));
  if (!when.any_category.empty()) add("any_category", code_list(when.any_category));
  if (when.suspect_abroad) add("suspect_abroad", *when.suspect_abroad ? "true" : "false");
  return out.empty() ? "" : "{" + out + " }";
}

void add_condition(Table& table, const Condition& when) {
  if (const std::string text = condition_text(when); !text.empty()) table.add("when", text);
}

std::string inform_text(const Inform& inform) {
  std::string out = "{ function = " + toml_text(inform.function.view()) +
                    ", level = " + toml_text(name_of(inform.level));
  if (inform.of) out += ", of = " + toml_text(name_of(*inform.of));
  return out + " }";
}

void add_rule(std::string& out, const Rule& rule) {
  Table table(out, "[[rule]]");
  table.text("id", rule.id.view());
  table.codes("needs", rule.needs);
  add_condition(table, rule.when);
  if (rule.withheld) return table.add("withheld", "true");
  table.text("function", rule.function.view());
  table.text("level", name_of(rule.level));
  if (rule.level != Level::kNational) table.codes("anchors", rule.anchors);
  if (!rule.inform.empty()) table.add("inform", list(rule.inform, inform_text));
}

std::string routing_toml(const Release& release) {
  std::string out;
  for (const ImpliedNeeds& implied : release.implied) {
    Table table(out, "[[implied]]");
    add_condition(table, implied.when);
    table.codes("needs", implied.needs);
  }
  for (const Rule& rule : release.rules) add_rule(out, rule);
  for (const CaseInform& inform : release.case_informs) {
    Table table(out, "[[inform]]");
    table.text("id", inform.id.view());
    add_condition(table, inform.when);
    table.text("function", inform.inform.function.view());
    table.text("level", name_of(inform.inform.level));
    if (inform.inform.of) table.text("of", name_of(*inform.inform.of));
  }
  for (const Guarantee& guarantee : release.guarantees) {
    Table table(out, "[[guarantee]]");
    table.text("id", guarantee.id.view());
    add_condition(table, guarantee.when);
    table.ids("owner_agency", guarantee.owner_agency);
    table.ids("unassigned_agency", guarantee.unassigned_agency);
    table.ids("excluded_agency", guarantee.excluded_agency);
    table.codes("owner_level", guarantee.owner_level);
    table.codes("terminal_level", guarantee.terminal_level);
  }
  return out;
}

std::string permissions_toml(const Release& release) {
  std::string out;
  for (const Permission& permission : release.permissions) {
    Table table(out, "[[agency]]");
    table.text("id", permission.agency.view());
    table.add("open_categories", code_list(permission.open_categories));
    table.add("request_needs", code_list(permission.request_needs));
    table.add("may_own", permission.may_own ? "true" : "false");
  }
  Table(out, "[second_agency]").add("required_for", code_list(release.second_agency_for));
  return out;
}

std::string deadlines_toml(const Deadlines& deadlines) {
  std::string out;
  const auto add = [&out](const char* key, std::uint32_t seconds) {
    out += key + (" = " + std::to_string(seconds)) + "\n";
  };
  add("immediate_accept_within_s", deadlines.immediate_accept_within_s);
  add("urgent_accept_within_s", deadlines.urgent_accept_within_s);
  add("routine_accept_within_s", deadlines.routine_accept_within_s);
  add("transfer_offer_within_s", deadlines.transfer_offer_within_s);
  add("transfer_request_within_s", deadlines.transfer_request_within_s);
  return out;
}

std::string legal_bases_toml(const Release& release) {
  std::string out;
  for (const LegalBasis& basis : release.legal_bases) {
    Table table(out, "[[legal_basis]]");
    table.text("code", basis.code);
    table.text("title", basis.title);
    if (basis.validity.from) table.text("valid_from", to_rfc3339(*basis.validity.from));
    if (basis.validity.until) table.text("valid_until", to_rfc3339(*basis.validity.until));
    table.text("source", basis.source);
  }
  return out;
}

// Adds what `more` has under ids that `list` does not.
template <typename T, typename IdOf>
void add_missing(std::vector<T>& list, const std::vector<T>& more, IdOf id_of) {
  std::set<std::string> known;
  for (const T& one : list) known.emplace(id_of(one));
  for (const T& one : more) {
    if (!known.contains(std::string(id_of(one)))) list.push_back(one);
  }
  std::ranges::sort(list, {}, id_of);
}

}  // namespace

ConfigFiles config_text(const Release& release) {
  ConfigFiles files{{"areas.csv", areas_csv(release)},
                    {"units.csv", units_csv(release)},
                    {"routing.toml", routing_toml(release)},
                    {"permissions.toml", permissions_toml(release)},
                    {"deadlines.toml", deadlines_toml(release.deadlines)},
                    {"keys.csv", keys_csv(release)},
                    {"stations.csv", stations_csv(release)},
                    {"administrators.csv", administrators_csv(release)}};
  if (!release.legal_bases.empty()) files["legal_bases.toml"] = legal_bases_toml(release);
  return files;
}

Release reverted(const Release& earlier, const Release& in_force, TimeUs now) {
  Release out = earlier;
  std::vector<Unit> units = in_force.units;
  for (Unit& unit : units) {
    if (!unit.validity.until || *unit.validity.until > now) unit.validity.until = now;
    if (unit.validity.from && *unit.validity.from >= now) unit.validity.from.reset();
    const auto national = std::ranges::find_if(earlier.units, [&unit](const Unit& one) {
      return one.level == Level::kNational && one.function == unit.function;
    });
    if (national != earlier.units.end()) unit.successor = national->id;
  }
  add_missing(out.units, units, [](const Unit& unit) { return unit.id.view(); });
  add_missing(out.areas, in_force.areas, [](const Area& area) { return area.code.view(); });
  add_missing(out.legal_bases, in_force.legal_bases,
              [](const LegalBasis& basis) { return std::string_view(basis.code); });
  out.keys = in_force.keys;
  out.stations = in_force.stations;
  out.administrators = in_force.administrators;
  out.threshold = in_force.threshold;
  out.edition = in_force.edition;
  return out;
}

}  // namespace rujukan::routing
