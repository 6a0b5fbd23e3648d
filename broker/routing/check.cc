#include <algorithm>
#include <tuple>

#include "broker/routing/check_parts.h"
#include "broker/routing/table.h"

namespace rujukan::routing {
namespace {

std::size_t count(const CheckReport& report, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(report.findings.begin(), report.findings.end(),
                    [severity](const Finding& f) { return f.severity == severity; }));
}

void add_coverage(CheckedTable& table, const FunctionId& function) {
  const auto known = table.directory.function(function.view());
  INVARIANT(known.has_value());
  if (table.coverage.contains(*known)) return;
  table.coverage.emplace(*known, cover(table.release, table.directory, function));
}

void cover_functions(CheckedTable& table) {
  for (const Rule& rule : table.release.rules) {
    if (!rule.withheld) add_coverage(table, rule.function);
    for (const Inform& inform : rule.inform) add_coverage(table, inform.function);
  }
  for (const CaseInform& rule : table.release.case_informs) {
    add_coverage(table, rule.inform.function);
  }
}

void count_coverage(const CheckedTable& table, CheckCounts& counts) {
  counts.rules = table.release.rules.size();
  counts.functions = table.coverage.size();
  for (const auto& [function, coverage] : table.coverage) {
    counts.dates += coverage.dates;
    counts.area_lookups += coverage.lookups;
    counts.area_pairs += coverage.pairs;
  }
}

}  // namespace

std::size_t CheckReport::errors() const { return count(*this, Severity::kError); }
std::size_t CheckReport::warnings() const { return count(*this, Severity::kWarning); }

void CheckFindings::at_unit(const UnitId& id, Fault fault) {
  const auto at = places_.units.find(id.view());
  push("units.csv", at == places_.units.end() ? nullptr : &at->second, "unit " + id.str(),
       std::move(fault));
}

void CheckFindings::at_area(const AreaCode& code, Fault fault) {
  const auto at = places_.areas.find(code.view());
  push("areas.csv", at == places_.areas.end() ? nullptr : &at->second, "area " + code.str(),
       std::move(fault));
}

void CheckFindings::at_file(const char* file, std::string field, Fault fault) {
  static constexpr Place kWholeFile;
  push(file, places_.units.empty() ? nullptr : &kWholeFile, std::move(field), std::move(fault));
}

void CheckFindings::add(const char* file, const char* kind, const RuleId& id, Fault fault) {
  const auto at = places_.rules.find(id.view());
  push(file, at == places_.rules.end() ? nullptr : &at->second, kind + (" " + id.str()),
       std::move(fault));
}

void CheckFindings::push(const char* file, const Place* place, std::string field, Fault fault) {
  Finding finding{.error = {fault.code, std::move(field), std::move(fault.detail)},
                  .file = place == nullptr ? "release" : file,
                  .severity = fault.severity,
                  .example = std::move(fault.example)};
  if (place != nullptr) {
    finding.line = place->line;
    finding.column = place->column;
  }
  report_.findings.push_back(std::move(finding));
}

CheckFindings::Fault warning(ErrorCode code, std::string detail) {
  return {code, std::move(detail), std::nullopt, Severity::kWarning};
}

bool reads_areas(const Rule& rule, const CaseTraits& traits) {
  if (rule.level == Level::kNational || rule.anchors.empty()) return false;
  return !traits.suspect_abroad || rule.anchors.front() != Anchor::kSuspects;
}

Anchor first_anchor(const Rule& rule) {
  return rule.anchors.empty() ? Anchor::kVictims : rule.anchors.front();
}

const std::optional<Situation>& reached(const CheckedTable& table, std::uint32_t rule, bool areas) {
  return table.decisions.reached(
      rule, areas && first_anchor(table.release.rules[rule]) == Anchor::kSuspects);
}

std::string listed(const std::vector<std::string>& names, std::size_t total) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == total;
    out += (i == 0 ? "" : last ? " and " : ", ") + names[i];
  }
  if (total > names.size()) out += " and " + std::to_string(total - names.size()) + " more";
  return out;
}

std::string shown(const Validity& validity) {
  if (!validity.from && !validity.until) return "at any time";
  std::string out;
  if (validity.from) out += "from " + to_rfc3339(*validity.from);
  if (validity.until) out += (out.empty() ? "until " : " until ") + to_rfc3339(*validity.until);
  return out;
}

// Of several rules that cite one law each is told.
void check_citations(const Release& release, const SourcePlaces& places, TimeUs at,
                     CheckReport& report) {
  for (const SourcePlaces::Citation& citation : places.citations) {
    const auto basis = std::find_if(release.legal_bases.begin(), release.legal_bases.end(),
                                    [&](const LegalBasis& b) { return b.code == citation.code; });
    if (basis == release.legal_bases.end() || basis->validity.covers(at)) continue;
    Finding finding{.error = {ErrorCode::kTableLegalBasis, "rule " + citation.rule,
                              citation.code + " is in force " + shown(basis->validity)},
                    .file = "routing.toml",
                    .severity = Severity::kWarning};
    finding.line = citation.place.line;
    finding.column = citation.place.column;
    report.findings.push_back(std::move(finding));
  }
}

CheckReport check(const Release& release, const SourcePlaces& places, std::optional<TimeUs> at) {
  CheckReport report;
  if (at) check_citations(release, places, *at, report);
  CheckFindings findings(places, report);
  check_deadlines(release, findings);
  check_permissions(release, findings);
  check_dates(release, at ? at : release.validity.from, findings);
  check_names(release, findings);
  if (release.guarantees.empty()) {
    findings.at_file("routing.toml", "guarantee", warning(ErrorCode::kTableNoGuarantee, ""));
  }
  // Whatever a table must be to be built at all is checked where it is built.
  const auto built = RoutingTable::build(release);
  const auto directory = built ? Directory::build(release) : built.error();
  if (!directory) {
    findings.at_file("release", directory.error().field,
                     {directory.error().code, directory.error().detail});
    return report;
  }
  const FactSpace space(release);
  const DecisionTable decisions(release, space);
  CheckedTable table{release, *directory, space, decisions, {}};
  cover_functions(table);
  count_coverage(table, report.counts);
  check_double_coverage(table, findings);
  check_registry(release, at, findings);
  check_successors(table, findings);
  check_slips(table, findings);
  check_terminals(table, findings);
  check_owners(table, findings);
  check_reach(table, findings);
  check_overlaps(table, findings);
  check_classes(table, findings, report);
  const auto place = [](const Finding& f) {
    return std::tie(f.file, f.line, f.column, f.severity);
  };
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [&place](const Finding& a, const Finding& b) { return place(a) < place(b); });
  return report;
}

}  // namespace rujukan::routing
