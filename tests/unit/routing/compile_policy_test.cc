#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {
namespace {

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

TEST_CASE("legal bases are listed once each, and a rule cites those of the list") {
  ConfigFiles files = small();
  const std::string one = "[[legal_basis]]\ncode = \"uu-1\"\ntitle = \"T\"\nsource = \"S\"\n";
  files["legal_bases.toml"] = one + "valid_until = \"2026-01-02\"\n";
  files["routing.toml"].append("basis = [\"uu-1\"]\n");
  CHECK(findings(files).empty());
  const Compiled compiled = compile(files, {});
  REQUIRE(compiled.release.legal_bases ==
          std::vector<LegalBasis>{{"uu-1", "T", {{}, parse_time("2026-01-02")}, "S"}});
  files["legal_bases.toml"] = one + one;
  CHECK(findings(files) == Texts{"legal_bases.toml:6:8 config.duplicate legal_basis.code"});
  files["legal_bases.toml"] = one + "valid_until = \"soon\"\n";
  CHECK(findings(files) == Texts{"legal_bases.toml:5:15 config.value legal_basis.valid_until"});
  files["legal_bases.toml"] = one + "valid_from = \"2026-01-02\"\nvalid_until = \"2026-01-02\"\n";
  CHECK(findings(files) == Texts{"legal_bases.toml:6:15 config.value legal_basis.valid_until"});
  files.erase("legal_bases.toml");
  CHECK(findings(files) == Texts{"routing.toml:7:9 config.reference rule.basis"});
}

TEST_CASE("an identity number is refused in whatever file it stands") {
  CHECK(findings(appended("routing.toml", "# 3171234506780001\n")) ==
        Texts{"routing.toml:7:0 identity.number "});
  CHECK(findings(appended("units.csv", "u3171234506780001,police,investigation,national,00,,,\n"))
            .front()
            .find("identity.number") != std::string::npos);
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

// Guarantees.

const char* const kGuarantee = "[[guarantee]]\nid = \"G1\"\n";  // from line 7 on

TEST_CASE("a guarantee is read with its condition and every promise") {
  const auto compiled = compile(
      appended("routing.toml", std::string(kGuarantee) +
                                   "when = { mode = [\"online\"], suspect_abroad = false }\n"
                                   "owner_agency = [\"police\"]\n"
                                   "unassigned_agency = [\"kpai\"]\n"
                                   "excluded_agency = [\"kpai\", \"police\"]\n"
                                   "owner_level = [\"regency\", \"national\"]\n"
                                   "terminal_level = [\"national\"]\n"),
      {});
  REQUIRE(compiled.findings.empty());
  const Guarantee expected{RuleId("G1"),
                           {.mode = {Mode::kOnline},
                            .victim_age = {},
                            .consent = {},
                            .urgency = {},
                            .any_category = {},
                            .suspect_abroad = false},
                           {AgencyId("police")},
                           {AgencyId("kpai")},
                           {AgencyId("kpai"), AgencyId("police")},
                           {Level::kRegency, Level::kNational},
                           {Level::kNational}};
  REQUIRE(compiled.release.guarantees.size() == 1);
  CHECK(compiled.release.guarantees[0] == expected);
  CHECK(compiled.places.rules.at("G1") == Place{7, 1});
  CHECK(compiled.places.rules.at("R1") == Place{1, 1});
  CHECK(compiled.places.units.at("post") == Place{3, 1});
}

TEST_CASE("a guarantee that promises nothing is refused") {
  CHECK(findings(appended("routing.toml", kGuarantee)) ==
        Texts{"routing.toml:7:1 config.missing guarantee.owner_agency"});
  for (const char* key :
       {"owner_agency", "unassigned_agency", "excluded_agency", "owner_level", "terminal_level"}) {
    CHECK(findings(appended("routing.toml", kGuarantee + std::string(key) + " = []\n")).front() ==
          "routing.toml:9:" + std::to_string(std::string(key).size() + 4) +
              " config.value guarantee." + key);
  }
}

TEST_CASE("agencies and levels and keys of a guarantee are known") {
  CHECK(findings(
            appended("routing.toml", std::string(kGuarantee) + "excluded_agency = [\"army\"]\n")) ==
        Texts{"routing.toml:9:19 config.reference guarantee.excluded_agency"});
  CHECK(
      findings(appended("routing.toml", std::string(kGuarantee) + "owner_level = [\"village\"]\n"))
          .front() == "routing.toml:9:15 config.value guarantee.owner_level");
  CHECK(findings(appended("routing.toml",
                          std::string(kGuarantee) + "owner_agency = [\"police\"]\nneeds = []\n")) ==
        Texts{"routing.toml:10:1 config.unknown_key guarantee.\"needs\""});
  CHECK(findings(appended("routing.toml",
                          "[[guarantee]]\nid = \"R1\"\nowner_agency = [\"police\"]\n")) ==
        Texts{"routing.toml:8:6 config.duplicate guarantee.id"});
}

// Examples.

std::string example(const ConfigFiles& files) {
  const auto compiled = compile(files, {});
  REQUIRE(compiled.findings.size() == 1);
  REQUIRE(compiled.findings[0].example.has_value());
  std::string json = facts_to_json(*compiled.findings[0].example);
  const auto parsed = parse_facts(json);
  REQUIRE(parsed.ok());
  CHECK(*parsed == *compiled.findings[0].example);
  return json;
}

std::string plain(const std::string& victims, const std::string& at = "2026-01-01") {
  return "{\"origin\":\"nation\",\"at\":\"" + at +
         "T00:00:00.000000Z\",\"mode\":\"online\",\"categories\":[],\"victim_age\":\"child\","
         "\"victims\":[" +
         victims +
         "],\"suspects\":[],\"incidents\":[],\"urgency\":\"routine\",\"consent\":\"given\","
         "\"needs\":[\"investigation\"]}";
}

TEST_CASE("a fault of a unit comes with the smallest facts that lead to the unit") {
  const std::string post = plain("\"11.01\"");
  CHECK(example(edited("units.csv", "post,police", "post,army")) == post);
  CHECK(example(appended("units.csv", "post2,police,investigation,regency,11.01,,,\n")) == post);
  CHECK(example(edited("units.csv", "regency,11.01,,,", "regency,11.01,,2025-07-01,gone")) ==
        plain("\"11.01\"", "2025-06-30"));
  CHECK(example(edited("units.csv", "regency,11.01,,,", "regency,11.01,,2025-07-01,post")) ==
        plain("\"11.01\"", "2025-06-30"));
}

TEST_CASE("a fault of an area comes with the smallest facts that name the area") {
  CHECK(example(edited("areas.csv", "2022-07-25,11.01", "2022-07-25,11.02")) ==
        plain("\"11.02\"", "2022-07-25"));
}

TEST_CASE("a fault of a rule comes with the smallest facts that it was to decide") {
  CHECK(example(edited("routing.toml", "function = \"investigation\"",
                       "when = { mode = [\"offline\"] }\nfunction = \"repair\""))
            .find("\"mode\":\"offline\"") != std::string::npos);
}

TEST_CASE("a missing deadline comes with the smallest facts that need it") {
  CHECK(example(edited("deadlines.toml", "urgent_accept_within_s = 2\n", ""))
            .find("\"urgency\":\"urgent\"") != std::string::npos);
}

TEST_CASE("text that is not of the form comes without an example") {
  const auto compiled = compile(with("routing.toml", "[[rule]]\nid = \n"), {});
  REQUIRE(compiled.findings.size() == 1);
  CHECK_FALSE(compiled.findings[0].example.has_value());
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

TEST_CASE("the time for transfers is a day unless it is given") {
  CHECK(compile(small(), {}).release.deadlines == Deadlines{1, 2, 3, 86400, 86400});
  const auto files =
      appended("deadlines.toml", "transfer_offer_within_s = 4\ntransfer_request_within_s = 5\n");
  CHECK(compile(files, {}).release.deadlines == Deadlines{1, 2, 3, 4, 5});
  CHECK(findings(appended("deadlines.toml", "transfer_offer_within_s = 0\n")) ==
        Texts{"deadlines.toml:4:27 config.value transfer_offer_within_s"});
}

}  // namespace
}  // namespace rujukan::routing
