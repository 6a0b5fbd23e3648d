// legal_bases.toml, routing.toml, permissions.toml and deadlines.toml.
#include <algorithm>
#include <set>

#include "broker/routing/compile_parts.h"
#include "broker/routing/toml_reader.h"

namespace rujukan::routing {
namespace {

// What rules and guarantees may refer to; nothing is checked against a file that could not be read.
class Known {
 public:
  explicit Known(const Draft& draft)
      : units_read_(draft.units_read), permissions_read_(draft.permissions_read) {
    for (const Unit& unit : draft.release.units) functions_.insert(unit.function.view());
    for (const Permission& p : draft.release.permissions) agencies_.insert(p.agency.view());
    for (const LegalBasis& basis : draft.release.legal_bases) legal_bases_.insert(basis.code);
  }

  void check_function(TomlReader& table, const FunctionId& function) const {
    if (!units_read_ || function.empty() || functions_.contains(function.view())) return;
    table.refuse("function", ErrorCode::kConfigReference,
                 "no unit of units.csv has it: " + in_quotes(function.view()));
  }
  void check_agency(TomlReader& table, std::string_view key, std::string_view agency) const {
    if (!permissions_read_ || agencies_.contains(agency)) return;
    table.refuse(key, ErrorCode::kConfigReference, "not in permissions.toml: " + in_quotes(agency));
  }
  void check_legal_basis(TomlReader& table, std::string_view code) const {
    if (legal_bases_.contains(code)) return;
    table.refuse("basis", ErrorCode::kConfigReference,
                 "not in legal_bases.toml: " + in_quotes(code));
  }

 private:
  bool units_read_;
  bool permissions_read_;
  std::set<std::string_view> functions_;
  std::set<std::string_view> agencies_;
  std::set<std::string_view> legal_bases_;
};

template <typename E>
std::vector<E> condition_codes(TomlReader& table, std::string_view key) {
  std::vector<E> codes = table.codes<E>(key);
  if (table.has(key) && codes.empty()) {
    table.refuse(key, ErrorCode::kConfigValue, "holds for nothing; leave the key out for any");
  }
  return codes;
}

std::vector<std::string> condition_texts(TomlReader& table, std::string_view key) {
  std::vector<std::string> texts = table.texts(key);
  if (table.has(key) && texts.empty()) {
    table.refuse(key, ErrorCode::kConfigValue, "holds for nothing; leave the key out for any");
  }
  return texts;
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
    table.refuse("id", ErrorCode::kConfigValue, "not a rule's id: " + in_quotes(id));
  } else if (!seen.insert(id).second) {
    table.refuse("id", ErrorCode::kConfigDuplicate, id);
  }
  return RuleId(std::move(id));
}

FunctionId read_function(TomlReader& table) {
  std::string id = table.text("function");
  if (!id.empty() && !is_valid_id(id)) {
    table.refuse("function", ErrorCode::kConfigValue, "not an id: " + in_quotes(id));
    id.clear();
  }
  return FunctionId(std::move(id));
}

// The caller calls finish().
Inform read_inform(TomlReader& table, const Known& known) {
  Inform inform;
  inform.function = read_function(table);
  known.check_function(table, inform.function);
  const auto level = table.code<Level>("level");
  inform.level = level.value_or(Level::kNational);
  if (table.has("of")) {
    inform.of = table.code<Anchor>("of");
  } else if (level && *level != Level::kNational) {
    table.refuse("of", ErrorCode::kConfigMissing, "which list of areas at this level?");
  }
  return inform;
}

void read_assignment(TomlReader& table, const Known& known, Rule& rule) {
  rule.function = read_function(table);
  known.check_function(table, rule.function);
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
    rule.inform.push_back(read_inform(entry, known));
    entry.finish();
  }
}

std::optional<TimeUs> optional_time(TomlReader& table, std::string_view key) {
  if (!table.has(key)) return std::nullopt;
  const auto time = parse_time(table.text(key));
  if (!time) table.refuse(key, ErrorCode::kConfigValue, "not a date or time");
  return time;
}

// `cited`: the laws that it rests on, by their codes.
Rule read_rule(TomlReader& table, const Known& known, std::set<std::string>& seen,
               std::vector<std::string>& cited) {
  Rule rule;
  rule.id = read_rule_id(table, seen);
  rule.needs = required_needs(table);
  rule.when = read_condition(table);
  cited = table.texts("basis");
  for (const std::string& code : cited) known.check_legal_basis(table, code);
  rule.withheld = table.optional_flag("withheld").value_or(false);
  if (!rule.withheld) {
    read_assignment(table, known, rule);
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

ImpliedNeeds read_implied(TomlReader& table) {
  ImpliedNeeds implied;
  implied.when = read_condition(table);
  implied.needs = required_needs(table);
  table.finish();
  return implied;
}

CaseInform read_case_inform(TomlReader& table, const Known& known, std::set<std::string>& seen) {
  CaseInform inform;
  inform.id = read_rule_id(table, seen);
  inform.when = read_condition(table);
  inform.inform = read_inform(table, known);
  table.finish();
  return inform;
}

Guarantee read_guarantee(TomlReader& table, const Known& known, std::set<std::string>& seen) {
  const auto agencies = [&](std::string_view key) {
    std::vector<AgencyId> ids;
    for (std::string& id : condition_texts(table, key)) {
      known.check_agency(table, key, id);
      ids.emplace_back(std::move(id));
    }
    return ids;
  };
  Guarantee guarantee;
  guarantee.id = read_rule_id(table, seen);
  guarantee.when = read_condition(table);
  guarantee.owner_agency = agencies("owner_agency");
  guarantee.unassigned_agency = agencies("unassigned_agency");
  guarantee.excluded_agency = agencies("excluded_agency");
  guarantee.owner_level = condition_codes<Level>(table, "owner_level");
  guarantee.terminal_level = condition_codes<Level>(table, "terminal_level");
  constexpr std::string_view kPromises[] = {"owner_agency", "unassigned_agency", "excluded_agency",
                                            "owner_level", "terminal_level"};
  const auto given = [&table](std::string_view key) { return table.has(key); };
  if (std::none_of(std::begin(kPromises), std::end(kPromises), given)) {
    table.refuse("owner_agency", ErrorCode::kConfigMissing,
                 "a guarantee promises at least one of owner_agency, unassigned_agency, "
                 "excluded_agency, owner_level, terminal_level");
  }
  table.finish();
  return guarantee;
}

// Without the table: everything that may ask for it.
std::vector<SecondAgencyFor> read_second_agency(TomlReader& file) {
  std::vector<SecondAgencyFor> changes;
  if (auto table = file.table("second_agency")) {
    if (!table->has("required_for")) {
      table->refuse("required_for", ErrorCode::kConfigMissing, "required");
    }
    changes = table->codes<SecondAgencyFor>("required_for");
    table->finish();
    std::sort(changes.begin(), changes.end());
    return changes;
  }
  for (const auto& row : code_names<SecondAgencyFor>()) changes.push_back(row.value);
  return changes;
}

}  // namespace

void read_rules(std::string_view text, FileFindings& findings, Draft& draft) {
  const auto parsed = parse_toml(text, findings);
  if (!parsed) return;
  TomlReader file(*parsed, "", findings);
  const Known known(draft);
  std::set<std::string> seen;
  const auto remember = [&draft](const TomlReader& table, const RuleId& id, const Condition& when,
                                 const std::vector<Need>& needs) {
    if (!id.empty()) draft.places.rules.emplace(id.str(), table.place());
    draft.tables.push_back({table.place().line, when, needs});
  };
  for (TomlReader& table : file.tables("implied")) {
    draft.release.implied.push_back(read_implied(table));
    remember(table, {}, draft.release.implied.back().when, {});
  }
  for (TomlReader& table : file.tables("rule")) {
    std::vector<std::string> cited;
    const Rule& rule = draft.release.rules.emplace_back(read_rule(table, known, seen, cited));
    remember(table, rule.id, rule.when, rule.needs);
    for (const std::string& code : cited) {
      draft.places.citations.push_back({code, rule.id.str(), table.place()});
    }
  }
  for (TomlReader& table : file.tables("inform")) {
    const auto& inform =
        draft.release.case_informs.emplace_back(read_case_inform(table, known, seen));
    remember(table, inform.id, inform.when, {});
  }
  for (TomlReader& table : file.tables("guarantee")) {
    const auto& guarantee =
        draft.release.guarantees.emplace_back(read_guarantee(table, known, seen));
    remember(table, guarantee.id, guarantee.when, {});
  }
  std::sort(draft.tables.begin(), draft.tables.end(),
            [](const PolicyTable& a, const PolicyTable& b) { return a.line < b.line; });
  if (draft.release.rules.empty()) {
    file.refuse("rule", ErrorCode::kConfigMissing, "at least one rule is required");
  }
  file.finish();
}

void read_legal_bases(std::string_view text, FileFindings& findings, Draft& draft) {
  const auto parsed = parse_toml(text, findings);
  if (!parsed) return;
  draft.legal_bases_read = true;
  TomlReader file(*parsed, "", findings);
  std::set<std::string> seen;
  for (TomlReader& table : file.tables("legal_basis")) {
    LegalBasis basis;
    basis.code = table.text("code");
    if (!basis.code.empty() && !is_valid_id(basis.code)) {
      table.refuse("code", ErrorCode::kConfigValue, "not an id: " + in_quotes(basis.code));
    } else if (!basis.code.empty() && !seen.insert(basis.code).second) {
      table.refuse("code", ErrorCode::kConfigDuplicate, basis.code);
    }
    basis.title = table.text("title");
    basis.source = table.text("source");
    basis.validity = {optional_time(table, "valid_from"), optional_time(table, "valid_until")};
    const Validity& validity = basis.validity;
    if (validity.from && validity.until && *validity.from >= *validity.until) {
      table.refuse("valid_until", ErrorCode::kConfigValue, "not after valid_from");
    }
    table.finish();
    draft.release.legal_bases.push_back(std::move(basis));
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
      table.refuse("id", ErrorCode::kConfigValue, "not an id: " + in_quotes(id));
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
  draft.release.second_agency_for = read_second_agency(file);
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
  Deadlines& deadlines = draft.release.deadlines;
  deadlines.immediate_accept_within_s = seconds("immediate_accept_within_s");
  deadlines.urgent_accept_within_s = seconds("urgent_accept_within_s");
  deadlines.routine_accept_within_s = seconds("routine_accept_within_s");
  if (file.has("transfer_offer_within_s")) {
    deadlines.transfer_offer_within_s = seconds("transfer_offer_within_s");
  }
  if (file.has("transfer_request_within_s")) {
    deadlines.transfer_request_within_s = seconds("transfer_request_within_s");
  }
  file.finish();
}

}  // namespace rujukan::routing
