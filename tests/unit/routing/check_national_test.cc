// The default configuration is proved, and each change that breaks one of its promises is caught.
#include <algorithm>
#include <random>

#include "tests/unit/routing/checked.h"

namespace rujukan::routing {
namespace {

ConfigFiles national(const std::string& file, const std::string& old_text,
                     const std::string& text) {
  return replaced(national_files(), file, old_text, text);
}

// The ids of the guarantees that do not hold; each has an example that the table routes.
Texts broken(const ConfigFiles& files) {
  const Checked checked(files);
  Texts out;
  for (const auto& guarantee : checked.report.guarantees) {
    if (!guarantee.holds) out.push_back(guarantee.id.str());
  }
  for (const Finding& finding : checked.report.findings) {
    if (finding.error.code != ErrorCode::kTableGuarantee) continue;
    REQUIRE(finding.example.has_value());
    REQUIRE(checked.table->route(finding.example->facts, finding.example->at).ok());
  }
  return out;
}

TEST_CASE("the national configuration has no errors and every guarantee holds") {
  const Checked checked(national_files());
  CHECK(checked.report.errors() == 0);
  Texts guarantees;
  for (const auto& guarantee : checked.report.guarantees) {
    CHECK(guarantee.holds);
    guarantees.push_back(guarantee.id.str() + " " + std::to_string(guarantee.combinations));
  }
  CHECK(guarantees == Texts{"G1 18432", "G2 221184", "G5 73728", "G3 49152", "G4 221184"});
  // 580 codes, abroad and the replaced ones included, at two dates of replacement.
  CHECK(checked.report.counts ==
        CheckCounts{216, 2160, 221184, 9, 27, 27 * 580 * 3, 27 * (580 * 581 / 2), 11});
}

TEST_CASE("a law that the configuration cites and that is not in force is warned of") {
  const auto warnings = [](const ConfigFiles& files, const char* at) {
    const Compiled compiled = compile(files, {});
    REQUIRE(compiled.findings.empty());
    Texts out;
    for (const Finding& finding :
         check(compiled.release, compiled.places, parse_time(at)).findings) {
      if (finding.error.code != ErrorCode::kTableLegalBasis) continue;
      CHECK(finding.severity == Severity::kWarning);
      CHECK(finding.file == "routing.toml");
      CHECK(finding.line > 0);
      out.push_back(finding.error.field + ": " + finding.error.detail);
    }
    return out;
  };
  CHECK(warnings(national_files(), "2026-06-01").empty());
  CHECK(warnings(national_files(), "2026-01-01") ==
        Texts{"rule I4: uu-20-2025 is in force from 2026-01-02T00:00:00.000000Z"});
  const ConfigFiles old = national("routing.toml", "uu-20-2025", "uu-8-1981");
  CHECK(warnings(old, "2026-01-02") ==
        Texts{"rule I4: uu-8-1981 is in force until 2026-01-02T00:00:00.000000Z"});
  CHECK(warnings(old, "2025-12-31").empty());
}

TEST_CASE("the only warnings of the national configuration are its exceptions") {
  Texts overlaps;
  for (const Finding& finding : Checked(national_files()).report.findings) {
    CHECK(finding.error.code == ErrorCode::kTableOverlap);
    overlaps.push_back(finding.error.field + " " + finding.error.detail);
  }
  CHECK(overlaps == Texts{"rule I1 investigation: it goes before I2",
                          "rule I1 investigation: it goes before I3",
                          "rule I1 investigation: it goes before I4",
                          "rule I2 investigation: it goes before I3",
                          "rule M1 medical: it goes before M2"});
}

TEST_CASE("a built release is checked like the configuration that it is built from") {
  const Compiled compiled = compile(national_files(), {});
  const CheckReport with_places = check(compiled.release, compiled.places);
  const CheckReport without = check(compiled.release);
  CHECK(without.counts == with_places.counts);
  REQUIRE(without.findings.size() == with_places.findings.size());
  CHECK(with_places.findings[0].file == "routing.toml");
  for (std::size_t i = 0; i < without.findings.size(); ++i) {
    CHECK(without.findings[i].file == "release");
    CHECK(without.findings[i].error == with_places.findings[i].error);
    CHECK(without.findings[i].example == with_places.findings[i].example);
  }
}

TEST_CASE("police in the chain of an adult who does not want them break the first guarantee") {
  CHECK(broken(national("routing.toml", "id = \"M1\"\nneeds = [\"medical\"]",
                        "id = \"M1\"\nneeds = [\"shelter\"]")) == Texts{"G1"});
  CHECK(broken(national("routing.toml", "withheld = true",
                        "function = \"investigation.ppa\"\nlevel = \"national\"")) == Texts{"G1"});
  // And a police unit that would only be informed.
  CHECK(broken(national("routing.toml", "function = \"takedown\"\nlevel = \"national\"",
                        "function = \"takedown\"\nlevel = \"national\"\ninform = [{ function = "
                        "\"investigation.ppa\", level = \"regency\", of = \"incidents\" }]")) ==
        Texts{"G1"});
}

TEST_CASE("a case of the commission breaks the second guarantee") {
  CHECK(broken(national("units.csv", "polri.pusdokkes,police", "polri.pusdokkes,kpai")) ==
        Texts{"G2", "G5"});
}

TEST_CASE("another owner of a child's online case breaks the third guarantee") {
  CHECK(broken(national("routing.toml", "\"investigation\", \"protection\"]\n\n[[implied]]",
                        "\"protection\"]\n\n[[implied]]")) == Texts{"G3"});
  CHECK(broken(national("units.csv", "polri.polda.jambi.siber,police",
                        "polri.polda.jambi.siber,women_child_ministry")) == Texts{"G3"});
}

TEST_CASE("chains that do not end as the fourth guarantee says break it") {
  CHECK(broken(national("routing.toml", "terminal_level = [\"national\"]",
                        "terminal_level = [\"province\", \"regency\"]")) == Texts{"G4"});
}

TEST_CASE("a referral that names a replaced code is covered through its successor") {
  // 91.03, Jayapura, went to the new province; only its own regency unit is the commission's.
  const auto files =
      national("units.csv", "polri.polres.91.03.ppa,police", "polri.polres.91.03.ppa,kpai");
  CHECK(broken(files) == Texts{"G2", "G5"});
}

TEST_CASE("ten thousand rules and a thousand dates are checked whole") {
  Compiled compiled = compile(national_files(), {});
  Release& release = compiled.release;
  std::mt19937_64 random(3);
  const std::vector<Rule> originals = release.rules;
  release.rules.clear();
  const auto pick = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int i = 0; i < 10'000; ++i) {
    Rule rule = originals[pick(originals.size())];
    rule.id = RuleId("X" + std::to_string(i));
    rule.when.any_category = {static_cast<Category>(pick(4)), static_cast<Category>(4 + pick(4))};
    rule.when.urgency = {static_cast<Urgency>(pick(3))};
    release.rules.push_back(rule);
  }
  release.rules.insert(release.rules.end(), originals.begin(), originals.end());
  const std::vector<Unit> units = release.units;
  std::size_t split = 0;
  for (std::size_t i = 0; i < units.size() && split < 500; ++i) {
    if (units[i].level != Level::kRegency) continue;
    Unit next = units[i];
    next.id = UnitId(next.id.str() + ".next");
    next.validity.from = kNow + std::chrono::hours(split++);
    for (Unit& unit : release.units) {
      if (unit.id != units[i].id) continue;
      unit.validity.until = next.validity.from;
      unit.successor = next.id;
    }
    next.validity.until = *next.validity.from + std::chrono::days(365);
    next.successor = UnitId("polri.bareskrim.ppa");
    release.units.push_back(next);
  }
  std::sort(release.units.begin(), release.units.end(),
            [](const Unit& a, const Unit& b) { return a.id < b.id; });
  const CheckReport report = check(release);
  CHECK(report.counts.dates >= 1000);
  CHECK(report.counts.rules == 10'011);
  CHECK(report.counts.classes == 216 * 256);
  CHECK(report.guarantees.size() == 5);
}

}  // namespace
}  // namespace rujukan::routing
