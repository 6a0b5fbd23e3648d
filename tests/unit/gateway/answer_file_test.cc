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

TEST_CASE("every kind that moves or asks or ends something is read") {
  const json transfer =
      with(with(with(base("transfer"), "need", "investigation"), "to", "polres.b"), "reason",
           "no_capacity");
  REQUIRE(parse_answer(transfer.dump())->body ==
          MessageBody(Transfer{Need::kInvestigation, UnitId("polres.b"), Reason::kNoCapacity}));
  REQUIRE(parse_answer(with(transfer, "text", "[alasan]").dump())->text == "[alasan]");
  REQUIRE(parse_answer(base("transfer_request").dump())->body == MessageBody(TransferRequest{}));
  const json assist = with(with(base("assist"), "need", "medical"), "to", "rs.a");
  REQUIRE(parse_answer(assist.dump())->body == MessageBody(Assist{Need::kMedical, UnitId("rs.a")}));
  const json cancel =
      with(with(with(base("cancel"), "need", "protection"), "of", "uptd"), "reason", "duplicate");
  REQUIRE(parse_answer(cancel.dump())->body ==
          MessageBody(Cancel{Need::kProtection, UnitId("uptd"), Reason::kDuplicate}));
  REQUIRE(parse_answer(base("reopen").dump())->body == MessageBody(Reopen{}));
  REQUIRE(parse_answer(with(base("erase"), "legal_basis", "uu-27-2022").dump())->body ==
          MessageBody(Erase{"uu-27-2022"}));
}

TEST_CASE("the subject says what is accepted or declined or cancelled") {
  const json accept = with(with(base("accept"), "need", "investigation"), "subject", "offer");
  REQUIRE(parse_answer(accept.dump())->body ==
          MessageBody(Accept{Need::kInvestigation, Subject::kOffer}));
  const json decline = with(base("decline"), "reason", "other");
  REQUIRE(parse_answer(with(with(decline, "need", "medical"), "subject", "offer").dump())->body ==
          MessageBody(Decline{Need::kMedical, Reason::kOther, Subject::kOffer}));
  const auto of_request = parse_answer(with(decline, "subject", "request").dump());
  REQUIRE(std::get<Decline>(of_request->body).subject == Subject::kRequest);
  const json cancel = with(base("cancel"), "reason", "other");
  REQUIRE(parse_answer(with(with(cancel, "need", "medical"), "subject", "offer").dump())->body ==
          MessageBody(Cancel{Need::kMedical, {}, Reason::kOther, Subject::kOffer}));
  const auto own_request = parse_answer(with(cancel, "subject", "request").dump());
  REQUIRE(std::get<Cancel>(own_request->body).subject == Subject::kRequest);
}

TEST_CASE("an answer with facts says only what is new") {
  const json facts = {{"mode", "mixed"},
                      {"victim_age", "child"},
                      {"urgency", "immediate"},
                      {"consent", "given"},
                      {"victim_protected", true},
                      {"categories", {"neglect"}},
                      {"needs", {"medical", "shelter"}},
                      {"victims", {"11.01"}},
                      {"suspects", {"XX"}},
                      {"incidents", {"11.02", "11"}},
                      {"legal_bases", {"uu-35-2014"}}};
  const auto answer = parse_answer(with(base("facts"), "facts", facts).dump());
  REQUIRE(answer);
  REQUIRE(std::holds_alternative<NewFacts>(answer->body));
  const sdk::FactsAddition& addition = answer->addition;
  REQUIRE(addition.mode == Mode::kMixed);
  REQUIRE(addition.victim_age == VictimAge::kChild);
  REQUIRE(addition.urgency == Urgency::kImmediate);
  REQUIRE(addition.consent == Consent::kGiven);
  REQUIRE(addition.victim_protected == true);
  REQUIRE(addition.lists.categories == std::vector{Category::kNeglect});
  REQUIRE(addition.lists.needs == std::vector{Need::kMedical, Need::kShelter});
  REQUIRE(addition.lists.victims == std::vector{AreaCode("11.01")});
  REQUIRE(addition.lists.suspects == std::vector{AreaCode("XX")});
  REQUIRE(addition.lists.incidents == std::vector{AreaCode("11.02"), AreaCode("11")});
  REQUIRE(addition.lists.legal_bases == std::vector<std::string>{"uu-35-2014"});
  const auto one = parse_answer(with(base("facts"), "facts", json{{"urgency", "urgent"}}).dump());
  REQUIRE(one->addition.urgency == Urgency::kUrgent);
  REQUIRE_FALSE(one->addition.mode);
  REQUIRE_FALSE(one->addition.victim_protected);
  REQUIRE(one->addition.lists == Facts{});
}

TEST_CASE("a new kind of answer with a fault is refused and the field named") {
  const json transfer =
      with(with(with(base("transfer"), "need", "medical"), "to", "rs.a"), "reason", "other");
  const json cancel =
      with(with(with(base("cancel"), "need", "medical"), "of", "rs.a"), "reason", "other");
  const auto without = [](json object, const char* key) {
    object.erase(key);
    return object;
  };
  const auto facts = [](const json& object) { return with(base("facts"), "facts", object); };
  const std::pair<json, const char*> faults[] = {
      {without(transfer, "to"), "to"},
      {without(transfer, "need"), "need"},
      {without(transfer, "reason"), "reason"},
      {with(transfer, "to", "RS A"), "to"},
      {with(transfer, "subject", "offer"), "subject"},
      {with(base("transfer_request"), "need", "medical"), "need"},
      {with(base("assist"), "need", "medical"), "to"},
      {with(base("assist"), "to", "rs.a"), "need"},
      {with(with(base("accept"), "need", "medical"), "subject", "request"), "subject"},
      {with(with(base("accept"), "need", "medical"), "subject", "tawaran"), "subject"},
      {without(cancel, "of"), "of"},
      {without(cancel, "reason"), "reason"},
      {with(cancel, "subject", "offer"), "of"},
      {with(with(with(base("cancel"), "subject", "request"), "reason", "other"), "need", "medical"),
       "need"},
      {with(base("reopen"), "need", "medical"), "need"},
      {base("erase"), "legal_basis"},
      {with(base("erase"), "legal_basis", "UU 27"), "legal_basis"},
      {base("facts"), "facts"},
      {facts(json::object()), "facts"},
      {facts({"neglect"}), "facts"},
      {facts({{"urgency", "now"}}), "facts.urgency"},
      {facts({{"urgency", 1}}), "facts.urgency"},
      {facts({{"victim_protected", "yes"}}), "facts.victim_protected"},
      {facts({{"categories", "neglect"}}), "facts.categories"},
      {facts({{"categories", {"sesuatu"}}}), "facts.categories"},
      {facts({{"needs", {1}}}), "facts.needs"},
      {facts({{"victims", {"1101"}}}), "facts.victims"},
      {facts({{"wilayah", {"11.01"}}}), "facts.wilayah"},
      {with(base("reopen"), "facts", json{{"urgency", "urgent"}}), "facts"},
  };
  for (const auto& [object, field] : faults) {
    INFO(object.dump());
    const auto answer = parse_answer(object.dump());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::kAnswerInvalid);
    CHECK(answer.error().field == field);
  }
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
