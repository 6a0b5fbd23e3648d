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

}  // namespace
}  // namespace rujukan::routing
