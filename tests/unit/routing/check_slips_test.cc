// What typing errors do to a configuration, each made as an administrator makes it: warned of, and
// nothing is said of what only looks like one.
#include "tests/unit/routing/checked.h"

namespace rujukan::routing {
namespace {

using Code = ErrorCode;

// "file:line field: detail" of the findings of the code, which are warnings.
Texts warned(const CheckReport& report, Code code) {
  Texts out;
  for (const Finding& finding : report.findings) {
    if (finding.error.code != code) continue;
    CHECK(finding.severity == Severity::kWarning);
    out.push_back(finding.file + ":" + std::to_string(finding.line) + " " + finding.error.field +
                  ": " + finding.error.detail);
  }
  return out;
}

CheckReport report_of(const ConfigFiles& files, const char* at = "2026-06-01") {
  const Compiled compiled = compile(files, {});
  for (const Finding& finding : compiled.findings) FAIL(finding.to_string());
  return check(compiled.release, compiled.places, parse_time(at));
}

Texts warned(const ConfigFiles& files, Code code) { return warned(report_of(files), code); }

ConfigFiles national(const std::string& file, const std::string& old_text,
                     const std::string& text) {
  return replaced(national_files(), file, old_text, text);
}

void replace_all(std::string& text, const std::string& old_text, const std::string& new_text) {
  std::size_t at = text.find(old_text);
  REQUIRE(at != std::string::npos);
  for (; at != std::string::npos; at = text.find(old_text, at + new_text.size())) {
    text.replace(at, old_text.size(), new_text);
  }
}

TEST_CASE("no slip is seen in the national configuration") {
  const CheckReport report = report_of(national_files());
  CHECK(report.errors() == 0);
  CHECK(report.warnings() == 5);
  for (const Finding& finding : report.findings) {
    CHECK(finding.error.code == Code::kTableOverlap);
  }
}

// Functions.

TEST_CASE("a function misspelt for one unit is warned of, and its area lacks a unit") {
  const ConfigFiles files = national("units.csv", "uptd-ppa.33,service_centre,protection,",
                                     "uptd-ppa.33,service_centre,protecton,");
  const CheckReport report = report_of(files);
  CHECK(warned(report, Code::kTableSpelling) ==
        Texts{"units.csv:633 unit uptd-ppa.33: \"protecton\" for \"protection\"?"});
  CHECK(warned(report, Code::kTableMissingUnit) ==
        Texts{"areas.csv:202 area 33: no unit of protection at level province; 33 of its 34 "
              "neighbours have one"});
  CHECK(warned(report, Code::kTableUnused).empty());
}

TEST_CASE("a function misspelt for all provincial centres is one warning that counts them") {
  ConfigFiles files = national_files();
  replace_all(files["units.csv"], ",service_centre,protection,province,",
              ",service_centre,protektion,province,");
  CHECK(warned(files, Code::kTableSpelling) ==
        Texts{"units.csv:621 unit uptd-ppa.11: \"protektion\" for \"protection\"? 33 other units "
              "have it too"});
}

TEST_CASE("signs and exchanged letters are spelling") {
  for (const char* misspelt :
       {"investigation-cyber", "investigation_cyber", "investigationcyber", "investigation.cybre",
        "investigation.siber", "investigations.cyber"}) {
    CAPTURE(misspelt);
    const auto files = national("units.csv", "investigation.cyber,province,11,",
                                std::string(misspelt) + ",province,11,");
    CHECK(warned(files, Code::kTableSpelling).size() == 1);
  }
}

TEST_CASE("a function that no rule or inform names and that is like none is warned of") {
  ConfigFiles files = total();
  files["units.csv"] +=
      "nurse,care,counselling,regency,11.01,,,\n"
      "nurses,care,counselling,province,11,,,\n";
  CHECK(warned(files, Code::kTableUnused) ==
        Texts{"units.csv:7 unit nurse: \"counselling\"; another unit has it too"});
  // Whoever may not own only sends and watches.
  files = total();
  files["units.csv"] += "help,kpai,hotline,national,00,,,\n";
  CHECK(warned(files, Code::kTableUnused).empty());
  files = extended("routing.toml",
                   "[[inform]]\nid = \"K1\"\nfunction = \"counselling\"\nlevel = \"national\"\n");
  files["units.csv"] += "nurse,care,counselling,national,00,,,\n";
  CHECK(warned(files, Code::kTableUnused).empty());
}

// Areas.

TEST_CASE("a city without a centre among cities that have one is warned of") {
  const auto files = national(
      "units.csv", "uptd-ppa.32.77,service_centre,protection,regency,32.77,,,,assumed\n", "");
  CHECK(warned(files, Code::kTableMissingUnit) ==
        Texts{"areas.csv:199 area 32.77: no unit of protection at level regency; 8 of its 9 "
              "neighbours have one"});
}

TEST_CASE("an area whose unit lists a neighbour by a slip of the pen is warned of") {
  // 33.07 is left out and nobody notices: the unit ends up beside that of the province.
  const auto files =
      national("units.csv", "investigation.ppa,regency,33.07,", "investigation.ppa,regency,33,");
  CHECK(warned(files, Code::kTableMissingUnit).empty());  // it lists all of the province
  CHECK(warned(files, Code::kTableIdArea) ==
        Texts{"units.csv:265 unit polri.polres.33.07.ppa: the id says 33.07, it lists 33"});
}

TEST_CASE("areas that are few among many without a unit are no slip") {
  // One of two, one of one, and half of four.
  const auto lacking = [](const char* cities, const char* units) {
    ConfigFiles files = total();
    files["areas.csv"] += cities;
    files["units.csv"] += units;
    return warned(files, Code::kTableMissingUnit).size();
  };
  const std::string two = "11.71,11,regency,A,,,\n11.72,11,regency,B,,,\n";
  const std::string first = "a,police,investigation,regency,11.71,,,\n";
  CHECK(lacking(two.c_str(), first.c_str()) == 0);
  const std::string three = two + "11.73,11,regency,C,,,\n";
  const std::string second = first + "b,police,investigation,regency,11.72,,,\n";
  CHECK(lacking(three.c_str(), second.c_str()) == 1);
  const std::string four = three + "11.74,11,regency,D,,,\n";
  CHECK(lacking(four.c_str(), second.c_str()) == 0);
  // One that begins later than its neighbours has a reason of its own.
  CHECK(lacking((two + "11.73,11,regency,C,2026-01-01,,\n").c_str(), second.c_str()) == 0);
}

TEST_CASE("a unit that does not list the area of its id is warned of") {
  CHECK(warned(national("units.csv", "uptd-ppa.32.77,service_centre,protection,regency,32.77,",
                        "uptd-ppa.32.77,service_centre,protection,regency,32.17,"),
               Code::kTableIdArea) ==
        Texts{"units.csv:695 unit uptd-ppa.32.77: the id says 32.77, it lists 32.17"});
  CHECK(warned(national("units.csv", "dinsos.93,social_affairs,social_rehabilitation,province,93,",
                        "dinsos.93,social_affairs,social_rehabilitation,province,93.01 93.02,"),
               Code::kTableIdArea) ==
        Texts{"units.csv:784 unit dinsos.93: the id says 93, it lists 93.01 and 93.02"});
}

TEST_CASE("numbers of an id that are no areas by the habit of other ids say nothing") {
  ConfigFiles files = total();
  files["units.csv"] +=
      "team.11,police,investigation,regency,11,,,\nteam.12.a,care,protection,"
      "province,11,,,\n";
  CHECK(warned(files, Code::kTableIdArea).empty());
  // And one that lists what replaced the area of its id stays as it is named.
  files = total();
  files["units.csv"] += "polres.11.02,police,investigation,province,11.01,,,\n";
  CHECK(warned(files, Code::kTableIdArea).empty());
}

TEST_CASE("ids that are all one line too far are listed up to a bound") {
  ConfigFiles files = total();
  for (int i = 10; i < 60; ++i) {
    const std::string code = "11." + std::to_string(i);
    const std::string next = "11." + std::to_string(i == 59 ? 10 : i + 1);
    files["areas.csv"] += code + ",11,regency,X,,,\n";
    files["units.csv"] += "polres." + code + ",police,investigation,regency," + next + ",,,\n";
  }
  const Texts found = warned(files, Code::kTableIdArea);
  REQUIRE(found.size() == 21);
  CHECK(found.front() == "units.csv:0 unit: and 30 more units");
}

// Successors.

TEST_CASE("a successor of another function or area or agency is warned of") {
  const auto succeeded_by = [](const std::string& unit) {
    ConfigFiles files = changed("units.csv", "post,police,investigation,regency,11.01,,,",
                                "post,police,investigation,regency,11.01,,2027-01-01,next");
    files["areas.csv"] += "11.03,11,regency,Kabupaten C,,,\n";
    files["units.csv"] += "next," + unit + ",2027-01-01,,\n";
    return warned(files, Code::kTableSuccessor);
  };
  CHECK(succeeded_by("police,investigation,regency,11.01").empty());
  CHECK(succeeded_by("police,investigation,regency,11.01 11.03").empty());
  CHECK(succeeded_by("police,investigation,regency,11.03") ==
        Texts{"units.csv:4 unit post: next has no area of it"});
  CHECK(succeeded_by("care,investigation,regency,11.01") ==
        Texts{"units.csv:4 unit post: next is of agency care"});
  CHECK(succeeded_by("care,protection,regency,11.03") ==
        Texts{"units.csv:4 unit post: next has function protection, is of agency care, has no area "
              "of it"});
}

TEST_CASE("a wider or narrower successor and one of a replaced area are no slip") {
  // A centre that is downgraded to that of a city, and a post whose regency has a new code.
  ConfigFiles files = national("units.csv", "uptd-ppa.32,service_centre,protection,province,32,,,",
                               "uptd-ppa.32,service_centre,protection,province,32,,2027-03-01,"
                               "uptd-ppa.32.73");
  files["units.csv"] +=
      "old.91.01,police,investigation.ppa,regency,91.01,,2022-07-25,polri.polres.93.01.ppa,"
      "assumed\n"
      "old.33,police,investigation.ppa,province,33.01,,2022-07-25,polri.bareskrim.ppa,assumed\n";
  CHECK(warned(files, Code::kTableSuccessor).empty());
}

// Dates.

TEST_CASE("a date far from now is warned of") {
  CHECK(warned(national("units.csv", "uptd-ppa.33,service_centre,protection,province,33,",
                        "uptd-ppa.33,service_centre,protection,province,33,2062-07-01"),
               Code::kTableDate) ==
        Texts{"units.csv:633 unit uptd-ppa.33: valid_from is 2062-07-01T00:00:00.000000Z"});
  CHECK(warned(national("units.csv", "uptd-ppa.33,service_centre,protection,province,33,",
                        "uptd-ppa.33,service_centre,protection,province,33,1992-07-01"),
               Code::kTableDate)
            .size() == 1);
  CHECK(warned(
            national("areas.csv", "Kabupaten Merauke,,2022-07-25", "Kabupaten Merauke,,2222-07-25"),
            Code::kTableDate) ==
        Texts{"areas.csv:508 area 91.01: valid_until is 2222-07-25T00:00:00.000000Z"});
  CHECK(warned(national("legal_bases.toml", "valid_from = \"2026-01-02\"",
                        "valid_from = \"2206-01-02\""),
               Code::kTableDate)
            .size() == 1);
}

TEST_CASE("a date years after now and the others of its file is warned of") {
  const auto begins = [](const std::string& date, const std::string& more = "") {
    ConfigFiles files = changed("units.csv", "post,police,investigation,regency,11.01,",
                                "post,police,investigation,regency,11.01," + date);
    files["units.csv"] += more;
    return warned(files, Code::kTableDate).size();
  };
  CHECK(begins("2027-01-01") == 0);
  CHECK(begins("2031-01-01") == 0);
  CHECK(begins("2037-01-01") == 1);
  CHECK(begins("2037-01-01", "other,police,investigation,province,11.01,2037-02-01,,\n") == 0);
}

TEST_CASE("when an old law or place began is history") {
  ConfigFiles files =
      national("areas.csv", "36,00,province,Banten,", "36,00,province,Banten,2000-10-04");
  CHECK(warned(files, Code::kTableDate).empty());
  files = national("legal_bases.toml", "valid_until = \"2026-01-02\"",
                   "valid_from = \"1981-12-31\"\nvalid_until = \"2026-01-02\"");
  CHECK(warned(files, Code::kTableDate).empty());
}

TEST_CASE("the dates of a built release are held against its beginning") {
  Compiled compiled = compile(national_files(), {});
  Release& release = compiled.release;
  release.units.front().validity.from = day("2062-07-01");
  CHECK(warned(check(release), Code::kTableDate).empty());
  release.validity.from = day("2026-06-01");
  CHECK(warned(check(release), Code::kTableDate).size() == 1);
}

// Names.

TEST_CASE("characters that nobody sees and mixed directions in names are warned of") {
  const auto named = [](const std::string& name) {
    return warned(changed("areas.csv", "Aceh", name), Code::kTableName);
  };
  CHECK(named("Aceh\xE2\x80\x8B") == Texts{"areas.csv:3 area 11: U+200B at character 5"});
  CHECK(named("A\xE2\x80\xAE"
              "ceh") == Texts{"areas.csv:3 area 11: U+202E at character 2"});
  for (const char* hidden : {"\xC2\xAD", "\xC2\xA0", "\xC2\x85", "\x7F", "\xE2\x80\xA8",
                             "\xE2\x81\xA6", "\xEF\xBB\xBF", "\xF3\xA0\x81\x81", "\xEF\xB8\x8F"}) {
    CHECK(named(std::string("Ac") + hidden + "eh").size() == 1);
  }
  CHECK(named("Aceh \xD7\xA9\xD7\x9C") ==
        Texts{"areas.csv:3 area 11: letters of two directions, from U+05E9 at character 6 on"});
  CHECK(named("\xD7\xA9\xD7\x9C").empty());
  CHECK(named("Kab. Fakfak \xC3\xA9 (kota) \xE2\x82\xAC \xE4\xB8\xAD").empty());
  CHECK(
      warned(national("legal_bases.toml", "Pornografi", "Porno\xE2\x80\x8Dgrafi"), Code::kTableName)
          .size() == 1);
}

// Guarantees and deadlines.

TEST_CASE("a table without any guarantee is warned of") {
  CHECK(warned(total(), Code::kTableNoGuarantee).empty());
  ConfigFiles files = national_files();
  std::string& rules = files["routing.toml"];
  rules.resize(rules.find("[[guarantee]]"));
  CHECK(warned(files, Code::kTableNoGuarantee) == Texts{"routing.toml:0 guarantee: "});
}

TEST_CASE("deadlines of seconds are warned of") {
  CHECK(warned(national("deadlines.toml", "= 3600", "= 60"), Code::kTableDeadline).empty());
  CHECK(warned(national("deadlines.toml", "= 3600", "= 1"), Code::kTableDeadline) ==
        Texts{"deadlines.toml:0 immediate_accept_within_s: 1 s"});
}

}  // namespace
}  // namespace rujukan::routing
