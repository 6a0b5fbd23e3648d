#include "broker/base/error.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace rujukan;

namespace {
constexpr std::uint16_t kNumbers[] = {
#define RUJUKAN_ERROR(number, id, name, fate, text) number,
#include "broker/base/error_table.inc"
#undef RUJUKAN_ERROR
};
}  // namespace

TEST_CASE("every error has a number and a name of its own, and is found by both") {
  std::set<std::string> names;
  std::uint16_t last = 0;
  for (const std::uint16_t number : kNumbers) {
    REQUIRE(number > last);
    last = number;
    const auto code = error_code_from_number(number);
    REQUIRE(code);
    REQUIRE(names.insert(std::string(name_of(*code))).second);
    REQUIRE(error_code_from_name(name_of(*code)) == code);
    REQUIRE_FALSE(text_of(*code).empty());
  }
  REQUIRE_FALSE(error_code_from_number(0));
  REQUIRE_FALSE(error_code_from_name("no.such"));
}

TEST_CASE("an error is printed as code, field, text and detail") {
  REQUIRE(to_string({ErrorCode::kCaseStale, "expected_version", "current 4"}) ==
          "case.stale: expected_version: the case has moved on since the version the sender saw "
          "(current 4)");
}
