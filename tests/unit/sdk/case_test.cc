// A case between stations: what is sealed again, for whom, and what is forgotten.
#include <nlohmann/json.hpp>

#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;
constexpr const char* kNarrative = "{\"nama\":\"[CONTOH]\"}";

// A case of kpai's, owned by polres.a; polres.b could be named and has no part.
class StationsInTest {
 public:
  StationsInTest() {
    for (StationInTest* station : all()) station->run();
    const auto planned =
        *kpai.planner().referral({UnitId("kpai"), facts_of_both_regencies(), {}, kNarrative});
    opening = planned.message;
    kpai.post("opening", planned);
    settle();
  }

  std::vector<StationInTest*> all() { return {&police, &centre, &kpai}; }
  void settle() {
    for (int turn = 0; turn < 4; ++turn) {
      for (StationInTest* station : all()) REQUIRE(station->exchange().ok());
    }
  }
  static sdk::KnownCase known(StationInTest& station, const CaseId& id) {
    return **station.station->cases().find(id);
  }
  sdk::KnownCase known(StationInTest& station) const { return known(station, opening.case_id); }
  std::size_t payloads(StationInTest& station) const {
    return station.station->cases().payloads(opening.case_id)->size();
  }

  sdk::Answer answer(const char* unit, MessageBody body) const {
    return {UnitId(unit), opening.case_id, std::move(body)};
  }
  // Plans from what the station knows, or from `as_known`.
  Result<sdk::Planned> plan(StationInTest& station, const sdk::Answer& answer,
                            std::optional<sdk::KnownCase> as_known = {}) const {
    return station.planner().answer(answer, as_known ? *as_known : known(station),
                                    *station.station->cases().payloads(opening.case_id));
  }
  // Posts it; it comes to its outcome with the next settle().
  void post(StationInTest& station, const sdk::Answer& answer,
            std::optional<sdk::KnownCase> as_known = {}) {
    const auto planned = plan(station, answer, std::move(as_known));
    INFO((planned ? "" : to_string(planned.error())));
    REQUIRE(planned);
    station.post(std::to_string(++posted_), *planned);
  }
  // Posts it and brings it to its outcome; the refusal, if any.
  std::optional<Error> say(StationInTest& station, const sdk::Answer& answer,
                           std::optional<sdk::KnownCase> as_known = {}) {
    post(station, answer, std::move(as_known));
    settle();
    return station.settled().back().refusal;
  }
  void does(StationInTest& station, const char* unit, MessageBody body) {
    const auto refusal = say(station, answer(unit, std::move(body)));
    INFO((refusal ? to_string(*refusal) : ""));
    REQUIRE_FALSE(refusal);
  }

  // What the unit could open, in the order of its deliveries.
  static std::vector<std::string> opened_by(const StationInTest& station, const char* unit) {
    std::vector<std::string> out;
    for (const auto& delivery : station.kept) {
      if (delivery.unit.str() == unit && delivery.narrative) out.push_back(*delivery.narrative);
    }
    return out;
  }
  CaseRecord record() const { return broker.inner.record_of(opening); }

  MemoryBroker broker;
  StationInTest police{broker, "police"};
  StationInTest centre{broker, "centre"};
  StationInTest kpai{broker, "kpai"};
  Message opening;

 private:
  int posted_ = 0;
};

using Narratives = std::vector<std::string>;

}  // namespace

TEST_CASE("a transfer seals the case again for the new unit and it opens what others told") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b").empty());
  s.does(s.police, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOutOfJurisdiction});
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b") == Narratives{kNarrative});
  REQUIRE(s.record().owner().str() == "polres.a");
  s.does(s.police, "polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(s.record().owner().str() == "polres.b");
  // Nobody else was given anything to open.
  REQUIRE(StationsInTest::opened_by(s.kpai, "kpai").empty());
  REQUIRE(StationsInTest::opened_by(s.police, "polda").empty());
}

TEST_CASE("the text of a transfer travels beside the case that it seals") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  auto answer = s.answer("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOther});
  answer.text = "[alasan]";
  REQUIRE_FALSE(s.say(s.police, answer));
  const auto opened = StationsInTest::opened_by(s.police, "polres.b");
  REQUIRE(opened.size() == 1);
  const auto object = nlohmann::json::parse(opened[0]);
  REQUIRE(object["narrative"] == nlohmann::json::parse(kNarrative));
  REQUIRE(object["text"] == "[alasan]");
}

TEST_CASE("a unit that could read the case from its opening gets it as it was sealed then") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  const Transfer upwards{kNeed, UnitId("polda"), Reason::kOther};
  REQUIRE_FALSE(s.plan(s.police, s.answer("polres.a", upwards))->payload);
  REQUIRE(StationsInTest::opened_by(s.police, "polda").empty());
  s.does(s.police, "polres.a", upwards);
  s.does(s.police, "polda", Accept{kNeed, Subject::kOffer});
  REQUIRE(StationsInTest::opened_by(s.police, "polda") == Narratives{kNarrative});
}

TEST_CASE("a call for help seals the case for the unit that is asked") {
  StationsInTest s;
  s.police.accepting = {"polres.b"};
  s.does(s.centre, "uptd", Assist{kNeed, UnitId("polres.b")});
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b") == Narratives{kNarrative});
  REQUIRE(s.record().assignment(kNeed, 1)->state == AssignmentState::kAccepted);
  REQUIRE(s.record().owner().str() == "polres.a");
}

TEST_CASE("who cannot open the case cannot seal it for another unit") {
  StationsInTest s;
  const auto planned = s.plan(s.kpai, s.answer("kpai", Assist{kNeed, UnitId("polres.b")}));
  // kpai sealed it and was no recipient.
  REQUIRE(planned.error().code == ErrorCode::kPayloadMissing);
}

TEST_CASE("an answer with facts adds to those of the case") {
  StationsInTest s;
  auto answer = s.answer("polres.a", NewFacts{});
  answer.addition.urgency = Urgency::kUrgent;
  answer.addition.lists.categories = {Category::kNeglect, Category::kPhysicalViolence};
  answer.addition.lists.suspects = {AreaCode("11.02")};
  REQUIRE_FALSE(s.say(s.police, answer));
  Facts expected = facts_of_both_regencies();
  expected.urgency = Urgency::kUrgent;
  expected.categories.push_back(Category::kNeglect);
  expected.suspects = {AreaCode("11.02")};
  REQUIRE(s.record().facts == expected);
  // Everybody with a part knows them.
  for (StationInTest* station : s.all()) REQUIRE(s.known(*station).facts == expected);
}

TEST_CASE("facts that two units add at the same time are all kept") {
  StationsInTest s;
  auto first = s.answer("polres.a", NewFacts{});
  first.addition.lists.categories = {Category::kNeglect};
  auto second = s.answer("uptd", NewFacts{});
  second.addition.lists.legal_bases = {"uu-35-2014"};
  s.post(s.centre, second);
  s.post(s.police, first);
  s.settle();
  REQUIRE_FALSE(s.police.settled().back().refusal);
  REQUIRE_FALSE(s.centre.settled().back().refusal);
  REQUIRE(s.record().facts.categories.size() == 2);
  REQUIRE(s.record().facts.legal_bases == std::vector<std::string>{"uu-35-2014"});
}

TEST_CASE("facts made for an older version change what they meant to change and nothing else") {
  StationsInTest s;
  auto urgent = s.answer("uptd", NewFacts{});
  urgent.addition.urgency = Urgency::kImmediate;
  urgent.addition.lists.legal_bases = {"uu-35-2014"};
  auto later = s.answer("polres.a", NewFacts{});
  later.addition.consent = Consent::kGiven;
  later.addition.lists.categories = {Category::kNeglect};
  const auto before = s.known(s.police);
  REQUIRE_FALSE(s.say(s.centre, urgent));
  REQUIRE_FALSE(s.say(s.police, later, before));
  Facts expected = facts_of_both_regencies();
  expected.urgency = Urgency::kImmediate;
  expected.consent = Consent::kGiven;
  expected.legal_bases = {"uu-35-2014"};
  expected.categories.push_back(Category::kNeglect);
  REQUIRE(s.record().facts == expected);
}

TEST_CASE("an offered unit that accepts by itself takes the case over") {
  StationsInTest s;
  s.police.accepting = {"polres.b"};
  s.does(s.police, "polres.a", Accept{kNeed});
  s.does(s.police, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  REQUIRE(s.record().owner().str() == "polres.b");
  REQUIRE(s.record().assignment(kNeed)->state == AssignmentState::kAccepted);
}

TEST_CASE("an answer that is sealed for too few is sealed again for all and under a new id") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  auto mistaken = s.known(s.police);
  mistaken.readers.push_back(UnitId("polres.b"));
  const auto answer = s.answer("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOther});
  const auto planned = s.plan(s.police, answer, mistaken);
  REQUIRE_FALSE(planned->payload);
  s.police.post("t", *planned);
  s.settle();
  const auto items = s.police.settled();
  REQUIRE_FALSE(items.back().refusal);
  const auto sent = wire::decode_message(items.back().message);
  REQUIRE(sent->message_id != planned->message.message_id);
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b") == Narratives{kNarrative});
}

TEST_CASE("an answer to a unit that the release does not hold is refused where it is made") {
  StationsInTest s;
  const auto planned =
      s.plan(s.police, s.answer("polres.a", Transfer{kNeed, UnitId("polres.z"), Reason::kOther}));
  REQUIRE(planned.error().code == ErrorCode::kOfferNotCompetent);
}

TEST_CASE("after an erasure no station holds a payload of the case") {
  StationsInTest s;
  REQUIRE(s.payloads(s.police) == 1);
  REQUIRE(s.payloads(s.centre) == 1);
  s.does(s.police, "polres.a", Accept{kNeed});
  s.does(s.police, "polres.a", Complete{kNeed});
  s.does(s.centre, "uptd", Accept{Need::kProtection});
  s.does(s.centre, "uptd", Complete{Need::kProtection});
  s.does(s.police, "polres.a", Close{});
  s.does(s.police, "polres.a", Erase{"uu-27-2022"});
  REQUIRE(s.payloads(s.police) == 1);
  // Who consents is told by its own receipt, the others by a delivery.
  SECTION("the opener consents") { s.does(s.kpai, "kpai", Erase{"uu-27-2022"}); }
  SECTION("an assigned unit consents") { s.does(s.centre, "uptd", Erase{"uu-27-2022"}); }
  REQUIRE(s.record().erased);
  for (StationInTest* station : s.all()) REQUIRE(s.payloads(*station) == 0);
}

TEST_CASE("a case that is reopened is asked for again and accepted by itself") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  s.does(s.police, "polres.a", Complete{kNeed});
  s.does(s.centre, "uptd", Accept{Need::kProtection});
  s.does(s.centre, "uptd", Complete{Need::kProtection});
  s.does(s.police, "polres.a", Close{});
  s.police.accepting = {"polres.a"};
  s.does(s.kpai, "kpai", Reopen{});
  REQUIRE(s.record().status == CaseStatus::kOpen);
  REQUIRE(s.record().assignment(kNeed)->state == AssignmentState::kAccepted);
}
