#include "broker/routing/compile.h"

#include <algorithm>

#include "broker/base/limits.h"
#include "broker/routing/compile_parts.h"
#include "broker/routing/table.h"

namespace rujukan::routing {
namespace {

struct FileReader {
  std::string_view name;
  bool required;
  void (*read)(std::string_view text, FileFindings& findings, Draft& draft);
};

// In the order in which one file may refer to another.
constexpr FileReader kReaders[] = {
    {"legal_bases.toml", false, read_legal_bases},
    {"areas.csv", true, read_areas},
    {"permissions.toml", true, read_permissions},
    {"units.csv", true, read_units},
    {"routing.toml", true, read_rules},
    {"deadlines.toml", true, read_deadlines},
    {"administrators.csv", false, read_administrators},
    {"keys.csv", false, read_keys},
    {"stations.csv", false, read_stations},
};

// Keys and seconds are numbers themselves; the ids beside keys are looked at one by one.
bool holds_numbers(std::string_view file) {
  return file == "administrators.csv" || file == "keys.csv" || file == "stations.csv" ||
         file == "deadlines.toml";
}

void read_file(const FileReader& reader, const ConfigFiles& files, Findings& all, Draft& draft) {
  FileFindings findings(reader.name, all);
  const auto at = files.find(std::string(reader.name));
  if (at != files.end()) {
    if (!check_text(at->second, findings)) return;
    if (!holds_numbers(reader.name)) check_identity_numbers(at->second, findings);
    reader.read(at->second, findings, draft);
  } else if (reader.required) {
    findings.add({}, ErrorCode::kConfigMissing, "", "");
  }
}

// A directory that is not built for a log needs neither dates nor administrators.
void check_build(const BuildFacts& facts, const Release& release, Findings& all) {
  if (facts.log_origin.empty()) return;
  FileFindings findings("administrators.csv", all);
  if (facts.threshold == 0 || facts.threshold > release.administrators.size()) {
    findings.add({}, ErrorCode::kConfigValue, "threshold",
                 std::to_string(facts.threshold) + " signatures of " +
                     std::to_string(release.administrators.size()) + " administrators");
  }
}

void sort_lists(Release& release) {
  const auto sort_by = [](auto& list, auto id_of) {
    std::sort(list.begin(), list.end(),
              [&id_of](const auto& a, const auto& b) { return id_of(a) < id_of(b); });
  };
  sort_by(release.administrators, [](const Administrator& a) { return std::string_view(a.name); });
  sort_by(release.areas, [](const Area& a) { return a.code.view(); });
  sort_by(release.units, [](const Unit& u) { return u.id.view(); });
  sort_by(release.keys,
          [](const UnitKey& k) { return std::pair(k.unit.view(), std::string_view(k.key_id)); });
  sort_by(release.stations, [](const Station& s) { return s.id.view(); });
  sort_by(release.legal_bases, [](const LegalBasis& b) { return std::string_view(b.code); });
  sort_by(release.permissions, [](const Permission& p) { return p.agency.view(); });
}

}  // namespace

std::string Finding::to_string() const {
  std::string out = file;
  if (line != 0) out += ":" + std::to_string(line);
  if (column != 0) out += ":" + std::to_string(column);
  return out + ": " + rujukan::to_string(error);
}

Compiled compile(const ConfigFiles& files, const BuildFacts& facts) {
  Findings findings;
  Draft draft;
  for (const FileReader& reader : kReaders) read_file(reader, files, findings, draft);
  check_build(facts, draft.release, findings);
  std::vector<Finding> found = findings.take();
  if (!found.empty()) add_examples(draft, found);
  sort_lists(draft.release);
  draft.release.version = facts.version;
  draft.release.log_origin = facts.log_origin;
  draft.release.validity = facts.validity;
  draft.release.threshold = facts.threshold;
  if (found.empty()) {
    // What the readers let pass must be a table; anything else is for them to report.
    const auto table = RoutingTable::build(draft.release);
    if (!table) found.push_back({.error = table.error(), .file = "release"});
  }
  return {std::move(draft.release), std::move(found), std::move(draft.places)};
}

}  // namespace rujukan::routing
