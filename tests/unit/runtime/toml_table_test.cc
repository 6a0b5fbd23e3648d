#include "broker/runtime/toml_table.h"

#include <catch2/catch.hpp>

using namespace rujukan;

namespace {

TomlTable table_of(std::string_view text) { return TomlTable::parse(text, "x.toml").value(); }

}  // namespace

TEST_CASE("values are read by their type and absent ones take the fallback") {
  auto table = table_of("a = \"text\"\nb = 7\nc = true\nd = [\"x\", \"y\"]\n");
  CHECK(table.text("a") == "text");
  CHECK(table.number_or("b", 1, 0, 10) == 7);
  CHECK(table.flag_or("c", false));
  CHECK(table.texts_or_none("d") == std::vector<std::string>{"x", "y"});
  CHECK(table.text_or("e", "fallback") == "fallback");
  CHECK(table.number_or("f", 5, 0, 10) == 5);
  CHECK(table.texts_or_none("g").empty());
  CHECK(table.finish());
}

TEST_CASE("a key that nobody asked for is refused with its name and line") {
  auto table = table_of("a = \"text\"\nlisten_on = 1\n");
  CHECK(table.text("a") == "text");
  const auto end = table.finish();
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ErrorCode::kConfigUnknownKey);
  CHECK(end.error().field == "x.toml: listen_on");
  CHECK(end.error().detail == "line 2");
}

TEST_CASE("a number outside its range and a value of another type are refused") {
  for (const auto* text : {"n = 11", "n = -1", "n = \"5\"", "n = 5.0", "n = true"}) {
    auto table = table_of(text);
    CHECK(table.number_or("n", 1, 0, 10) == 1);
    const auto end = table.finish();
    REQUIRE_FALSE(end);
    CHECK(end.error().code == ErrorCode::kConfigValue);
    CHECK(end.error().detail == "line 1: must be a number from 0 to 10");
  }
}

TEST_CASE("a missing or empty required text is refused") {
  auto missing = table_of("");
  CHECK(missing.text("a").empty());
  CHECK(missing.finish().error().code == ErrorCode::kConfigMissing);
  auto empty = table_of("a = \"\"");
  CHECK(empty.text("a").empty());
  CHECK(empty.finish().error().code == ErrorCode::kConfigValue);
}

TEST_CASE("a list with anything but strings is refused") {
  auto table = table_of("d = [\"x\", 1]\n");
  CHECK(table.texts_or_none("d").empty());
  CHECK(table.finish().error().code == ErrorCode::kConfigValue);
}

TEST_CASE("a table whose keys are data lists them and reads one value or several") {
  auto table = table_of("b = [\"x\", \"y\"]\na = true\nc = \"z\"\nd = 1\n");
  CHECK(table.keys() == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(table.is_text("c"));
  CHECK_FALSE(table.is_text("a"));
  CHECK(table.values("a") == std::vector<std::string>{"true"});
  CHECK(table.values("b") == std::vector<std::string>{"x", "y"});
  CHECK(table.values("c") == std::vector<std::string>{"z"});
  CHECK(table.values("d").empty());
  CHECK(table.finish().error().detail == "line 4: must be a list of strings");
}

TEST_CASE("every table of a list checks its own keys") {
  auto table = table_of("[[key]]\nunit = \"a\"\n[[key]]\nunit = \"b\"\nmore = 1\n");
  auto tables = table.tables("key");
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].text("unit") == "a");
  CHECK(tables[0].finish());
  CHECK(tables[1].text("unit") == "b");
  CHECK(tables[1].finish().error().field == "x.toml: [[key]] 2: more");
  CHECK(table.finish());
}

TEST_CASE("text that is not TOML is refused with its place") {
  const auto parsed = TomlTable::parse("a = \n", "x.toml");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == ErrorCode::kConfigSyntax);
  CHECK(parsed.error().detail.find("line 1") == 0);
}
