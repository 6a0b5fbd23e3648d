// What stands in the directory, the permissions and the deadlines, whatever facts come.
#include <algorithm>
#include <set>
#include <tuple>

#include "broker/routing/check_parts.h"

namespace rujukan::routing {
namespace {

bool active_successor(const UnitNode& ended, TimeUs at) {
  for (const UnitNode* next = ended.successor; next != nullptr; next = next->successor) {
    if (next->unit->validity.covers(at)) return true;
  }
  return false;
}

// The smallest facts with which a rule looks for the unit where and when the witness says; nullopt
// when no rule does.
std::optional<FactsFile> looks_for(const CheckedTable& table, const Unit& unit,
                                   const Witness& where) {
  const bool areas = unit.level != Level::kNational;
  for (std::uint32_t i = 0; i < table.release.rules.size(); ++i) {
    const Rule& rule = table.release.rules[i];
    if (rule.withheld || rule.function != unit.function || rule.level < unit.level) continue;
    const auto& situation = reached(table, i, areas);
    if (!situation || (areas && !reads_areas(rule, situation->traits))) continue;
    return facts_of(table.release, *situation, where, first_anchor(rule));
  }
  return std::nullopt;
}

// The smallest facts that bring a case to the unit.
std::optional<FactsFile> leads_to(const CheckedTable& table, const UnitNode& unit) {
  const auto coverage = table.coverage.find(unit.function);
  if (coverage == table.coverage.end()) return std::nullopt;
  for (const auto& seen : coverage->second.units) {
    if (seen.unit == &unit) return looks_for(table, *unit.unit, seen.witness);
  }
  return std::nullopt;
}

// The smallest facts for which the function's national unit is asked for.
std::optional<FactsFile> asks_nation(const CheckedTable& table, const FunctionId& function,
                                     TimeUs at) {
  const auto& rules = table.release.rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const auto& situation = table.decisions.reached(i);
    if (rules[i].withheld || !situation) continue;
    const bool informs = std::any_of(
        rules[i].inform.begin(), rules[i].inform.end(), [&function](const Inform& inform) {
          return inform.function == function && inform.level == Level::kNational;
        });
    if (rules[i].function == function || informs) {
      return facts_of(table.release, *situation, {{}, at});
    }
  }
  for (const CaseInform& inform : table.release.case_informs) {
    if (inform.inform.function != function || inform.inform.level != Level::kNational) continue;
    for (std::size_t i = 0; i < table.space.size(); ++i) {
      const CaseTraits traits = table.space[i];
      if (!holds(inform.when, traits)) continue;
      for (const auto& need : code_names<Need>()) {
        const auto rule = table.decisions.deciding(i % table.space.traits().size(), need.value,
                                                   traits.categories);
        if (rule && !rules[*rule].withheld) {
          return facts_of(table.release, {traits, need.value}, {{}, at});
        }
      }
    }
  }
  return std::nullopt;
}

// Agencies that may own, by the units' positions.
std::vector<bool> owners(const Release& release) {
  std::set<std::string_view> may;
  for (const Permission& permission : release.permissions) {
    if (permission.may_own) may.insert(permission.agency.view());
  }
  std::vector<bool> out;
  for (const Unit& unit : release.units) out.push_back(may.contains(unit.agency.view()));
  return out;
}

}  // namespace

void check_deadlines(const Release& release, CheckFindings& findings) {
  const Deadlines& d = release.deadlines;
  const struct {
    const char* key;
    std::uint32_t seconds;
    std::optional<Urgency> urgency;
  } kDeadlines[] = {{"immediate_accept_within_s", d.immediate_accept_within_s, Urgency::kImmediate},
                    {"urgent_accept_within_s", d.urgent_accept_within_s, Urgency::kUrgent},
                    {"routine_accept_within_s", d.routine_accept_within_s, Urgency::kRoutine},
                    {"transfer_offer_within_s", d.transfer_offer_within_s, std::nullopt},
                    {"transfer_request_within_s", d.transfer_request_within_s, std::nullopt}};
  constexpr std::uint32_t kFewSeconds = 60;
  for (const auto& deadline : kDeadlines) {
    if (deadline.seconds != 0 && deadline.seconds < kFewSeconds) {
      findings.at_file("deadlines.toml", deadline.key,
                       warning(ErrorCode::kTableDeadline, std::to_string(deadline.seconds) + " s"));
    }
    if (deadline.seconds != 0) continue;
    std::optional<FactsFile> example;
    if (deadline.urgency && !release.rules.empty() && !release.rules.front().needs.empty()) {
      CaseTraits traits = kPlainTraits;
      traits.urgency = *deadline.urgency;
      example = facts_of(release, {traits, release.rules.front().needs.front()},
                         {{}, instant_of(release.validity)});
    }
    findings.at_file("deadlines.toml", deadline.key,
                     {ErrorCode::kConfigMissing, "no time to answer", std::move(example)});
  }
}

void check_double_coverage(const CheckedTable& table, CheckFindings& findings) {
  const auto& units = table.release.units;
  for (const DoubleCoverage& found : double_coverage(units)) {
    const Unit& unit = units[found.unit];
    const Unit& other = units[found.other];
    Witness where{{}, instant_of({std::max(unit.validity.from, other.validity.from), {}})};
    if (unit.level != Level::kNational) where.areas = {found.area};
    findings.at_unit(unit.id, {ErrorCode::kConfigDuplicate,
                               found.area.str() + " is covered by " + other.id.str() +
                                   " too, for the same function, level and time",
                               looks_for(table, unit, where)});
  }
}

void check_permissions(const Release& release, CheckFindings& findings) {
  std::uint32_t categories = 0;
  NeedSet needs;
  for (const Permission& permission : release.permissions) {
    for (const Category c : permission.open_categories) {
      categories |= 1U << static_cast<unsigned>(c);
    }
    if (!permission.open_categories.empty()) needs |= to_need_set(permission.request_needs);
  }
  for (const ImpliedNeeds& implied : release.implied) needs |= to_need_set(implied.needs);
  const TimeUs at = instant_of(release.validity);
  const auto warn = [&](std::string_view name, const CaseTraits& traits, NeedSet named) {
    findings.at_file("permissions.toml", std::string(name),
                     {ErrorCode::kTablePermission, "", facts_of(release, traits, named, {}, at),
                      Severity::kWarning});
  };
  for (const auto& category : code_names<Category>()) {
    CaseTraits traits = kPlainTraits;
    traits.categories = 1U << static_cast<unsigned>(category.value);
    if ((categories & traits.categories) == 0) {
      warn(category.name, traits,
           to_need_set({Need::kInvestigation}) & ~implied_needs(release, traits));
    }
  }
  for (const Need need : needs_of(~needs)) warn(name_of(need), kPlainTraits, to_need_set({need}));
}

void check_successors(const CheckedTable& table, CheckFindings& findings) {
  for (const Unit& unit : table.release.units) {
    if (!unit.validity.until) continue;
    const UnitNode& node = *table.directory.unit(unit.id.view());
    // Each successor's own end is looked at in its turn.
    if (active_successor(node, *unit.validity.until)) continue;
    const std::string end = to_rfc3339(*unit.validity.until);
    findings.at_unit(unit.id,
                     {ErrorCode::kTableNoSuccessor,
                      unit.successor.empty() ? "it ends at " + end
                                             : "at its end, " + end + ", no successor is active",
                      leads_to(table, node)});
  }
}

void check_terminals(const CheckedTable& table, CheckFindings& findings) {
  for (const auto& [function, coverage] : table.coverage) {
    if (coverage.unterminated.empty()) continue;
    const FunctionId* id = nullptr;
    for (const Unit& unit : table.release.units) {
      if (table.directory.unit(unit.id.view())->function == function) id = &unit.function;
    }
    INVARIANT(id != nullptr);
    auto example = asks_nation(table, *id, coverage.unterminated.front().at);
    // Information for provinces and regencies has no wider unit to fall to.
    if (!example) continue;
    const std::size_t more = coverage.unterminated.size() - 1;
    findings.at_file("units.csv", "function " + id->str(),
                     {ErrorCode::kTableNoTerminal,
                      shown(coverage.unterminated.front().validity) +
                          (more == 0 ? "" : " and at " + std::to_string(more) + " other times"),
                      std::move(example)});
  }
}

void check_owners(const CheckedTable& table, CheckFindings& findings) {
  const std::vector<bool> may_own = owners(table.release);
  std::set<const UnitNode*> reported;
  std::set<std::tuple<std::string_view, Level, bool>> looked_at;
  const auto& rules = table.release.rules;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    if (rules[i].withheld || !table.decisions.reached(i)) continue;
    const auto& at_home = reached(table, i, true);
    const bool areas = at_home && reads_areas(rules[i], at_home->traits);
    if (!looked_at.emplace(rules[i].function.view(), rules[i].level, areas).second) continue;
    for (const auto& [unit, witness] : table.covered(rules[i].function).units) {
      const bool local = unit->unit->level != Level::kNational;
      if (unit->unit->level > rules[i].level || (local && !areas)) continue;
      const auto position = static_cast<std::size_t>(unit->unit - table.release.units.data());
      if (may_own[position] || !reported.insert(unit).second) continue;
      findings.at_rule(rules[i].id,
                       {ErrorCode::kTableOversightOwns,
                        unit->unit->id.str() + " of agency " + unit->unit->agency.str(),
                        facts_of(table.release, local ? *at_home : *table.decisions.reached(i),
                                 witness, first_anchor(rules[i]))});
    }
  }
}

}  // namespace rujukan::routing
