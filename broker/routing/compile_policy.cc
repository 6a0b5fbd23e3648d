// routing.toml, permissions.toml and deadlines.toml.
#include <map>
#include <set>

#include "broker/routing/compile_parts.h"
#include "broker/routing/toml_reader.h"

namespace rujukan::routing {
namespace {

// What rules may refer to; empty while units.csv could not be read.
class Functions {
 public:
  explicit Functions(const Draft& draft) : checked_(draft.units_read) {
    std::set<std::string_view> oversight;
    for (const Permission& permission : draft.release.permissions) {
      if (!permission.may_own) oversight.insert(permission.agency.view());
    }
    for (const Unit& unit : draft.release.units) {
      Traits& traits = by_id_[unit.function.view()];
      const bool always = !unit.validity.from && !unit.validity.until;
      traits.always_national = traits.always_national || (unit.level == Level::kNational && always);
      if (oversight.contains(unit.agency.view())) traits.no_owner = &unit;
    }
  }

  // `assigned`: units of the function would own, which those of an oversight agency must not.
  void check(TomlReader& table, const FunctionId& function, bool assigned) const {
    if (!checked_ || function.empty()) return;
    const auto at = by_id_.find(function.view());
    if (at == by_id_.end()) {
      table.refuse("function", ErrorCode::kConfigReference,
                   "no unit of units.csv has it: " + quoted(function.view()));
      return;
    }
    if (!at->second.always_national) {
      table.refuse("function", ErrorCode::kConfigReference,
                   "no national unit without beginning or end has it: " + quoted(function.view()));
    }
    if (assigned && at->second.no_owner != nullptr) {
      table.refuse("function", ErrorCode::kConfigValue,
                   "a unit of it may not own (may_own = false for its agency): " +
                       at->second.no_owner->id.str());
    }
  }

 private:
  struct Traits {
    bool always_national = false;
    const Unit* no_owner = nullptr;  // one of an agency with may_own = false
  };
  bool checked_;
  std::map<std::string_view, Traits> by_id_;
};

template <typename E>
std::vector<E> condition_codes(TomlReader& table, std::string_view key) {
  std::vector<E> codes = table.codes<E>(key);
  if (table.has(key) && codes.empty()) {
    table.refuse(key, ErrorCode::kConfigValue, "holds for nothing; leave the key out for any");
  }
  return codes;
}

Condition read_condition(TomlReader& parent) {
  Condition when;
  auto table = parent.table("when");
  if (!table) return when;
  when.mode = condition_codes<Mode>(*table, "mode");
  when.victim_age = condition_codes<VictimAge>(*table, "victim_age");
  when.consent = condition_codes<Consent>(*table, "consent");
  when.urgency = condition_codes<Urgency>(*table, "urgency");
  when.any_category = condition_codes<Category>(*table, "any_category");
  when.suspect_abroad = table->optional_flag("suspect_abroad");
  table->finish();
  return when;
}

std::vector<Need> required_needs(TomlReader& table) {
  std::vector<Need> needs = table.codes<Need>("needs");
  if (needs.empty()) table.refuse("needs", ErrorCode::kConfigMissing, "at least one is required");
  return needs;
}

RuleId read_rule_id(TomlReader& table, std::set<std::string>& seen) {
  std::string id = table.text("id");
  if (id.empty()) return {};
  if (!is_valid_rule_id(id)) {
    table.refuse("id", ErrorCode::kConfigValue, "not a rule's id: " + quoted(id));
  } else if (!seen.insert(id).second) {
    table.refuse("id", ErrorCode::kConfigDuplicate, id);
  }
  return RuleId(std::move(id));
}

FunctionId read_function(TomlReader& table) {
  std::string id = table.text("function");
  if (!id.empty() && !is_valid_id(id)) {
    table.refuse("function", ErrorCode::kConfigValue, "not an id: " + quoted(id));
    id.clear();
  }
  return FunctionId(std::move(id));
}

// The caller calls finish().
Inform read_inform(TomlReader& table, const Functions& functions) {
  Inform inform;
  inform.function = read_function(table);
  functions.check(table, inform.function, false);
  const auto level = table.code<Level>("level");
  inform.level = level.value_or(Level::kNational);
  if (table.has("of")) {
    inform.of = table.code<Anchor>("of");
  } else if (level && *level != Level::kNational) {
    table.refuse("of", ErrorCode::kConfigMissing, "which list of areas at this level?");
  }
  return inform;
}

void read_assignment(TomlReader& table, const Functions& functions, Rule& rule) {
  rule.function = read_function(table);
  functions.check(table, rule.function, true);
  const auto level = table.code<Level>("level");
  rule.level = level.value_or(Level::kNational);
  rule.anchors = table.codes<Anchor>("anchors");
  if (level && *level == Level::kNational && table.has("anchors")) {
    table.refuse("anchors", ErrorCode::kConfigValue, "a national rule reads no areas");
  }
  if (level && *level != Level::kNational && rule.anchors.empty()) {
    table.refuse("anchors", ErrorCode::kConfigMissing, "which lists of areas decide?");
  }
  for (TomlReader& entry : table.tables("inform")) {
    rule.inform.push_back(read_inform(entry, functions));
    entry.finish();
  }
}

Rule read_rule(TomlReader& table, const Functions& functions, std::set<std::string>& seen) {
  Rule rule;
  rule.id = read_rule_id(table, seen);
  rule.needs = required_needs(table);
  rule.when = read_condition(table);
  rule.withheld = table.optional_flag("withheld").value_or(false);
  if (!rule.withheld) {
    read_assignment(table, functions, rule);
  } else {
    for (const std::string_view key : {"function", "level", "anchors", "inform"}) {
      if (table.has(key)) {
        table.refuse(key, ErrorCode::kConfigValue, "a rule that withholds names nobody");
      }
      table.ignore(key);
    }
  }
  table.finish();
  return rule;
}

}  // namespace

void read_rules(std::string_view text, FileFindings& findings, Draft& draft) {
  const auto parsed = parse_toml(text, findings);
  if (!parsed) return;
  TomlReader file(*parsed, "", findings);
  const Functions functions(draft);
  std::set<std::string> seen;
  for (TomlReader& table : file.tables("implied")) {
    ImpliedNeeds implied;
    implied.when = read_condition(table);
    implied.needs = required_needs(table);
    table.finish();
    draft.release.implied.push_back(std::move(implied));
  }
  for (TomlReader& table : file.tables("rule")) {
    draft.release.rules.push_back(read_rule(table, functions, seen));
  }
  for (TomlReader& table : file.tables("inform")) {
    CaseInform inform;
    inform.id = read_rule_id(table, seen);
    inform.when = read_condition(table);
    inform.inform = read_inform(table, functions);
    table.finish();
    draft.release.case_informs.push_back(std::move(inform));
  }
  if (draft.release.rules.empty()) {
    file.refuse("rule", ErrorCode::kConfigMissing, "at least one rule is required");
  }
  file.finish();
}

void read_permissions(std::string_view text, FileFindings& findings, Draft& draft) {
  const auto parsed = parse_toml(text, findings);
  if (!parsed) return;
  draft.permissions_read = true;
  TomlReader file(*parsed, "", findings);
  std::set<std::string> seen;
  for (TomlReader& table : file.tables("agency")) {
    Permission permission;
    const std::string id = table.text("id");
    if (!id.empty() && !is_valid_id(id)) {
      table.refuse("id", ErrorCode::kConfigValue, "not an id: " + quoted(id));
    } else if (!id.empty() && !seen.insert(id).second) {
      table.refuse("id", ErrorCode::kConfigDuplicate, id);
    }
    permission.agency = AgencyId(id);
    for (const std::string_view key : {"open_categories", "request_needs", "may_own"}) {
      if (!table.has(key)) table.refuse(key, ErrorCode::kConfigMissing, "required");
    }
    permission.open_categories = table.codes<Category>("open_categories");
    permission.request_needs = table.codes<Need>("request_needs");
    permission.may_own = table.optional_flag("may_own").value_or(true);
    table.finish();
    draft.release.permissions.push_back(std::move(permission));
  }
  file.finish();
}

void read_deadlines(std::string_view text, FileFindings& findings, Draft& draft) {
  constexpr std::int64_t kMostSeconds = 30 * 24 * 3600;
  const auto parsed = parse_toml(text, findings);
  if (!parsed) return;
  TomlReader file(*parsed, "", findings);
  const auto seconds = [&file](std::string_view key) {
    return static_cast<std::uint32_t>(file.number(key, 1, kMostSeconds));
  };
  draft.release.deadlines = {seconds("immediate_accept_within_s"),
                             seconds("urgent_accept_within_s"), seconds("routine_accept_within_s")};
  file.finish();
}

}  // namespace rujukan::routing
