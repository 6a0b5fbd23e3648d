#include "tests/sim/releases.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "broker/base/limits.h"
#include "broker/routing/check.h"
#include "broker/routing/compile.h"
#include "broker/runtime/file.h"

namespace rujukan::sim {
namespace {

constexpr const char* kAreas =
    "code,parent,level,name,valid_from,valid_until,succeeded_by\n"
    "00,,national,Nation,,,\n"
    "11,00,province,North,,,\n"
    "11.01,11,regency,North A,,,\n"
    "11.02,11,regency,North B,,,\n"
    "12,00,province,South,,,\n"
    "12.01,12,regency,South A,,,\n"
    "12.02,12,regency,South B,,,\n";

constexpr const char* kHead = "id,agency,function,level,areas,valid_from,valid_until,successor\n";

// Of every release.
constexpr const char* kNation =
    "nation.ppa,police,investigation.ppa,national,00,,,\n"
    "nation.siber,police,investigation.cyber,national,00,,,\n"
    "nation.medical,police,medical,national,00,,,\n"
    "nation.centre,women_child_ministry,protection,national,00,,,\n"
    "nation.social,social_affairs,social_rehabilitation,national,00,,,\n"
    "nation.takedown,communications_ministry,takedown,national,00,,,\n"
    "nation.prosecution,prosecutor,prosecution,national,00,,,\n"
    "nation.witness,witness_protection,witness_protection,national,00,,,\n"
    "kpai,kpai,oversight,national,00,,,\n"
    "11.siber,police,investigation.cyber,province,11,,,\n"
    "11.ppa,police,investigation.ppa,province,11,,,\n"
    "11.01.ppa,police,investigation.ppa,regency,11.01,,,\n"
    "11.02.ppa,police,investigation.ppa,regency,11.02,,,\n"
    "12.ppa,police,investigation.ppa,province,12,,,\n"
    "11.medical,police,medical,province,11,,,\n"
    "11.social,social_affairs,social_rehabilitation,province,11,,,\n"
    "11.prosecution,prosecutor,prosecution,province,11,,,\n";

// Nothing begins or ends.
constexpr const char* kSteady =
    "12.siber,police,investigation.cyber,province,12,,,\n"
    "12.01.ppa,police,investigation.ppa,regency,12.01,,,\n"
    "12.02.ppa,police,investigation.ppa,regency,12.02,,,\n"
    "11.centre,service_centre,protection,province,11,,,\n"
    "11.01.centre,service_centre,protection,regency,11.01,,,\n"
    "12.centre,service_centre,protection,province,12,,,\n";

// Each kind of end and beginning, while time passes.
constexpr const char* kDated =
    "12.siber,police,investigation.cyber,province,12,,2027-01-01,12.siber.two\n"
    "12.siber.two,police,investigation.cyber,province,12,2027-01-01,2029-01-01,12.siber.three\n"
    "12.siber.three,police,investigation.cyber,province,12,2029-01-01,,\n"
    "12.01.ppa,police,investigation.ppa,regency,12.01,,2026-06-03,12.ppa\n"
    "12.02.ppa,police,investigation.ppa,regency,12.02,,2026-07-01,\n"
    "11.centre,service_centre,protection,province,11,,2028-01-01,\n"
    "11.01.centre,service_centre,protection,regency,11.01,2026-06-02,2026-06-10,11.centre\n"
    "12.centre,service_centre,protection,province,12,2026-06-05,,\n";

// Units of other releases have ended long ago.
constexpr const char* kEnded =
    "12.siber.three,police,investigation.cyber,province,12,2020-01-01,,\n"
    "12.siber,police,investigation.cyber,province,12,,2020-01-01,12.siber.three\n"
    "12.01.ppa,police,investigation.ppa,regency,12.01,,2020-01-01,12.02.ppa\n"
    "12.02.ppa,police,investigation.ppa,regency,12.02,,,\n"
    "11.centre,service_centre,protection,province,11,,2020-01-01,11.centre.two\n"
    "11.centre.two,women_child_ministry,protection,province,11,2020-01-01,,\n"
    "11.01.centre,service_centre,protection,regency,11.01,,2020-01-01,\n";

// Few are left.
constexpr const char* kFew =
    "12.02.ppa,police,investigation.ppa,regency,12.02,,,\n"
    "12.centre,service_centre,protection,province,12,,,\n";

std::string config_file(const char* name) {
  const std::string path = std::string(RUJUKAN_SOURCE_DIR "/config/") + name;
  auto text = read_file(path, limits::kConfigFileBytes);
  if (!text) std::abort();
  return *std::move(text);
}

Release compiled(std::uint32_t version, const char* units) {
  routing::ConfigFiles files;
  files["areas.csv"] = kAreas;
  files["units.csv"].append(kHead).append(kNation).append(units);
  for (const char* name :
       {"routing.toml", "permissions.toml", "deadlines.toml", "legal_bases.toml"}) {
    files[name] = config_file(name);
  }
  const Validity validity{parse_time("2020-01-01"), parse_time("2035-01-01")};
  routing::Compiled compiled =
      routing::compile(files, {ReleaseVersion{version}, "log.example/sim", validity, 1});
  for (const auto& finding : compiled.findings) {
    // Nobody signs it.
    if (finding.file == "administrators.csv") continue;
    std::fprintf(stderr, "release %u: %s\n", version, finding.to_string().c_str());
    std::abort();
  }
  return std::move(compiled.release);
}

Rule& rule(Release& release, const char* id) {
  const auto at = std::find_if(release.rules.begin(), release.rules.end(),
                               [id](const Rule& r) { return r.id.view() == id; });
  if (at == release.rules.end()) std::abort();
  return *at;
}

// As activation demands, and harsher: units may end without a successor, which it refuses.
void require_total(const Release& release) {
  for (const auto& finding : routing::check(release).findings) {
    const bool allowed = finding.severity != routing::Severity::kError ||
                         finding.error.code == ErrorCode::kTableNoSuccessor ||
                         finding.error.code == ErrorCode::kConfigMissing;  // nobody connects here
    if (allowed) continue;
    std::fprintf(stderr, "%s\n", finding.to_string().c_str());
    std::abort();
  }
}

// An id may end but never vanish: those that other releases list ended long ago.
void end_all_others(std::vector<Release>& releases) {
  std::map<UnitId, Unit> ended;
  for (const Release& release : releases) {
    for (const Unit& unit : release.units) ended.emplace(unit.id, unit);
  }
  for (auto& [id, unit] : ended) {
    unit.validity.until = parse_time("2020-01-01");
    unit.successor = {};
  }
  for (Release& release : releases) {
    std::map<UnitId, Unit> units = ended;
    for (const Unit& unit : release.units) units[unit.id] = unit;
    release.units.clear();
    for (auto& [id, unit] : units) release.units.push_back(std::move(unit));
  }
}

}  // namespace

std::vector<Table> releases() {
  std::vector<Release> all;
  all.push_back(compiled(1, kSteady));
  all.push_back(compiled(2, kDated));
  all.push_back(compiled(3, kEnded));
  all.push_back(compiled(4, kFew));
  // Everything offline rises to the province, everything online to the nation.
  all.push_back(compiled(5, kSteady));
  rule(all.back(), "I4").level = Level::kProvince;
  rule(all.back(), "I3").level = Level::kNational;
  rule(all.back(), "P1").anchors = {Anchor::kIncidents, Anchor::kVictims};
  // Another function investigates, and there is less time.
  all.push_back(compiled(6, kDated));
  rule(all.back(), "I4").function = FunctionId("investigation.cyber");
  rule(all.back(), "I4").level = Level::kProvince;
  all.back().deadlines.routine_accept_within_s = 600;
  // Nobody is promised to be kept out, and nothing is withheld.
  all.push_back(compiled(7, kSteady));
  std::erase_if(all.back().guarantees, [](const Guarantee& guarantee) {
    return guarantee.id.view() != "G2" && guarantee.id.view() != "G4";
  });
  std::erase_if(all.back().rules, [](const Rule& r) { return r.id.view() == "I1"; });
  end_all_others(all);
  std::vector<Table> tables;
  for (Release& release : all) {
    require_total(release);
    const routing::RoutingTable* before = tables.empty() ? nullptr : tables.back().get();
    auto table = routing::RoutingTable::build(std::move(release), before);
    if (!table) std::abort();
    tables.push_back(*table);
  }
  return tables;
}

}  // namespace rujukan::sim
