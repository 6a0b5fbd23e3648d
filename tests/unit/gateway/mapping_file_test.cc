#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "adapters/gateway/json_path.h"
#include "adapters/gateway/mapping.h"

using namespace rujukan;
using namespace rujukan::gateway;
using nlohmann::json;

namespace {

constexpr const char* kMapping = R"([sender]
unit = { constant = "kpai" }
[facts]
mode = { constant = "online" }
categories = { from = "/jenis/*", codes = "jenis" }
victim_age = { constant = "child" }
victims = { from = "/wilayah/*", default = [] }
suspects = { constant = [] }
incidents = { constant = [] }
urgency = { constant = "routine" }
consent = { constant = "given" }
needs = { constant = ["protection"] }
[narrative]
uraian = "/uraian"
[codes.jenis]
a = "grooming"
b = ["csam", "grooming"]
)";

std::string replaced(std::string_view what, std::string_view with) {
  std::string text = kMapping;
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("a mapping file that says everything once is taken") {
  auto mapping = Mapping::parse(kMapping, "m.toml");
  REQUIRE(mapping);
  const auto record = mapping->map(R"({"jenis":["a","b"],"wilayah":["31.71"],"uraian":"x"})");
  REQUIRE(record);
  REQUIRE(record->facts.categories == std::vector{Category::kGrooming, Category::kCsam});
  REQUIRE(record->narrative == R"({"uraian":"x"})");
}

TEST_CASE("a mapping file with a fault is refused with its code and line") {
  struct Fault {
    const char* what;
    const char* with;
    ErrorCode code;
    const char* field;
    const char* line;
  };
  const Fault faults[] = {
      {"mode = {", "modus = {", ErrorCode::kConfigMissing, "m.toml: [facts]: mode", ""},
      {"[narrative]", "mood = 1\n[narrative]", ErrorCode::kConfigUnknownKey,
       "m.toml: [facts]: mood", "line 13"},
      {"[narrative]", "[narative]", ErrorCode::kConfigMissing, "m.toml: narrative", ""},
      {"default = []", "defaults = []", ErrorCode::kConfigUnknownKey,
       "m.toml: [facts]: [victims]: defaults", "line 7"},
      {"\"online\"", "\"on-line\"", ErrorCode::kConfigValue, "m.toml: [facts]: [mode]: constant",
       "line 4"},
      {"\"online\"", "[\"online\", \"mixed\"]", ErrorCode::kConfigValue,
       "m.toml: [facts]: [mode]: constant", "line 4"},
      {"\"/jenis/*\"", "\"jenis\"", ErrorCode::kConfigValue, "m.toml: [facts]: [categories]: from",
       "line 5"},
      {"\"/jenis/*\"", "\"/a~2\"", ErrorCode::kConfigValue, "m.toml: [facts]: [categories]: from",
       "line 5"},
      {"codes = \"jenis\"", "codes = \"jeniss\"", ErrorCode::kConfigReference,
       "m.toml: [facts]: [categories]: codes", "line 5"},
      {"a = \"grooming\"", "a = \"groming\"", ErrorCode::kConfigValue,
       "m.toml: [facts]: [categories]: codes", "line 5"},
      {"[codes.jenis]", "[codes.lain]\nx = \"y\"\n[codes.jenis]", ErrorCode::kConfigReference,
       "m.toml: [codes]: lain", "line 15"},
      {"default = []", "disagree = \"31\"", ErrorCode::kConfigValue,
       "m.toml: [facts]: [victims]: disagree", "line 7"},
      {"a = \"grooming\"", "a = 7", ErrorCode::kConfigValue, "m.toml: [codes]: [jenis]: a",
       "line 16"},

  };
  for (const Fault& fault : faults) {
    INFO(fault.what << " -> " << fault.with);
    const auto mapping = Mapping::parse(replaced(fault.what, fault.with), "m.toml");
    REQUIRE_FALSE(mapping);
    INFO(to_string(mapping.error()));
    CHECK(mapping.error().code == fault.code);
    CHECK(mapping.error().field == fault.field);
    CHECK(mapping.error().detail.find(fault.line) == 0);
  }
  REQUIRE(Mapping::parse("[facts\n", "m.toml").error().code == ErrorCode::kConfigSyntax);
}

TEST_CASE("a path with stars finds every element and says what is missing") {
  const json document = json::parse(R"({"a":[{"b":1},{"c":2},{"b":null},null],"x/y":{"~":3}})");
  const auto found = JsonPath::parse("/a/*/b").value().find(document);
  REQUIRE(found.values.size() == 1);
  REQUIRE(found.values[0].at == "/a/0/b");
  REQUIRE(*found.values[0].value == 1);
  REQUIRE(found.missing == std::vector<std::string>{"/a/3", "/a/1/b", "/a/2/b"});
  const auto escaped = JsonPath::parse("/x~1y/~0").value().find(document);
  REQUIRE(*escaped.values.at(0).value == 3);
  REQUIRE(escaped.values[0].at == "/x~1y/~0");
  REQUIRE(JsonPath::parse("/a/1/c").value().find(document).values.size() == 1);
  REQUIRE(JsonPath::parse("/a/9").value().find(document).missing ==
          std::vector<std::string>{"/a/9"});
  REQUIRE(JsonPath::parse("/x~1y/*").value().find(document).missing ==
          std::vector<std::string>{"/x~1y/*"});
}
