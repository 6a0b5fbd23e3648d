#include "broker/routing/compile.h"

#include <algorithm>

#include "broker/base/limits.h"
#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {
namespace {

TEST_CASE("the small configuration compiles") { CHECK(findings(small()) == Texts{}); }

TEST_CASE("a finding reads as file and line and column and error") {
  const auto compiled = compile(edited("units.csv", "post,police", "post,army"), {});
  REQUIRE(compiled.findings.size() == 1);
  CHECK(
      compiled.findings[0].to_string() ==
      "units.csv:3:6: config.reference: agency: the id that is referred to does not exist (not in "
      "permissions.toml: \"army\")");
}

TEST_CASE("every finding is reported in the order of files and lines") {
  ConfigFiles files = edited("units.csv", "regency,11.01", "regency,11.99");
  files["areas.csv"] += "1x,00,province,X,,,\n12,00,province,,,,\n";
  files["deadlines.toml"] = "urgent_accept_within_s = 0\n";
  CHECK(findings(files) == Texts{"areas.csv:6:1 config.value code",
                                 "areas.csv:7:16 config.missing name",
                                 "deadlines.toml:1:1 config.missing immediate_accept_within_s",
                                 "deadlines.toml:1:1 config.missing routine_accept_within_s",
                                 "deadlines.toml:1:26 config.value urgent_accept_within_s",
                                 "units.csv:3:35 config.reference areas"});
}

// Texts.

TEST_CASE("each required file must be there") {
  for (const auto& [name, text] : small()) {
    ConfigFiles files = small();
    files.erase(name);
    CHECK(findings(files) == Texts{name + ":0:0 config.missing "});
  }
}

TEST_CASE("an empty file is refused") {
  for (const auto& [name, text] : small()) {
    if (name == "permissions.toml") continue;  // no agency: the units say so
    CHECK_FALSE(findings(with(name, "")).empty());
  }
  CHECK(findings(with("permissions.toml", "")).size() == 3);
}

TEST_CASE("a byte order mark and carriage returns and NULs are refused at their place") {
  for (const auto& [name, text] : small()) {
    CHECK(findings(with(name, "\xEF\xBB\xBF" + text)) == Texts{name + ":1:1 config.syntax "});
    std::string crlf = text;
    crlf.insert(crlf.find('\n'), "\r");
    const std::string column = std::to_string(text.find('\n') + 1);
    CHECK(findings(with(name, crlf)) == Texts{name + ":1:" + column + " config.syntax "});
    std::string nul = text;
    nul.insert(text.find('\n') + 3, 1, '\0');
    CHECK(findings(with(name, nul)) == Texts{name + ":2:3 config.syntax "});
  }
}

TEST_CASE("text that is not UTF-8 is refused at its place") {
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\xC3"}) {
    CHECK(findings(edited("areas.csv", "Aceh", std::string("A") + bad)) ==
          Texts{"areas.csv:3:17 config.syntax "});
  }
  CHECK(findings(edited("areas.csv", "Aceh", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")).empty());
}

TEST_CASE("a file over the limit is refused unread") {
  CHECK(findings(with("units.csv", std::string(limits::kConfigFileBytes + 1, '\n'))) ==
        Texts{"units.csv:0:0 config.too_large "});
}

TEST_CASE("a file that is wrong in every line reports a bounded number of findings") {
  std::string text = small()["areas.csv"];
  for (int i = 0; i < 30'000; ++i) text += "x\n";
  const auto compiled = compile(with("areas.csv", text), {});
  CHECK(compiled.findings.size() == 10'001);
}

// CSV.

TEST_CASE("columns may stand in any order") {
  const auto files = with("areas.csv",
                          "parent,code,name,level,valid_from,valid_until,succeeded_by\n"
                          ",00,Indonesia,national,,,\n"
                          "00,11,Aceh,province,,,\n"
                          "11,11.01,Kabupaten A,regency,,,\n");
  CHECK(findings(files) == Texts{});
}

TEST_CASE("unknown and missing and repeated columns are refused") {
  CHECK(findings(edited("areas.csv", "name,", "nama,")) ==
        Texts{"areas.csv:1:0 config.missing name", "areas.csv:1:19 config.unknown_key "});
  CHECK(findings(edited("units.csv", "areas,", "areas,areas,")) ==
        Texts{"units.csv:1:32 config.duplicate areas"});
}

TEST_CASE("a row with too few or too many values is refused") {
  CHECK(findings(appended("areas.csv", "12,00,province\n13,00,province,X,,,,\n")) ==
        Texts{"areas.csv:6:0 config.syntax ", "areas.csv:7:0 config.syntax "});
}

// "LINE:COLUMN DETAIL" of the first finding.
std::string first(const ConfigFiles& files) {
  const auto found = compile(files, {}).findings;
  if (found.empty()) return "none";
  return std::to_string(found[0].line) + ":" + std::to_string(found[0].column) + " " +
         std::string(name_of(found[0].error.code)) + " " + found[0].error.detail;
}

TEST_CASE("semicolons and tabs between columns are called by name") {
  for (const auto& [sign, name] : {std::pair(';', "semicolons"), std::pair('\t', "tabs")}) {
    for (const char* file : {"areas.csv", "units.csv"}) {
      ConfigFiles files = small();
      std::replace(files[file].begin(), files[file].end(), ',', sign);
      const auto found = compile(files, {}).findings;
      REQUIRE(found.size() == 1);
      CHECK(first(files) == std::string("1:1 config.syntax columns are separated by ") + name +
                                "; commas are needed");
    }
    std::string row = "12,00,province,X,,,\n";
    std::replace(row.begin(), row.end(), ',', sign);
    CHECK(first(appended("areas.csv", row)) ==
          std::string("6:0 config.syntax values are separated by ") + name + "; commas are needed");
    CHECK(first(with("administrators.csv", std::string("name") + sign + "key\n"))
              .ends_with(std::string(name) + "; commas are needed"));
  }
}

TEST_CASE("values that fit the columns beside theirs are told as that") {
  const auto unit = [](const std::string& row) { return first(appended("units.csv", row + "\n")); };
  CHECK(unit("x,police,other,province,11,,,") == "none");
  CHECK(unit("x,police,province,11,,,") ==
        "5:0 config.syntax 7 values, the header has 8; they fit with one more value between \"id\" "
        "and \"level\"");
  CHECK(unit("x,police,other,11,,,") ==
        "5:0 config.syntax 7 values, the header has 8; they fit with one more value in \"level\"");
  CHECK(unit("x,police,,other,province,11,,,") ==
        "5:0 config.syntax 9 values, the header has 8; they fit without the value \"\"");
  CHECK(unit("x,police,other,province,11,11.01,,,") ==
        "5:0 config.syntax 9 values, the header has 8; they fit without the value \"11\"");
  CHECK(unit("x,police,province,11,,,,") ==
        "5:0 config.syntax values in columns of others; they fit with one more value between "
        "\"id\" and \"level\"");
  CHECK(unit("x,police,,other,province,11,2027-01-01,") ==
        "5:0 config.syntax values in columns of others; they fit when those after \"function\" "
        "move one column to the left");
  CHECK(unit("x,police,other,11,province,,,") ==
        "5:0 config.syntax values in columns of others; those of \"level\" and \"areas\" are "
        "exchanged");
  CHECK(
      unit("x,other,police,province,11,,,") ==
      "5:3 config.reference not in permissions.toml: \"other\"; it lists the function, \"police\"");
  // What fits nowhere is told as before.
  CHECK(unit("x,police,other,district,11,,,").starts_with("5:16 config.value not known"));
  const auto area = [](const std::string& row) { return first(appended("areas.csv", row + "\n")); };
  CHECK(area("12,province,Sumatera Utara,,,") ==
        "6:0 config.syntax 6 values, the header has 7; they fit with one more value between "
        "\"code\" and \"parent\"");
  CHECK(area("12,00,Sumatera Utara,province,,,") ==
        "6:0 config.syntax values in columns of others; those of \"level\" and \"name\" are "
        "exchanged");
  CHECK(
      area("12,00,province,,Sumatera Utara,,") ==
      "6:0 config.syntax values in columns of others; they fit when those after \"name\" move one "
      "column to the left");
}

TEST_CASE("blank lines are refused and counted") {
  CHECK(findings(appended("areas.csv", "\n\n12,00,province,,,,\n")) ==
        Texts{"areas.csv:6:0 config.syntax ", "areas.csv:7:0 config.syntax ",
              "areas.csv:8:16 config.missing name"});
}

TEST_CASE("quoted values keep their commas and shift the columns") {
  CHECK(findings(edited("areas.csv", "province,Aceh,,", "province,\"A, \"\"B\"\"\",bad,")) ==
        Texts{"areas.csv:3:27 config.value valid_from"});
}

TEST_CASE("a quote that does not end is refused") {
  CHECK(findings(appended("areas.csv", "12,00,province,\"X,,,\n")) ==
        Texts{"areas.csv:6:16 config.syntax "});
}

TEST_CASE("a quote inside a plain value is refused") {
  CHECK(findings(appended("areas.csv", "12,00,province,X\"Y,,,\n")) ==
        Texts{"areas.csv:6:16 config.syntax "});
}

TEST_CASE("a line feed inside a value is refused and counted") {
  CHECK(findings(appended("areas.csv", "12,00,province,\"X\nY\",,,\n13,00,province,,,,\n")) ==
        Texts{"areas.csv:6:16 config.syntax ", "areas.csv:8:16 config.missing name"});
}

TEST_CASE("spaces around a value are part of it") {
  CHECK(findings(edited("units.csv", "post,police", "post, police")) ==
        Texts{"units.csv:3:6 config.value agency"});
}

TEST_CASE("a last line without a line feed is read") {
  ConfigFiles files = small();
  files["areas.csv"] += "12,00,province,Sumatera Utara,,,";
  const auto compiled = compile(files, {});
  CHECK(compiled.findings.empty());
  CHECK(compiled.release.areas.size() == 6);  // abroad is built in
}

// Sources.

ConfigFiles with_sources(const std::string& source) {
  ConfigFiles files = small();
  for (const char* name : {"areas.csv", "units.csv"}) {
    std::string text;
    for (const char c : files[name]) text += c == '\n' ? ",assumed\n" : std::string(1, c);
    text.replace(text.find("assumed"), 7, "source");
    files[name] = text;
  }
  const std::string first = "11.01,,,,assumed";
  std::string& units = files["units.csv"];
  units.replace(units.find(first), first.size(), "11.01,,,," + source);
  files["legal_bases.toml"] =
      "[[legal_basis]]\ncode = \"uu-12-2022\"\ntitle = \"T\"\nsource = \"S\"\n";
  return files;
}

TEST_CASE("every row of a file with the column names its source") {
  for (const char* good : {"assumed", "law:uu-12-2022", "published:study-2021"}) {
    const auto compiled = compile(with_sources(good), {});
    CHECK(compiled.findings.empty());
    CHECK(compiled.places.unit_sources.at("post") == good);
    CHECK(compiled.places.area_sources.at("11.01") == "assumed");
    // It is no part of a release.
    CHECK(compiled.release.units == compile(small(), {}).release.units);
    CHECK(compiled.release.areas == compile(small(), {}).release.areas);
  }
  CHECK(compile(small(), {}).places.unit_sources.empty());
  CHECK(findings(with_sources("")) == Texts{"units.csv:3:44 config.missing source"});
  for (const char* bad :
       {"law:", "published:", "law", "guessed", "published:two words", "Assumed"}) {
    CHECK(findings(with_sources(bad)) == Texts{"units.csv:3:44 config.value source"});
  }
}

TEST_CASE("a law that a row rests on is listed") {
  CHECK(findings(with_sources("law:uu-1-1900")) == Texts{"units.csv:3:44 config.reference source"});
  ConfigFiles files = with_sources("law:uu-1-1900");
  files.erase("legal_bases.toml");  // then any id is taken
  CHECK(findings(files) == Texts{});
}

// areas.csv.

TEST_CASE("an area twice is refused at the second line") {
  CHECK(findings(appended("areas.csv", "11,00,province,Aceh,,,\n")) ==
        Texts{"areas.csv:6:1 config.duplicate code"});
}

TEST_CASE("the nation must be listed and abroad must not") {
  CHECK(findings(edited("areas.csv", "00,,national,Indonesia,,,\n", "")) ==
        Texts{"areas.csv:0:0 config.missing code", "areas.csv:2:4 config.reference parent",
              "units.csv:2:38 config.reference areas", "units.csv:4:30 config.reference areas"});
  CHECK(findings(appended("areas.csv", "XX,,national,Abroad,,,\n")).front() ==
        "areas.csv:6:1 config.value code");
}

TEST_CASE("level and parent must fit the code") {
  CHECK(findings(edited("areas.csv", "11,00,province", "11,00,regency")) ==
        Texts{"areas.csv:3:7 config.value level"});
  CHECK(findings(edited("areas.csv", "11.01,11,", "11.01,00,")) ==
        Texts{"areas.csv:4:7 config.value parent"});
  CHECK(findings(appended("areas.csv", "12.01,12,regency,X,,,\n")) ==
        Texts{"areas.csv:6:7 config.reference parent"});
}

TEST_CASE("dates that do not exist are refused") {
  for (const char* bad : {"2022-02-30", "2022-7-25", "25/07/2022", "1970-01-01", "1969-12-31",
                          "2022-07-25 00:00", "yesterday"}) {
    CHECK(findings(edited("areas.csv", "Aceh,,", std::string("Aceh,") + bad + ",")) ==
          Texts{"areas.csv:3:21 config.value valid_from"});
  }
  CHECK(findings(edited("areas.csv", "Aceh,,", "Aceh,2022-07-25T07:00:00+07:00,")).empty());
}

TEST_CASE("an end that is not after the beginning is refused") {
  CHECK(findings(edited("areas.csv", "Aceh,,,", "Aceh,2022-07-25,2022-07-25,")) ==
        Texts{"areas.csv:3:32 config.value valid_until"});
}

TEST_CASE("unknown and cyclic successors of areas are refused") {
  CHECK(findings(edited("areas.csv", "2022-07-25,11.01", "2022-07-25,11.09")) ==
        Texts{"areas.csv:5:42 config.reference succeeded_by"});
  CHECK(findings(edited("areas.csv", "2022-07-25,11.01", ",11.01")) ==
        Texts{"areas.csv:5:31 config.missing valid_until"});
  const auto cycle = appended("areas.csv",
                              "12.01,11,regency,X,,2022-07-25,12.02\n"
                              "12.02,11,regency,Y,,2022-07-25,12.01\n");
  Texts cyclic;
  for (const Finding& finding : compile(cycle, {}).findings) {
    if (finding.error.field == "succeeded_by") cyclic.push_back(finding.to_string());
  }
  CHECK(cyclic.size() == 2);
}

// units.csv.

TEST_CASE("a unit twice is refused at the second line") {
  CHECK(findings(appended("units.csv", "post,police,other,regency,11.01,,,\n")) ==
        Texts{"units.csv:5:1 config.duplicate id"});
}

TEST_CASE("codes and ids of units are checked") {
  CHECK(findings(edited("units.csv", "post,police", "Post,police")) ==
        Texts{"units.csv:3:1 config.value id"});
  CHECK(findings(edited("units.csv", "post,police", ",police")) ==
        Texts{"units.csv:3:1 config.missing id"});
  CHECK(findings(edited("units.csv", "regency,11.01", "district,11.01")) ==
        Texts{"units.csv:3:27 config.value level"});
}

TEST_CASE("areas of a unit are known and listed once and separated by one space") {
  CHECK(findings(edited("units.csv", "regency,11.01", "regency,11.01 11.77")) ==
        Texts{"units.csv:3:35 config.reference areas"});
  CHECK(findings(edited("units.csv", "regency,11.01", "regency,XX")) ==
        Texts{"units.csv:3:35 config.reference areas"});
  CHECK(findings(edited("units.csv", "regency,11.01", "regency,11.01 11.01")) ==
        Texts{"units.csv:3:35 config.duplicate areas"});
  CHECK(findings(edited("units.csv", "regency,11.01", "regency,11.01  11")) ==
        Texts{"units.csv:3:35 config.value areas"});
  CHECK(findings(edited("units.csv", "regency,11.01", "regency,")) ==
        Texts{"units.csv:3:35 config.value areas"});
}

TEST_CASE("the nation is listed by national units alone") {
  CHECK(findings(edited("units.csv", "regency,11.01", "regency,00")) ==
        Texts{"units.csv:3:35 config.value areas"});
  CHECK(findings(edited("units.csv", "oversight,national,00", "oversight,national,11")) ==
        Texts{"units.csv:4:30 config.value areas"});
}

TEST_CASE("a unit without an end that lists a replaced area is refused") {
  CHECK(findings(edited("units.csv", "regency,11.01", "regency,11.02")) ==
        Texts{"units.csv:3:35 config.reference areas"});
  CHECK(findings(edited("units.csv", "regency,11.01,,", "regency,11.02,,2022-07-25")).empty());
}

TEST_CASE("unknown and cyclic successors of units are refused") {
  CHECK(findings(edited("units.csv", "11.01,,,", "11.01,,2022-01-01,none")) ==
        Texts{"units.csv:3:53 config.reference successor"});
  CHECK(findings(edited("units.csv", "11.01,,,", "11.01,,,nation")) ==
        Texts{"units.csv:3:42 config.missing valid_until"});
  CHECK(findings(appended("units.csv",
                          "a,police,other,regency,11.01,,2022-01-01,b\n"
                          "b,police,other,regency,11.01,2022-01-01,2023-01-01,a\n"
                          "c,police,other,regency,11,2022-01-01,2023-01-01,a\n")) ==
        Texts{"units.csv:5:42 config.reference successor",
              "units.csv:6:52 config.reference successor"});
  CHECK(findings(edited("units.csv", "11.01,,,", "11.01,,2022-01-01,post")) ==
        Texts{"units.csv:3:53 config.reference successor"});
}

TEST_CASE("two units of one function and level that cover one area at one time are refused") {
  CHECK(findings(appended("units.csv", "twin,police,investigation,regency,11.01,,,\n")) ==
        Texts{"units.csv:5:35 config.duplicate areas"});
  CHECK(findings(appended("units.csv", "wide,police,investigation,regency,11,,,\n")).empty());
  CHECK(findings(appended("units.csv", "next,police,investigation,province,11.01,,,\n")).empty());
  CHECK(findings(appended("units.csv",
                          "a,police,other,regency,11.01,,2022-01-01,\n"
                          "b,police,other,regency,11.01,2022-01-01,2023-01-01,\n"
                          "c,police,other,regency,11.01,2022-12-31,,\n")) ==
        Texts{"units.csv:7:24 config.duplicate areas"});
}

}  // namespace
}  // namespace rujukan::routing
