#include "broker/routing/facts_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/routing/national.h"

namespace rujukan::routing {
namespace {

using Json = nlohmann::json;

Json complete() {
  return {{"origin", "kpai"},
          {"at", "2026-03-01T09:30:00+07:00"},
          {"mode", "online"},
          {"categories", {"sexual_extortion", "grooming"}},
          {"victim_age", "child"},
          {"victims", {"31.71"}},
          {"suspects", {"18.71", "XX"}},
          {"incidents", Json::array()},
          {"urgency", "urgent"},
          {"consent", "not_required"},
          {"needs", {"protection"}},
          {"legal_bases", {"uu-12-2022"}},
          {"handling", {"victim_protected"}}};
}

Error refusal(const Json& json) {
  const auto parsed = parse_facts(json.dump());
  REQUIRE_FALSE(parsed.ok());
  REQUIRE(parsed.error().code == ErrorCode::kFactsInvalid);
  return parsed.error();
}

TEST_CASE("a facts file is read in every field") {
  const auto parsed = parse_facts(complete().dump());
  if (!parsed) FAIL(to_string(parsed.error()));
  CHECK(parsed->origin.str() == "kpai");
  CHECK(to_rfc3339(parsed->at) == "2026-03-01T02:30:00.000000Z");
  Facts expected;
  expected.mode = Mode::kOnline;
  expected.categories = {Category::kSexualExtortion, Category::kGrooming};
  expected.victim_age = VictimAge::kChild;
  expected.victims = areas({"31.71"});
  expected.suspects = areas({"18.71", "XX"});
  expected.urgency = Urgency::kUrgent;
  expected.consent = Consent::kNotRequired;
  expected.needs = {Need::kProtection};
  expected.legal_bases = {"uu-12-2022"};
  expected.victim_protected = true;
  CHECK(parsed->facts == expected);
}

TEST_CASE("legal bases and handling may be left out and nothing else") {
  const Json whole = complete();
  for (const auto& [field, value] : whole.items()) {
    Json json = complete();
    json.erase(field);
    if (field == "legal_bases" || field == "handling") {
      CHECK(parse_facts(json.dump()).ok());
    } else {
      CHECK(refusal(json).field == field);
    }
  }
}

TEST_CASE("an unknown field is refused by name") {
  Json json = complete();
  json["colour"] = 1;
  CHECK(refusal(json) == Error{ErrorCode::kFactsInvalid, "colour", "unknown field"});
}

TEST_CASE("a field that stands twice is refused by name") {
  std::string text = complete().dump();
  text.insert(1, "\"mode\":\"offline\",");
  const auto parsed = parse_facts(text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error() == Error{ErrorCode::kFactsInvalid, "mode", "stands twice"});
}

TEST_CASE("a value of another type is refused by its field") {
  const Json whole = complete();
  for (const auto& [field, value] : whole.items()) {
    for (const Json& other : {Json(1), Json(nullptr), Json(true), Json::object(), Json("x y"),
                              Json({1}), Json({nullptr}), Json({Json::array()})}) {
      Json json = complete();
      json[field] = other;
      CHECK(refusal(json).field == field);
    }
  }
}

TEST_CASE("unknown codes are refused by field and value") {
  Json json = complete();
  json["urgency"] = "now";
  CHECK(refusal(json) == Error{ErrorCode::kFactsInvalid, "urgency", "unknown code now"});
  json = complete();
  json["needs"] = {"protection", "food"};
  CHECK(refusal(json) == Error{ErrorCode::kFactsInvalid, "needs", "unknown code food"});
  json = complete();
  json["handling"] = {"secret"};
  CHECK(refusal(json).field == "handling");
}

TEST_CASE("what is not a code is not repeated in the refusal of a code") {
  Json json = complete();
  json["needs"] = {"Some Name"};
  CHECK(refusal(json).detail == "not a code");
}

TEST_CASE("text that is not a JSON object is refused") {
  for (const char* text : {"", "[]", "\"x\"", "{", "{}x", "null", "{\"mode\":}", "{\"a\":1,}",
                           "{\"origin\":\"\xff\"}"}) {
    const auto parsed = parse_facts(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == ErrorCode::kFactsInvalid);
  }
  CHECK_FALSE(parse_facts(std::string(1'000'000, '[')).ok());
}

TEST_CASE("a route is printed in the order and form of the command line") {
  const auto parsed = parse_facts(complete().dump());
  REQUIRE(parsed.ok());
  const auto routed = national_table().route(parsed->facts, parsed->at);
  REQUIRE(routed.ok());
  Release release;
  release.version = ReleaseVersion{12};
  Digest digest{};
  digest[31] = 1;
  CHECK(route_to_json(*routed, release, digest) == R"({
  "owner": "polri.bareskrim.siber",
  "lead": "investigation",
  "assignments": [
    {
      "need": "investigation",
      "unit": "polri.bareskrim.siber",
      "function": "investigation.cyber",
      "rule": "I2",
      "chain": [
        "polri.bareskrim.siber"
      ],
      "accept_within_s": 21600
    },
    {
      "need": "protection",
      "unit": "uptd-ppa.31",
      "function": "protection",
      "rule": "P1",
      "chain": [
        "uptd-ppa.31",
        "kemenpppa.sapa"
      ],
      "accept_within_s": 21600
    }
  ],
  "withheld": [],
  "informed": [
    "polri.polda.metro-jaya.siber",
    "kpai"
  ],
  "release": {
    "version": 12,
    "digest": "0000000000000000000000000000000000000000000000000000000000000001"
  }
})");
}

TEST_CASE("withheld needs are printed by name") {
  Json json = complete();
  json["victim_age"] = "adult";
  json["consent"] = "withheld_police";
  json["needs"] = {"investigation"};
  const auto parsed = parse_facts(json.dump());
  const auto routed = national_table().route(parsed->facts, parsed->at);
  REQUIRE(routed.ok());
  const Json printed = Json::parse(route_to_json(*routed, Release{}, Digest{}));
  CHECK(printed["withheld"] == Json({"investigation"}));
  CHECK(printed["informed"] == Json::array());
}

TEST_CASE("facts written as JSON are read back alike") {
  FactsFile file{UnitId("kpai"), parse_time("2026-03-01T08:00:00.000001Z").value(), {}};
  CHECK(*parse_facts(facts_to_json(file)) == file);
  file.facts.mode = Mode::kMixed;
  file.facts.categories = {Category::kCsam, Category::kNeglect};
  file.facts.victim_age = VictimAge::kAdult;
  file.facts.victims = areas({"31.71"});
  file.facts.suspects = areas({"XX", "11"});
  file.facts.incidents = areas({"00"});
  file.facts.urgency = Urgency::kImmediate;
  file.facts.consent = Consent::kWithheldPolice;
  file.facts.needs = {Need::kMedical, Need::kShelter};
  file.facts.legal_bases = {"uu-12-2022"};
  file.facts.victim_protected = true;
  const std::string json = facts_to_json(file);
  CHECK(json.find('\n') == std::string::npos);
  CHECK(*parse_facts(json) == file);
}

}  // namespace
}  // namespace rujukan::routing
