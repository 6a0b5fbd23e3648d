#include "broker/routing/compile.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "broker/crypto/ed25519.h"
#include "broker/crypto/x25519.h"
#include "tests/unit/routing/national.h"

namespace rujukan::routing {
namespace {

// A configuration of three units that compiles.
ConfigFiles small() {
  return {{"areas.csv",
           "code,parent,level,name,valid_from,valid_until,succeeded_by\n"
           "00,,national,Indonesia,,,\n"
           "11,00,province,Aceh,,,\n"
           "11.01,11,regency,Kabupaten A,,,\n"
           "11.02,11,regency,Kabupaten B,,2022-07-25,11.01\n"},
          {"units.csv",
           "id,agency,function,level,areas,valid_from,valid_until,successor\n"
           "nation,police,investigation,national,00,,,\n"
           "post,police,investigation,regency,11.01,,,\n"
           "kpai,kpai,oversight,national,00,,,\n"},
          {"routing.toml",
           "[[rule]]\n"
           "id = \"R1\"\n"
           "needs = [\"investigation\"]\n"
           "function = \"investigation\"\n"
           "level = \"regency\"\n"
           "anchors = [\"victims\"]\n"},
          {"permissions.toml",
           "[[agency]]\n"
           "id = \"police\"\n"
           "open_categories = [\"csam\"]\n"
           "request_needs = [\"investigation\"]\n"
           "may_own = true\n"
           "[[agency]]\n"
           "id = \"kpai\"\n"
           "open_categories = []\n"
           "request_needs = []\n"
           "may_own = false\n"},
          {"deadlines.toml",
           "immediate_accept_within_s = 1\n"
           "urgent_accept_within_s = 2\n"
           "routine_accept_within_s = 3\n"}};
}

Texts findings(const ConfigFiles& files, const BuildFacts& facts = {}) {
  Texts out;
  for (const Finding& finding : compile(files, facts).findings) {
    const Error& e = finding.error;
    out.push_back(finding.file + ":" + std::to_string(finding.line) + ":" +
                  std::to_string(finding.column) + " " + std::string(name_of(e.code)) + " " +
                  e.field);
  }
  return out;
}

ConfigFiles with(const std::string& file, const std::string& text) {
  ConfigFiles files = small();
  files[file] = text;
  return files;
}

// `file` with the first `old_text` replaced.
ConfigFiles edited(const std::string& file, const std::string& old_text, const std::string& text) {
  ConfigFiles files = small();
  std::string& bytes = files[file];
  const std::size_t at = bytes.find(old_text);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, old_text.size(), text);
  return files;
}

ConfigFiles appended(const std::string& file, const std::string& text) {
  ConfigFiles files = small();
  files[file] += text;
  return files;
}

std::string key_text(const PublicKey& key) { return to_base64(key); }
std::string sign_key(std::uint8_t n) {
  return key_text(Ed25519SecretKey::from_seed(Seed{0, n}).public_key());
}
std::string seal_key(std::uint8_t n) {
  return key_text(X25519SecretKey::from_seed(Seed{0, n}).public_key());
}
const std::string kZeroKey = to_base64(PublicKey{});

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

// routing.toml.

TEST_CASE("text that is not TOML is refused at its place") {
  CHECK(findings(with("routing.toml", "[[rule]]\nid = \n")) ==
        Texts{"routing.toml:2:6 config.syntax "});
}

TEST_CASE("a table that stands for a list is refused and so is no rule at all") {
  CHECK(findings(with("routing.toml", "[rule]\n")) ==
        Texts{"routing.toml:1:1 config.value rule", "routing.toml:1:1 config.missing rule"});
}

TEST_CASE("unknown keys are refused at every depth") {
  CHECK(findings(appended("routing.toml", "colour = \"red\"\n")) ==
        Texts{"routing.toml:7:1 config.unknown_key rule.\"colour\""});
  CHECK(findings(appended("routing.toml", "when = { age = 7 }\n")) ==
        Texts{"routing.toml:7:10 config.unknown_key rule.when.\"age\""});
  CHECK(findings(appended("routing.toml", "[extra]\n")) ==
        Texts{"routing.toml:7:2 config.unknown_key \"extra\""});
}

TEST_CASE("keys of a rule are required and typed") {
  for (const char* key : {"id", "needs", "function", "level", "anchors"}) {
    ConfigFiles files = small();
    std::string& text = files["routing.toml"];
    const std::size_t at = text.find(std::string(key) + " =");
    text.erase(at, text.find('\n', at) + 1 - at);
    CHECK(findings(files).size() == 1);
    CHECK(findings(files).front() == std::string("routing.toml:1:1 config.missing rule.") + key);
  }
  CHECK(findings(edited("routing.toml", "id = \"R1\"", "id = 1")) ==
        Texts{"routing.toml:2:6 config.value rule.id"});
  CHECK(findings(edited("routing.toml", "[\"investigation\"]", "\"investigation\"")).front() ==
        "routing.toml:3:9 config.value rule.needs");
}

TEST_CASE("unknown codes and functions of a rule are refused") {
  CHECK(findings(edited("routing.toml", "\"victims\"", "\"witnesses\"")).front() ==
        "routing.toml:6:11 config.value rule.anchors");
  CHECK(findings(edited("routing.toml", "\"regency\"", "\"village\"")).front() ==
        "routing.toml:5:9 config.value rule.level");
  CHECK(findings(edited("routing.toml", "function = \"investigation\"", "function = \"repair\"")) ==
        Texts{"routing.toml:4:12 config.reference rule.function"});
  CHECK(findings(appended("routing.toml", "when = { mode = [\"online\", \"online\"] }\n")) ==
        Texts{"routing.toml:7:17 config.duplicate rule.when.mode"});
  CHECK(findings(appended("routing.toml", "when = { mode = [] }\n")) ==
        Texts{"routing.toml:7:17 config.value rule.when.mode"});
}

TEST_CASE("a rule's id twice is refused") {
  CHECK(findings(appended("routing.toml",
                          "[[rule]]\nid = \"R1\"\nneeds = [\"takedown\"]\nwithheld = true\n")) ==
        Texts{"routing.toml:8:6 config.duplicate rule.id"});
}

TEST_CASE("a rule that withholds names nobody") {
  CHECK(findings(appended("routing.toml", "withheld = true\n")) ==
        Texts{"routing.toml:4:12 config.value rule.function",
              "routing.toml:5:9 config.value rule.level",
              "routing.toml:6:11 config.value rule.anchors"});
}

TEST_CASE("a function that a rule names has a national unit without end") {
  CHECK(findings(edited("units.csv", "investigation,national,00,,,",
                        "investigation,national,00,2020-01-01,,")) ==
        Texts{"routing.toml:4:12 config.reference rule.function"});
  CHECK(findings(edited("units.csv", "nation,police,investigation,national,00",
                        "nation,police,investigation,province,11")) ==
        Texts{"routing.toml:4:12 config.reference rule.function"});
}

TEST_CASE("a rule must not assign to an agency that may not own") {
  CHECK(findings(
            edited("routing.toml", "function = \"investigation\"", "function = \"oversight\"")) ==
        Texts{"routing.toml:4:12 config.value rule.function"});
}

TEST_CASE("an information names a list of areas unless it is national") {
  CHECK(findings(appended("routing.toml",
                          "inform = [{ function = \"investigation\", level = \"regency\" }]\n")) ==
        Texts{"routing.toml:7:11 config.missing rule.inform.of"});
  CHECK(findings(
            appended("routing.toml",
                     "[[inform]]\nid = \"K1\"\nfunction = \"oversight\"\nlevel = \"national\"\n"))
            .empty());
}

TEST_CASE("a national rule has no anchors") {
  CHECK(findings(edited("routing.toml", "\"regency\"", "\"national\"")) ==
        Texts{"routing.toml:6:11 config.value rule.anchors"});
}

// permissions.toml and deadlines.toml.

TEST_CASE("keys of a permission are required and known") {
  CHECK(findings(edited("permissions.toml", "may_own = true\n", "")) ==
        Texts{"permissions.toml:1:1 config.missing agency.may_own"});
  CHECK(findings(edited("permissions.toml", "[\"csam\"]", "[\"theft\"]")) ==
        Texts{"permissions.toml:3:19 config.value agency.open_categories"});
  CHECK(findings(edited("permissions.toml", "\"kpai\"", "\"police\"")).front() ==
        "permissions.toml:7:6 config.duplicate agency.id");
}

TEST_CASE("deadlines are whole seconds from one to thirty days") {
  for (const char* bad : {"0", "-1", "1.5", "\"1\"", "2592001", "9223372036854775807"}) {
    CHECK(findings(edited("deadlines.toml", "= 2", std::string("= ") + bad)) ==
          Texts{"deadlines.toml:2:26 config.value urgent_accept_within_s"});
  }
  CHECK(findings(edited("deadlines.toml", "= 2", "= 2592000")).empty());
  CHECK(findings(appended("deadlines.toml", "extra = 1\n")) ==
        Texts{"deadlines.toml:4:1 config.unknown_key \"extra\""});
}

// The registry.

ConfigFiles registered() {
  ConfigFiles files = small();
  files["administrators.csv"] = "name,key\nfirst," + sign_key(1) + "\nsecond," + sign_key(2) + "\n";
  files["keys.csv"] =
      "unit,key_id,purpose,key,valid_from,valid_until,compromised_since\n"
      "post,sign-1,sign," +
      sign_key(3) +
      ",,,\n"
      "post,seal-1,seal," +
      seal_key(3) + ",2026-01-01,,2026-02-01\n";
  files["stations.csv"] =
      "station,curve_key,units\n"
      "police," +
      seal_key(4) +
      ",agency:police\n"
      "mixed," +
      seal_key(5) + ",post kpai agency:police\n";
  return files;
}

const BuildFacts kBuild{ReleaseVersion{3}, "example/log",
                        Validity{parse_time("2026-01-01"), parse_time("2027-01-01")}, 2};

TEST_CASE("the registry becomes part of the release") {
  const auto compiled = compile(registered(), kBuild);
  REQUIRE(compiled.findings.empty());
  const Release& release = compiled.release;
  CHECK(release.version == kBuild.version);
  CHECK(release.log_origin == "example/log");
  CHECK(release.validity == kBuild.validity);
  CHECK(release.threshold == 2);
  REQUIRE(release.administrators.size() == 2);
  CHECK(to_base64(release.administrators[1].key) == sign_key(2));
  REQUIRE(release.keys.size() == 2);
  CHECK(release.keys[0].key_id == "seal-1");
  CHECK(release.keys[0].compromised_since == parse_time("2026-02-01"));
  REQUIRE(release.stations.size() == 2);
  CHECK(texts(release.stations[0].units) == Texts{"kpai", "nation", "post"});
  CHECK(texts(release.stations[1].units) == Texts{"nation", "post"});
}

TEST_CASE("a release for a log needs as many administrators as its threshold") {
  ConfigFiles files = registered();
  BuildFacts facts = kBuild;
  facts.threshold = 3;
  CHECK(findings(files, facts) == Texts{"administrators.csv:0:0 config.value threshold"});
  facts.threshold = 0;
  CHECK(findings(files, facts) == Texts{"administrators.csv:0:0 config.value threshold"});
}

TEST_CASE("keys that are not canonical or of small order are refused") {
  for (const std::string& bad : {kZeroKey, to_base64(PublicKey{1})}) {
    ConfigFiles files = registered();
    files["administrators.csv"] = "name,key\nfirst," + bad + "\n";
    files["keys.csv"] =
        "unit,key_id,purpose,key,valid_from,valid_until,compromised_since\n"
        "post,a,sign," +
        bad + ",,,\npost,b,seal," + bad + ",,,\n";
    files["stations.csv"] = "station,curve_key,units\npolice," + bad + ",post\n";
    CHECK(findings(files) == Texts{"administrators.csv:2:7 key.invalid key",
                                   "keys.csv:2:13 key.invalid key", "keys.csv:3:13 key.invalid key",
                                   "stations.csv:2:8 key.invalid curve_key"});
  }
}

TEST_CASE("keys that are not the base64 form of 32 bytes are refused") {
  const std::string good = sign_key(1);
  for (const std::string& bad : {good.substr(1), good + "A", std::string("?") + good.substr(1),
                                 std::string(), good.substr(0, good.size() - 1)}) {
    ConfigFiles files = small();
    files["administrators.csv"] = "name,key\nfirst," + bad + "\n";
    CHECK(findings(files) == Texts{"administrators.csv:2:7 config.value key"});
  }
}

TEST_CASE("an administrator's name or key twice is refused") {
  ConfigFiles files = small();
  files["administrators.csv"] =
      "name,key\na," + sign_key(1) + "\na," + sign_key(2) + "\nb," + sign_key(1) + "\n";
  CHECK(findings(files) == Texts{"administrators.csv:3:1 config.duplicate name",
                                 "administrators.csv:4:3 config.duplicate key"});
}

TEST_CASE("a key id is unique within its unit") {
  ConfigFiles files = registered();
  files["keys.csv"] +=
      "post,sign-1,sign," + sign_key(9) + ",,,\n" + "kpai,sign-1,sign," + sign_key(9) + ",,,\n";
  CHECK(findings(files) == Texts{"keys.csv:4:6 config.duplicate key_id"});
}

TEST_CASE("keys and stations name units and agencies that exist") {
  ConfigFiles files = registered();
  files["keys.csv"] += "none,a,sign," + sign_key(9) + ",,,\n";
  files["stations.csv"] += "third," + seal_key(6) + ",post none agency:none\n";
  const Texts found = findings(files);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == "keys.csv:4:1 config.reference unit");
  CHECK(found[1].ends_with("config.reference units"));
  CHECK(found[2].starts_with("stations.csv:4:"));
}

TEST_CASE("a station or its key twice is refused") {
  ConfigFiles files = registered();
  files["stations.csv"] += "police," + seal_key(6) + ",post\nother," + seal_key(4) + ",post\n";
  CHECK(findings(files) == Texts{"stations.csv:4:1 config.duplicate station",
                                 "stations.csv:5:7 config.duplicate curve_key"});
}

TEST_CASE("references into a file that cannot be read are not findings of their own") {
  ConfigFiles files = registered();
  files["units.csv"] = "id\n";
  for (const std::string& finding : findings(files)) CHECK(finding.starts_with("units.csv:1"));
  files = registered();
  files["areas.csv"] = "\xEF\xBB\xBF";
  CHECK(findings(files) == Texts{"areas.csv:1:1 config.syntax "});
}

}  // namespace
}  // namespace rujukan::routing
