// What typing errors do to functions, areas and successors: the table stays total, and cases go
// where nobody meant them to go.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "broker/routing/check_parts.h"

namespace rujukan::routing {
namespace {

// Letters to insert, drop, replace or exchange with the next. Source: optimal string alignment.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> above(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool exchanged =
          i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && a[i - 1] != b[j - 1];
      if (exchanged) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(above, std::move(row));
  }
  return above.back();
}

// The function of the list that it is most likely a misspelling of; empty when none is near.
std::string_view nearest(std::string_view function, const std::set<std::string_view>& named) {
  constexpr std::size_t kLettersASlip = 4;
  std::string_view best;
  std::size_t least = std::min<std::size_t>(2, function.size() / kLettersASlip) + 1;
  for (const std::string_view other : named) {
    const std::size_t found = distance(function, other);
    if (found >= least) continue;
    least = found;
    best = other;
  }
  return best;
}

std::set<std::string_view> named_functions(const Release& release) {
  std::set<std::string_view> named;
  for (const Rule& rule : release.rules) {
    if (!rule.withheld) named.insert(rule.function.view());
    for (const Inform& inform : rule.inform) named.insert(inform.function.view());
  }
  for (const CaseInform& inform : release.case_informs) {
    named.insert(inform.inform.function.view());
  }
  return named;
}

std::string others_have_it(std::size_t units) {
  if (units == 1) return "";
  if (units == 2) return "another unit has it too";
  return std::to_string(units - 1) + " other units have it too";
}

// One finding for each function, at its first unit.
void check_functions(const Release& release, CheckFindings& findings) {
  const std::set<std::string_view> named = named_functions(release);
  std::set<std::string_view> may_own;
  for (const Permission& permission : release.permissions) {
    if (permission.may_own) may_own.insert(permission.agency.view());
  }
  std::map<std::string_view, std::vector<const Unit*>> unnamed;
  for (const Unit& unit : release.units) {
    if (!named.contains(unit.function.view())) unnamed[unit.function.view()].push_back(&unit);
  }
  for (const auto& [function, units] : unnamed) {
    const std::string_view meant = nearest(function, named);
    const std::string others = others_have_it(units.size());
    std::string text = "\"" + std::string(function) + "\"";
    if (!meant.empty()) {
      text += " for \"" + std::string(meant) + "\"?" + (others.empty() ? "" : " " + others);
      findings.at_unit(units.front()->id, warning(ErrorCode::kTableSpelling, std::move(text)));
      continue;
    }
    // Whoever may not own sends and watches.
    const bool waits = std::any_of(units.begin(), units.end(), [&may_own](const Unit* unit) {
      return may_own.contains(unit->agency.view());
    });
    if (!waits) continue;
    text += others.empty() ? "" : "; " + others;
    findings.at_unit(units.front()->id, warning(ErrorCode::kTableUnused, std::move(text)));
  }
}

// Cities are numbered from 71 on within their province; the rest are regencies.
bool is_city(const Area& area) {
  constexpr std::string_view kFirstCity = "71";
  return area.level == Level::kRegency && area.code.view().substr(3) >= kFirstCity;
}

// Areas of one kind around each other, that began together.
using Neighbours = std::vector<std::vector<const Area*>>;

Neighbours neighbours_of(const Release& release, Level level) {
  std::map<std::tuple<std::string_view, bool, std::optional<TimeUs>>, std::vector<const Area*>> all;
  for (const Area& area : release.areas) {
    if (area.level != level || area.validity.until || !area.succeeded_by.empty()) continue;
    all[{area.parent.view(), is_city(area), area.validity.from}].push_back(&area);
  }
  Neighbours out;
  for (auto& [key, areas] : all) out.push_back(std::move(areas));
  return out;
}

// Whether so many without are an exception: one, or an eighth.
bool are_few(std::size_t without, std::size_t all) {
  constexpr std::size_t kPart = 8;
  return without != 0 && all - without >= 2 && (without == 1 || without * kPart <= all);
}

void check_neighbours(const CheckedTable& table, CheckFindings& findings) {
  const std::set<std::string_view> named = named_functions(table.release);
  for (const Level level : {Level::kRegency, Level::kProvince}) {
    const Neighbours neighbours = neighbours_of(table.release, level);
    for (const std::string_view function : named) {
      const FunctionIx known = *table.directory.function(function);
      if (table.directory.count(known, level) == 0) continue;
      for (const auto& areas : neighbours) {
        std::vector<const Area*> without;
        for (const Area* area : areas) {
          const AreaNode& node = *table.directory.area(area->code.view());
          if (table.directory.listing(known, level, node).empty()) without.push_back(area);
        }
        if (!are_few(without.size(), areas.size())) continue;
        const std::string text = "no unit of " + std::string(function) + " at level " +
                                 std::string(name_of(level)) + "; " +
                                 std::to_string(areas.size() - without.size()) + " of its " +
                                 std::to_string(areas.size()) + " neighbours have one";
        for (const Area* area : without) {
          findings.at_area(area->code, warning(ErrorCode::kTableMissingUnit, text));
        }
      }
    }
  }
}

// What replaced it in the end.
const AreaNode& last(const AreaNode& area) {
  const AreaNode* node = &area;
  while (node->successor != nullptr) node = node->successor;
  return *node;
}

// Whether one holds the other, by the codes or by what replaced them.
bool overlap(const Directory& directory, const AreaCode& a, const AreaCode& b) {
  const AreaNode& first = last(*directory.area(a.view()));
  const AreaNode& second = last(*directory.area(b.view()));
  const auto holds = [](const AreaNode& outer, const AreaNode* inner) {
    while (inner != nullptr && inner != &outer) inner = inner->parent;
    return inner != nullptr;
  };
  return holds(first, &second) || holds(second, &first);
}

// "polri.polres.31.74.ppa" is a "polri.polres.#.#.ppa" and says 31.74.
struct NamedArea {
  std::string pattern;
  std::string code;
};

std::optional<NamedArea> area_of(std::string_view id) {
  const auto is_number = [](std::string_view part) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return part.size() == 2 && digit(part[0]) && digit(part[1]);
  };
  NamedArea out;
  while (true) {
    const std::string_view part = id.substr(0, id.find('.'));
    const bool follows = out.code.size() == 2 && out.pattern.ends_with('#');
    const bool counts = is_number(part) && (out.code.empty() || follows);
    if (counts) out.code += (out.code.empty() ? "" : ".") + std::string(part);
    out.pattern += (out.pattern.empty() ? "" : ".") + (counts ? "#" : std::string(part));
    if (part.size() == id.size()) break;
    id.remove_prefix(part.size() + 1);
  }
  if (out.code.empty()) return std::nullopt;
  return out;
}

bool lists(const CheckedTable& table, const Unit& unit, std::string_view code) {
  const AreaNode* named = table.directory.area(code);
  return named != nullptr &&
         std::any_of(unit.areas.begin(), unit.areas.end(), [&](const AreaCode& listed) {
           return &last(*table.directory.area(listed.view())) == &last(*named);
         });
}

void check_ids(const CheckedTable& table, CheckFindings& findings) {
  constexpr std::size_t kMostListed = 20;
  struct Alike {
    std::size_t right = 0;
    std::vector<std::pair<const Unit*, std::string>> wrong;
  };
  std::map<std::string, Alike> by_pattern;
  for (const Unit& unit : table.release.units) {
    const auto named = area_of(unit.id.view());
    if (!named) continue;
    Alike& alike = by_pattern[named->pattern];
    if (lists(table, unit, named->code)) {
      ++alike.right;
    } else {
      alike.wrong.emplace_back(&unit, named->code);
    }
  }
  std::size_t found = 0;
  for (const auto& [pattern, alike] : by_pattern) {
    for (const auto& [unit, code] : alike.wrong) {
      // Two numbers that are a regency's are no accident; others are, unless it is a habit.
      const bool regency = code.size() > 2 && table.directory.area(code) != nullptr;
      if (!regency && alike.right <= alike.wrong.size()) continue;
      if (++found > kMostListed) continue;
      std::vector<std::string> areas;
      for (const AreaCode& area : unit->areas) areas.push_back(area.str());
      findings.at_unit(
          unit->id, warning(ErrorCode::kTableIdArea,
                            "the id says " + code + ", it lists " + listed(areas, areas.size())));
    }
  }
  if (found > kMostListed) {
    findings.at_file("units.csv", "unit",
                     warning(ErrorCode::kTableIdArea,
                             "and " + std::to_string(found - kMostListed) + " more units"));
  }
}

void check_kinds_of_successors(const CheckedTable& table, CheckFindings& findings) {
  for (const Unit& unit : table.release.units) {
    if (unit.successor.empty()) continue;
    const Unit& next = *table.directory.unit(unit.successor.view())->unit;
    std::vector<std::string> other;
    if (next.function != unit.function) other.push_back("has function " + next.function.str());
    if (next.agency != unit.agency) other.push_back("is of agency " + next.agency.str());
    const bool meets = std::any_of(unit.areas.begin(), unit.areas.end(), [&](const AreaCode& a) {
      return std::any_of(next.areas.begin(), next.areas.end(),
                         [&](const AreaCode& b) { return overlap(table.directory, a, b); });
    });
    if (!meets) other.emplace_back("has no area of it");
    if (other.empty()) continue;
    std::string text = next.id.str();
    for (std::size_t i = 0; i < other.size(); ++i) text += (i == 0 ? " " : ", ") + other[i];
    findings.at_unit(unit.id, warning(ErrorCode::kTableSuccessor, std::move(text)));
  }
}

}  // namespace

void check_slips(const CheckedTable& table, CheckFindings& findings) {
  check_functions(table.release, findings);
  check_neighbours(table, findings);
  check_ids(table, findings);
  check_kinds_of_successors(table, findings);
}

}  // namespace rujukan::routing
