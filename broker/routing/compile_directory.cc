// areas.csv and units.csv.
#include <algorithm>

#include "broker/routing/compile_parts.h"
#include "broker/routing/coverage.h"
#include "broker/routing/csv_reader.h"
#include "broker/routing/cycles.h"

namespace rujukan::routing {
namespace {

constexpr std::string_view kNation = "00";
constexpr std::string_view kAbroad = "XX";

std::string_view code_of(const Area& area) { return area.code.view(); }
std::string_view id_of(const Unit& unit) { return unit.id.view(); }

// The level and the parent follow from the form of the code.
Level level_of(std::string_view code) {
  if (code == kNation) return Level::kNational;
  return code.size() == 2 ? Level::kProvince : Level::kRegency;
}
std::string_view parent_of(std::string_view code) {
  if (code == kNation) return "";
  return code.size() == 2 ? kNation : code.substr(0, 2);
}

// No value of another column.
bool is_name(std::string_view value) {
  return !value.empty() && !is_valid_area_code(value) && !is_level(value) && !parse_time(value);
}

Area read_area(const CsvRow& row) {
  Area area;
  area.code = row.area_code("code");
  area.level = row.code<Level>("level");
  area.name = row.field("name").text;
  area.validity = row.validity();
  if (area.name.empty()) row.refuse("name", ErrorCode::kConfigMissing, "empty");
  if (!row.empty("parent")) area.parent = row.area_code("parent");
  if (!row.empty("succeeded_by")) {
    area.succeeded_by = row.area_code("succeeded_by");
    if (!area.validity.until) {
      row.refuse("valid_until", ErrorCode::kConfigMissing, "an area that is replaced has an end");
    }
  }
  if (area.code.empty()) return area;
  if (area.code.view() == kAbroad) {
    row.refuse("code", ErrorCode::kConfigValue, "abroad is built in");
  }
  if (area.level != level_of(area.code.view())) {
    row.refuse("level", ErrorCode::kConfigValue, "does not fit the code " + row.shown("code"));
  }
  if (area.parent.view() != parent_of(area.code.view())) {
    row.refuse("parent", ErrorCode::kConfigValue, "does not fit the code " + row.shown("code"));
  }
  return area;
}

// Requires: areas[i] comes from rows[i].
void check_area_references(const std::vector<Area>& areas, const std::vector<CsvRow>& rows) {
  const auto positions = positions_by_id(areas, code_of);
  const auto successor = [&](std::size_t i) -> std::optional<std::size_t> {
    const auto at = positions.find(areas[i].succeeded_by.view());
    return at == positions.end() ? std::nullopt : std::optional(at->second);
  };
  const std::vector<bool> cyclic = in_cycles(areas.size(), successor);
  for (std::size_t i = 0; i < areas.size(); ++i) {
    if (areas[i].code.empty()) continue;
    if (positions.at(areas[i].code.view()) != i) {
      rows[i].refuse("code", ErrorCode::kConfigDuplicate, rows[i].shown("code"));
      continue;
    }
    for (const std::string_view column : {"parent", "succeeded_by"}) {
      const std::string& code = rows[i].field(column).text;
      if (!code.empty() && is_valid_area_code(code) && !positions.contains(code)) {
        rows[i].refuse(column, ErrorCode::kConfigReference, "no such area: " + in_quotes(code));
      }
    }
    if (cyclic[i]) {
      rows[i].refuse("succeeded_by", ErrorCode::kConfigReference, "the successors form a cycle");
    }
  }
}

constexpr std::string_view kAssumed = "assumed";
constexpr std::string_view kLaw = "law:";
constexpr std::string_view kPublished = "published:";

bool is_source(std::string_view value) {
  return value == kAssumed || (value.starts_with(kLaw) && is_valid_id(value.substr(kLaw.size()))) ||
         (value.starts_with(kPublished) && is_valid_id(value.substr(kPublished.size())));
}

// What the row rests on; empty when the file does not say it.
std::string read_source(const CsvRow& row, const Draft& draft) {
  if (!row.has("source")) return "";
  const std::string& source = row.field("source").text;
  if (source.empty()) {
    row.refuse("source", ErrorCode::kConfigMissing, "empty; what is not known is assumed");
  } else if (!is_source(source)) {
    row.refuse("source", ErrorCode::kConfigValue,
               "not law:CODE, published:NAME or assumed: " + row.shown("source"));
  } else if (source.starts_with(kLaw) && draft.legal_bases_read) {
    const std::string code = source.substr(kLaw.size());
    const auto& list = draft.release.legal_bases;
    const bool listed = std::any_of(
        list.begin(), list.end(), [&code](const LegalBasis& basis) { return basis.code == code; });
    if (!listed) {
      row.refuse("source", ErrorCode::kConfigReference,
                 "not in legal_bases.toml: " + in_quotes(code));
    }
  }
  return source;
}

Unit read_unit(const CsvRow& row) {
  Unit unit;
  unit.id = UnitId(row.id("id"));
  unit.agency = AgencyId(row.id("agency"));
  unit.function = FunctionId(row.id("function"));
  unit.level = row.code<Level>("level");
  for (std::string& code : row.words("areas")) unit.areas.emplace_back(std::move(code));
  unit.validity = row.validity();
  unit.successor = UnitId(row.optional_id("successor"));
  if (!unit.successor.empty() && !unit.validity.until) {
    row.refuse("valid_until", ErrorCode::kConfigMissing, "a unit with a successor has an end");
  }
  const bool lists_nation = std::any_of(unit.areas.begin(), unit.areas.end(),
                                        [](const AreaCode& c) { return c.view() == kNation; });
  const bool national = row.field("level").text == name_of(Level::kNational);
  if (lists_nation != national || (national && unit.areas.size() != 1)) {
    row.refuse("areas", ErrorCode::kConfigValue, "national units, and no others, list just 00");
  }
  return unit;
}

using AreaPositions = std::unordered_map<std::string_view, std::size_t>;

void check_unit_areas(const Unit& unit, const CsvRow& row, const std::vector<Area>& areas,
                      const AreaPositions& known) {
  for (const AreaCode& code : unit.areas) {
    const auto at = known.find(code.view());
    if (at == known.end() || code.view() == kAbroad) {
      row.refuse("areas", ErrorCode::kConfigReference, "no such area: " + in_quotes(code.view()));
      continue;
    }
    const AreaCode& replacement = areas[at->second].succeeded_by;
    if (!replacement.empty() && !unit.validity.until) {
      row.refuse("areas", ErrorCode::kConfigReference,
                 code.str() + " was replaced by " + replacement.str() +
                     ", so that no case would reach the unit");
    }
  }
}

// Requires: units[i] comes from rows[i].
void check_coverage(const std::vector<Unit>& units, const std::vector<CsvRow>& rows) {
  for (const DoubleCoverage& found : double_coverage(units)) {
    rows[found.unit].refuse("areas", ErrorCode::kConfigDuplicate,
                            found.area.str() + " is covered by " + units[found.other].id.str() +
                                " too, for the same function, level and time");
  }
}

// Requires: units[i] comes from rows[i].
void check_unit_references(const std::vector<Unit>& units, const std::vector<CsvRow>& rows,
                           const Draft& draft) {
  const auto positions = positions_by_id(units, id_of);
  const auto areas = positions_by_id(draft.release.areas, code_of);
  const auto agencies = positions_by_id(draft.release.permissions,
                                        [](const Permission& p) { return p.agency.view(); });
  const auto successor = [&](std::size_t i) -> std::optional<std::size_t> {
    const auto at = positions.find(units[i].successor.view());
    return at == positions.end() ? std::nullopt : std::optional(at->second);
  };
  const std::vector<bool> cyclic = in_cycles(units.size(), successor);
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Unit& unit = units[i];
    const CsvRow& row = rows[i];
    if (!unit.id.empty() && positions.at(unit.id.view()) != i) {
      row.refuse("id", ErrorCode::kConfigDuplicate, unit.id.str());
      continue;
    }
    if (draft.areas_read) check_unit_areas(unit, row, draft.release.areas, areas);
    if (draft.permissions_read && !unit.agency.empty() && !agencies.contains(unit.agency.view())) {
      const bool exchanged = agencies.contains(unit.function.view());
      row.refuse("agency", ErrorCode::kConfigReference,
                 "not in permissions.toml: " + row.shown("agency") +
                     (exchanged ? "; it lists the function, " + row.shown("function") : ""));
    }
    if (!unit.successor.empty() && !successor(i)) {
      row.refuse("successor", ErrorCode::kConfigReference,
                 "no such unit: " + row.shown("successor"));
    }
    if (cyclic[i]) {
      row.refuse("successor", ErrorCode::kConfigReference, "the successors form a cycle");
    }
  }
}

}  // namespace

void read_areas(std::string_view text, FileFindings& findings, Draft& draft) {
  CsvFile file;
  read_csv(text,
           {{"code", is_valid_area_code},
            {"parent", is_empty_or_area},
            {"level", is_level},
            {"name", is_name},
            {"valid_from", is_empty_or_time},
            {"valid_until", is_empty_or_time},
            {"succeeded_by", is_empty_or_area},
            {"source", is_source, true}},
           findings, file);
  std::vector<Area>& areas = draft.release.areas;
  for (const CsvRow& row : file.rows) {
    areas.push_back(read_area(row));
    draft.area_lines.push_back(row.field("code").place.line);
    std::string source = read_source(row, draft);
    const std::string code = areas.back().code.str();
    if (code.empty()) continue;
    draft.places.areas.emplace(code, row.field("code").place);
    if (!source.empty()) draft.places.area_sources.emplace(code, std::move(source));
  }
  check_area_references(areas, file.rows);
  draft.areas_read = file.readable;
  const bool nation = std::any_of(areas.begin(), areas.end(),
                                  [](const Area& area) { return area.code.view() == kNation; });
  if (file.readable && !nation) {
    findings.add({}, ErrorCode::kConfigMissing, "code", "the nation, 00, is missing");
  }
  areas.push_back({AreaCode(kAbroad), {}, Level::kNational, "Luar negeri", {}, {}});
}

void read_units(std::string_view text, FileFindings& findings, Draft& draft) {
  CsvFile file;
  read_csv(text,
           {{"id", is_valid_id},
            {"agency", is_valid_id},
            {"function", is_valid_id},
            {"level", is_level},
            {"areas", is_area_list},
            {"valid_from", is_empty_or_time},
            {"valid_until", is_empty_or_time},
            {"successor", is_empty_or_id},
            {"source", is_source, true}},
           findings, file);
  std::vector<Unit>& units = draft.release.units;
  for (const CsvRow& row : file.rows) {
    units.push_back(read_unit(row));
    draft.unit_lines.push_back(row.field("id").place.line);
    std::string source = read_source(row, draft);
    const std::string id = units.back().id.str();
    if (id.empty()) continue;
    draft.places.units.emplace(id, row.field("id").place);
    if (!source.empty()) draft.places.unit_sources.emplace(id, std::move(source));
  }
  check_unit_references(units, file.rows, draft);
  check_coverage(units, file.rows);
  draft.units_read = file.readable;
}

}  // namespace rujukan::routing
