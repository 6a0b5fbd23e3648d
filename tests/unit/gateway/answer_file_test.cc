#include "adapters/gateway/answer_file.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace rujukan;
using namespace rujukan::gateway;
using nlohmann::json;

namespace {

constexpr const char* kCase = "0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44";

json base(const char* kind) { return {{"kind", kind}, {"case", kCase}, {"unit", "polres.a"}}; }

json with(json object, const char* key, const json& value) {
  object[key] = value;
  return object;
}

}  // namespace

TEST_CASE("every kind of answer is read") {
  const auto accept = parse_answer(with(base("accept"), "need", "investigation").dump());
  REQUIRE(accept);
  REQUIRE(accept->body == MessageBody(Accept{Need::kInvestigation}));
  REQUIRE(accept->sender == UnitId("polres.a"));
  REQUIRE(to_string(accept->case_id) == kCase);
  const json decline =
      with(with(base("decline"), "need", "protection"), "reason", "out_of_jurisdiction");
  REQUIRE(parse_answer(decline.dump())->body ==
          MessageBody(Decline{Need::kProtection, Reason::kOutOfJurisdiction}));
  REQUIRE(parse_answer(with(decline, "text", "[alasan]").dump())->text == "[alasan]");
  const json progress = with(with(base("progress"), "need", "medical"), "state", "on-hold");
  REQUIRE(parse_answer(progress.dump())->body ==
          MessageBody(Progress{Need::kMedical, AssignmentState::kOnHold}));
  REQUIRE(parse_answer(with(base("complete"), "need", "takedown").dump())->body ==
          MessageBody(Complete{Need::kTakedown}));
  REQUIRE(parse_answer(with(base("note"), "text", "[catatan]").dump())->text == "[catatan]");
  REQUIRE(parse_answer(base("close").dump())->body == MessageBody(Close{}));
}

TEST_CASE("an answer with a fault is refused and the field named") {
  const std::pair<json, const char*> faults[] = {
      {with(base("accept"), "need", "investigasi"), "need"},
      {base("accept"), "need"},
      {with(base("accept"), "need", 0), "need"},
      {with(with(base("accept"), "need", "medical"), "reason", "other"), "reason"},
      {with(with(base("accept"), "need", "medical"), "text", "x"), "text"},
      {with(base("decline"), "need", "medical"), "reason"},
      {with(with(base("progress"), "need", "medical"), "state", "accepted"), "state"},
      {base("note"), "text"},
      {with(base("note"), "text", ""), "text"},
      {with(base("close"), "case", "0198b6c2"), "case"},
      {with(base("close"), "unit", "Polres A"), "unit"},
      {base("referral"), "kind"},
      {base("received"), "kind"},
      {base("terima"), "kind"},
      {json{{"kind", "close"}, {"unit", "polres.a"}}, "case"},
      {json{{"kind", "close"}, {"case", kCase}}, "unit"},
  };
  for (const auto& [object, field] : faults) {
    INFO(object.dump());
    const auto answer = parse_answer(object.dump());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::kAnswerInvalid);
    CHECK(answer.error().field == field);
  }
  REQUIRE(parse_answer("[]").error().code == ErrorCode::kAnswerInvalid);
}
