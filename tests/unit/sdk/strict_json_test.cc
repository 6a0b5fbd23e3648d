#include "adapters/sdk/strict_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace rujukan;

namespace {

Result<nlohmann::json> parse(std::string_view text) {
  return parse_json_object(text, 4096, ErrorCode::kRecordMalformed);
}

std::string nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "{\"a\":";
  text += "1";
  for (int i = 0; i < depth; ++i) text += "}";
  return text;
}

}  // namespace

TEST_CASE("an object is read") {
  const auto value = parse(" {\"a\": [1, {\"b\": null}], \"c\": \"\\u00e9\"}\n");
  REQUIRE(value);
  REQUIRE((*value)["a"][0] == 1);
  REQUIRE((*value)["c"] == "\xC3\xA9");
}

TEST_CASE("what is not one JSON object in UTF-8 is refused") {
  for (const std::string& text :
       {std::string(""), std::string("{"), std::string("[]"), std::string("1"), std::string("{}{}"),
        std::string("{} x"), std::string("{'a':1}"), std::string("{\"a\":1,}"),
        std::string("{\"a\":NaN}"), std::string("{\"a\":\"\xff\"}"),
        std::string("{\"a\":\"\xed\xa0\x80\"}"), std::string("\xEF\xBB\xBF{}"),
        std::string("{\"a\":\"\n\"}"), std::string("// c\n{}"), std::string("{\"a\":\0}", 6)}) {
    INFO(text);
    const auto value = parse(text);
    REQUIRE_FALSE(value);
    REQUIRE(value.error().code == ErrorCode::kRecordMalformed);
  }
}

TEST_CASE("a repeated key is refused and named - at any depth") {
  REQUIRE(parse("{\"a\":1,\"b\":2,\"a\":3}").error().field == "a");
  REQUIRE(parse("{\"x\":[{\"b\":2,\"b\":3}]}").error().field == "b");
  REQUIRE_FALSE(parse("{\"\":1,\"\":2}"));
  REQUIRE(parse("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"));
}

TEST_CASE("depth and size are bounded") {
  REQUIRE(parse(nested(kJsonDepth)));
  REQUIRE_FALSE(parse(nested(kJsonDepth + 1)));
  REQUIRE_FALSE(parse_json_object(std::string(200'000, '['), 1 << 20, ErrorCode::kAnswerInvalid));
  const std::string padded = "{}" + std::string(4094, ' ');
  REQUIRE(parse(padded));
  REQUIRE_FALSE(parse(padded + " "));
}
