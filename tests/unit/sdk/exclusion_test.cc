// A station whose units a guarantee keeps out of a case, and facts that two units state at once.
#include "adapters/sdk/entry_check.h"
#include "broker/runtime/file.h"
#include "broker/sequencer/sequencer.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;
constexpr const char* kNarrative = "{\"nama\":\"[CONTOH]\"}";

// Under the guarded release. The centre opens what it is told to.
class GuardedStations {
 public:
  GuardedStations() {
    Release release = guarded_release();
    release.version = ReleaseVersion{2};
    broker.inner.sequencer->offer_release(signed_small_release(release));
    broker.tick();
    for (StationInTest* station : {&police, &centre, &kpai}) station->run();
  }
  // The case's opening.
  Message open(const Facts& facts) {
    const auto planned = centre.planner().referral({UnitId("uptd"), facts, {}, kNarrative});
    REQUIRE(planned);
    centre.post("opening", *planned);
    REQUIRE(centre.exchange());
    return planned->message;
  }
  Result<sdk::Planned> facts_of(StationInTest& station, const char* unit, const Message& opening,
                                const sdk::FactsAddition& addition, const std::string& text = "") {
    const auto known = station.station->cases().find(opening.case_id);
    REQUIRE((known && *known));
    return station.planner().answer({UnitId(unit), opening.case_id, NewFacts{}, text, addition},
                                    **known, *station.station->cases().payloads(opening.case_id));
  }
  void state(StationInTest& station, const char* unit, const Message& opening,
             const sdk::FactsAddition& addition) {
    const auto planned = facts_of(station, unit, opening, addition);
    INFO((planned ? "" : to_string(planned.error())));
    REQUIRE(planned);
    station.post("facts " + std::to_string(++posted_), *planned);
    REQUIRE(station.exchange());
  }
  bool knows(StationInTest& station, const Message& opening) {
    const auto known = station.station->cases().find(opening.case_id);
    REQUIRE(known);
    return known->has_value();
  }

  MemoryBroker broker;
  StationInTest police{broker, "police"};
  StationInTest centre{broker, "centre"};
  StationInTest kpai{broker, "kpai"};

 private:
  int posted_ = 0;
};

sdk::FactsAddition with_consent(Consent consent) {
  sdk::FactsAddition addition;
  addition.consent = consent;
  return addition;
}
sdk::FactsAddition with_urgency(Urgency urgency) {
  sdk::FactsAddition addition;
  addition.urgency = urgency;
  return addition;
}

bool is_notice(const sdk::CheckedDelivery& delivery) {
  return std::holds_alternative<ExclusionCause>(delivery.checked.entry.cause);
}

}  // namespace

TEST_CASE(
    "a station that is kept out forgets the case and hands on a notice without anything of it") {
  GuardedStations s;
  const Message opening = s.open(adult_facts());
  REQUIRE(s.police.exchange());
  REQUIRE(s.police.kept.size() == 1);
  REQUIRE(s.police.kept[0].narrative == kNarrative);
  s.state(s.centre, "uptd", opening, with_consent(Consent::kWithheldPolice));
  SECTION("at once") {}
  SECTION("after a crash of the station") {
    REQUIRE(s.police.open());
    REQUIRE(s.police.connect());
  }
  REQUIRE(s.police.exchange());
  REQUIRE(s.police.kept.size() == 1);
  const sdk::CheckedDelivery& notice = s.police.kept[0];
  REQUIRE(is_notice(notice));
  REQUIRE_FALSE(notice.known);
  REQUIRE_FALSE(notice.narrative);
  REQUIRE_FALSE(s.knows(s.police, opening));
  REQUIRE(s.police.station->cases().payloads(opening.case_id)->empty());
  // And it is acknowledged, once.
  REQUIRE(s.broker.inner.mail_of("polres.a").empty());
  REQUIRE(*s.police.station->outbox().size() == 0);
}

// Of everything that the station's database keeps about a case or a narrative.
std::uint64_t rows_of_cases(StationInTest& station) {
  store::Statement row = station.database->prepare(
      "SELECT (SELECT count(*) FROM known_case) + (SELECT count(*) FROM known_entry) + "
      "(SELECT count(*) FROM outbox WHERE length(plaintext) > 0)");
  REQUIRE(row.step().value());
  return row.number(0);
}

bool lies_in_files(const StationInTest& station, const std::string& text) {
  for (const char* suffix : {"", "-wal"}) {
    const auto file = read_file(station.database_path().string() + suffix, 1ULL << 30);
    if (file && file->find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("a station of which two units are kept out forgets the case once both were told") {
  GuardedStations s;
  const Message opening = s.open(adult_facts());
  REQUIRE(s.police.exchange());
  // Nobody accepts: the next of the chain is a unit of the same station.
  s.broker.inner.clock.advance(std::chrono::hours(25));
  s.broker.tick();
  REQUIRE(s.police.exchange());
  REQUIRE(s.broker.inner.record_of(opening).owner() == UnitId("polda"));
  REQUIRE(s.centre.exchange());
  s.state(s.centre, "sapa", opening, with_consent(Consent::kWithheldPolice));
  REQUIRE(s.police.exchange());
  CHECK(std::count_if(s.police.kept.begin(), s.police.kept.end(), is_notice) ==
        static_cast<std::ptrdiff_t>(s.police.kept.size()));
  CHECK(s.police.kept.size() >= 2);
  CHECK(rows_of_cases(s.police) == 0);
}

TEST_CASE(
    "what the agency was given before a crash is taken from it though nothing else knows of it") {
  GuardedStations s;
  const Message opening = s.open(adult_facts());
  REQUIRE(s.police.exchange());
  // As a crash leaves it: the agency has the delivery, the station does not.
  REQUIRE(s.police.database->execute("DELETE FROM inbox; DELETE FROM known_case"));
  s.state(s.centre, "uptd", opening, with_consent(Consent::kWithheldPolice));
  REQUIRE(s.police.exchange());
  REQUIRE(s.police.kept.size() == 1);
  CHECK(is_notice(s.police.kept[0]));
  CHECK(rows_of_cases(s.police) == 0);
}

TEST_CASE("what a station wrote before it was kept out is no copy of what it was told") {
  GuardedStations s;
  const Message opening = s.open(adult_facts());
  REQUIRE(s.police.exchange());
  // A transfer brings what the case is about to the next, and lies open in the outbox.
  const auto known = s.police.station->cases().find(opening.case_id);
  REQUIRE((known && *known));
  const auto transfer =
      s.police.planner().answer({UnitId("polres.a"),
                                 opening.case_id,
                                 Transfer{kNeed, UnitId("polres.b"), Reason::kOutOfJurisdiction},
                                 "",
                                 {}},
                                **known, *s.police.station->cases().payloads(opening.case_id));
  REQUIRE(transfer);
  REQUIRE(as_text(transfer->plaintext).find("[CONTOH]") != std::string_view::npos);
  s.state(s.centre, "uptd", opening, with_consent(Consent::kWithheldPolice));
  SECTION("and what waits while it is told") {
    s.police.post("transfer", *transfer);
    CHECK(lies_in_files(s.police, kNarrative));
    REQUIRE(s.police.exchange(no_outcomes));
    CHECK(rows_of_cases(s.police) == 0);
    CHECK_FALSE(lies_in_files(s.police, kNarrative));
    REQUIRE(s.police.open());
    REQUIRE(s.police.connect());
  }
  SECTION("and what it writes once it was told, from what it read before") {
    REQUIRE(s.police.exchange());
    s.police.post("transfer", *transfer);
    CHECK(lies_in_files(s.police, kNarrative));
  }
  REQUIRE(s.police.exchange());
  CHECK(rows_of_cases(s.police) == 0);
  CHECK_FALSE(lies_in_files(s.police, kNarrative));
  const auto settled = s.police.settled();
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].refusal->code == ErrorCode::kCaseUnknown);
}

TEST_CASE("the centre withdraws for an adult whose case the police had closed") {
  GuardedStations s;
  const Message opening = s.open(adult_facts());
  REQUIRE(s.police.exchange());
  auto& broker = s.broker.inner;
  for (const auto& [unit, need] :
       {std::pair("polres.a", kNeed), std::pair("uptd", Need::kProtection)}) {
    broker.does(opening, unit, Accept{need});
    broker.does(opening, unit, Complete{need});
  }
  broker.does(opening, "polres.a", Close{});
  REQUIRE(s.centre.exchange());
  s.state(s.centre, "uptd", opening, with_consent(Consent::kWithheldPolice));
  REQUIRE(broker.record_of(opening).owner() == UnitId("uptd"));
  const auto known = s.centre.station->cases().find(opening.case_id);
  REQUIRE((known && *known));
  REQUIRE((*known)->facts.consent == Consent::kWithheldPolice);
  s.police.kept.clear();
  REQUIRE(s.police.exchange());
  REQUIRE(s.police.kept.size() == 1);
  REQUIRE(is_notice(s.police.kept[0]));
  REQUIRE_FALSE(s.knows(s.police, opening));
}

TEST_CASE("a station that is let in again knows the case again") {
  GuardedStations s;
  const Message opening = s.open(adult_facts());
  REQUIRE(s.police.exchange());
  s.state(s.centre, "uptd", opening, with_consent(Consent::kWithheldPolice));
  SECTION("it was told") { REQUIRE(s.police.exchange()); }
  SECTION("it was off all the time") {}
  s.state(s.centre, "uptd", opening, with_consent(Consent::kGiven));
  REQUIRE(s.police.exchange());
  REQUIRE(s.knows(s.police, opening));
  REQUIRE(s.broker.inner.mail_of("polres.a").empty());
  REQUIRE(s.police.kept.back().known->facts.consent == Consent::kGiven);
}

TEST_CASE("an opener that is kept out forgets what it opened once it is told") {
  GuardedStations s;
  Facts facts = adult_facts();
  const auto planned = s.kpai.planner().referral({UnitId("kpai"), facts, {}, kNarrative});
  REQUIRE(planned);
  s.kpai.post("opening", *planned);
  REQUIRE(s.kpai.exchange());
  REQUIRE_FALSE(s.kpai.settled().back().refusal);
  REQUIRE(s.kpai.kept.size() == 1);
  REQUIRE(is_notice(s.kpai.kept[0]));
  REQUIRE_FALSE(s.knows(s.kpai, planned->message));
}

TEST_CASE("why an adult withdraws is sealed for nobody whom the withdrawal keeps out") {
  GuardedStations s;
  const Message opening = s.open(adult_facts());
  const auto planned =
      s.facts_of(s.centre, "uptd", opening, with_consent(Consent::kWithheldPolice), "[CONTOH]");
  REQUIRE(planned);
  for (const UnitId& unit : planned->message.recipients) {
    INFO(unit.str());
    REQUIRE_FALSE(unit.str().starts_with("pol"));
    REQUIRE(unit.str() != "bareskrim");
  }
  REQUIRE_FALSE(planned->message.recipients.empty());
}

TEST_CASE("what is unclear is not sent: an adult's wish of a victim whose age nobody knows") {
  GuardedStations s;
  Facts facts = adult_facts(Consent::kWithheldPolice);
  facts.victim_age = VictimAge::kUnknown;
  const auto planned = s.centre.planner().referral({UnitId("uptd"), facts, {}, kNarrative});
  REQUIRE_FALSE(planned);
  REQUIRE(planned.error().code == ErrorCode::kFactsInvalid);
}

TEST_CASE("a successor opens what was sealed for the unit that ended, with that unit's key") {
  GuardedStations s;
  const auto planned = s.centre.planner().referral({UnitId("uptd"), adult_facts(), {}, kNarrative});
  REQUIRE(planned);
  Release release = guarded_release();
  end_unit(release, "polres.a", noon(), "polres.b");
  const auto table = *routing::RoutingTable::build(release);
  const auto opened_by = [&](const char* unit, TimeUs now) {
    const UnitId id(unit);
    const auto opened =
        sdk::open_narrative(planned->message, planned->payload, {id, s.police.keys, *table, now});
    INFO((opened ? "" : to_string(opened.error())));
    REQUIRE(opened);
    return *opened;
  };
  REQUIRE(opened_by("polres.b", noon()) == kNarrative);
  REQUIRE_FALSE(opened_by("polres.b", noon() - Seconds(1)));
  REQUIRE_FALSE(opened_by("kpai", noon()));
}

TEST_CASE("a single fact that somebody else changed meanwhile is for a person") {
  GuardedStations s;
  const Message opening = s.open(offline_facts());
  REQUIRE(s.police.exchange());
  const auto planned = s.facts_of(s.police, "polres.a", opening, with_urgency(Urgency::kUrgent));
  REQUIRE(planned);
  s.police.post("late", *planned);
  s.state(s.centre, "uptd", opening, with_urgency(Urgency::kImmediate));
  SECTION("what the other changed comes with the refusal") { REQUIRE(s.police.exchange()); }
  SECTION("what the other changed comes later than the refusal") {
    // Only answers get through; the message must not be taken for one that saw the newer facts.
    REQUIRE(s.police.exchange([](wire::Frames& frames) {
      return *wire::read_frame_type(frames.front()) != wire::FrameType::kDelivery;
    }));
    REQUIRE(s.broker.inner.record_of(opening).facts.urgency == Urgency::kImmediate);
    s.police.run();
  }
  REQUIRE(s.broker.inner.record_of(opening).facts.urgency == Urgency::kImmediate);
  REQUIRE(s.police.settled().size() == 1);
  REQUIRE(s.police.settled()[0].refusal);
}

TEST_CASE("two units that change a fact to the same agree, and other facts are added as before") {
  GuardedStations s;
  const Message opening = s.open(offline_facts());
  REQUIRE(s.police.exchange());
  sdk::FactsAddition addition = with_urgency(Urgency::kImmediate);
  addition.lists.categories = {Category::kNeglect};
  const auto planned = s.facts_of(s.police, "polres.a", opening, addition);
  REQUIRE(planned);
  s.police.post("late", *planned);
  s.state(s.centre, "uptd", opening, with_urgency(Urgency::kImmediate));
  REQUIRE(s.police.exchange());
  REQUIRE_FALSE(s.police.settled()[0].refusal);
  const Facts facts = s.broker.inner.record_of(opening).facts;
  REQUIRE(facts.urgency == Urgency::kImmediate);
  REQUIRE(facts.categories.size() == 2);
}
