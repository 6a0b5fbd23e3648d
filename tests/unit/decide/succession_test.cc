// What becomes of a case when a unit ends that holds or awaits a part of it.
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;
constexpr Seconds kHour{3600};

TimeUs later() { return noon() + kHour; }

// polres.a ends an hour after noon.
Release release_that_ends(const char* unit, const char* successor = "") {
  Release release = small_release();
  if (*successor != '\0') add_unit_like(release, unit, successor);
  end_unit(release, unit, later(), successor);
  return release;
}

CaseInTest case_at_the_end(const Release& release, const Facts& facts = offline_facts()) {
  CaseInTest c(facts, release);
  REQUIRE_FALSE(c.must_succeed());
  c.advance(kHour);
  return c;
}

}  // namespace

TEST_CASE("a case of units that are all active needs no succession") {
  CaseInTest c(offline_facts(), release_that_ends("polres.b"));
  REQUIRE_FALSE(c.must_succeed());
  c.advance(2 * kHour);
  REQUIRE_FALSE(c.must_succeed());
}

TEST_CASE("a unit that ends hands its case to its successor, which is asked again") {
  CaseInTest c(offline_facts(), release_that_ends("polres.a", "polres.n"));
  c.send("polres.a", Accept{kNeed});
  c.advance(kHour);
  const CaseRecord before = c.record();
  const Outcome outcome = c.succeed();
  REQUIRE(outcome.events.size() == 1);
  REQUIRE(outcome.events[0].type == EventType::kMoved);
  REQUIRE(outcome.owner.str() == "polres.n");
  REQUIRE(c.record().version == before.version + 1);
  REQUIRE(names(c.assignment(kNeed).chain) == Names{"polres.n", "polda", "bareskrim"});
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
  REQUIRE(c.assignment(kNeed).deadline == c.now() + 24 * kHour);
  REQUIRE(c.assignment(Need::kProtection) == before.assignments[1]);
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polres.n"});
  REQUIRE(names(decide::units_to_tell(&before, c.record(), nullptr, c.table())) ==
          Names{"polres.a", "uptd", "kpai", "polres.n"});
  REQUIRE_FALSE(c.is_party("polres.a"));
  c.send("polres.n", Accept{kNeed});
}

TEST_CASE("successors are followed until one is active") {
  Release release = release_that_ends("polres.a", "polres.n");
  add_unit_like(release, "polres.n", "polres.o");
  end_unit(release, "polres.n", later() + kHour, "polres.o");
  CaseInTest c(offline_facts(), release);
  c.advance(3 * kHour);
  REQUIRE(c.succeed().owner.str() == "polres.o");
}

TEST_CASE("without a successor the table says who takes the case") {
  Release release = release_that_ends("polres.a");
  // Not its successor, but of the same place from then on.
  add_unit_like(release, "polres.a", "polres.n").validity = {later(), std::nullopt};
  CaseInTest c = case_at_the_end(release);
  const Outcome outcome = c.succeed();
  REQUIRE(outcome.owner.str() == "polres.n");
  REQUIRE(names(c.assignment(kNeed).chain) == Names{"polres.n", "polda", "bareskrim"});
  REQUIRE(c.assignment(kNeed).rule.str() == "I4");
}

TEST_CASE("without a successor and a unit of the place the next wider one takes the case") {
  CaseInTest c = case_at_the_end(release_that_ends("polres.a"));
  REQUIRE(c.succeed().owner.str() == "polda");
  REQUIRE(names(c.assignment(kNeed).chain) == Names{"polda", "bareskrim"});
}

TEST_CASE("a successor of another function does not take the case") {
  Release release = release_that_ends("polres.a", "polres.n");
  unit_in(release, "polres.n").function = FunctionId("protection");
  CaseInTest c = case_at_the_end(release);
  REQUIRE(c.succeed().owner.str() == "polda");
}

TEST_CASE("a successor that a guarantee keeps out does not take the case") {
  Release release = release_that_ends("polres.a", "polres.n");
  for (Unit& unit : release.units) {
    if (unit.id.str() != "polres.n") continue;
    unit.agency = AgencyId("centre");
    unit.level = Level::kProvince;
    unit.areas = {AreaCode("11.02")};
  }
  Guarantee guarantee;
  guarantee.id = RuleId("G1");
  guarantee.owner_agency = {AgencyId("police")};
  release.guarantees = {guarantee};
  CaseInTest c = case_at_the_end(release);
  REQUIRE(c.succeed().owner.str() != "polres.n");
}

TEST_CASE("an assist without a successor goes to the next of its own chain") {
  CaseInTest c(facts_of_both_regencies(), release_that_ends("polres.b"));
  c.send("uptd", Assist{kNeed, UnitId("polres.b")});
  c.send("polres.b", Accept{kNeed});
  c.advance(kHour);
  REQUIRE(c.succeed().owner.str() == "polres.a");
  REQUIRE(c.assignment(kNeed, 1).unit().str() == "polda");
  REQUIRE(c.assignment(kNeed, 1).state == AssignmentState::kRequested);
  REQUIRE(c.assignment(kNeed).unit().str() == "polres.a");
}

TEST_CASE("a wider unit that ended is replaced in the chain and the holder is left alone") {
  Release release = release_that_ends("bareskrim", "bareskrim.n");
  CaseInTest c(offline_facts(), release);
  c.send("polres.a", Accept{kNeed});
  c.advance(kHour);
  const Assignment before = c.assignment(kNeed);
  c.succeed();
  REQUIRE(c.owner() == "polres.a");
  REQUIRE(names(c.assignment(kNeed).chain) == Names{"polres.a", "polda", "bareskrim.n"});
  REQUIRE(c.assignment(kNeed).state == before.state);
  REQUIRE(c.assignment(kNeed).deadline == before.deadline);
}

TEST_CASE("a wider unit that ended without a successor is dropped from the chain") {
  CaseInTest c = case_at_the_end(release_that_ends("polda"));
  const auto deadline = c.assignment(kNeed).deadline;
  c.succeed();
  REQUIRE(names(c.assignment(kNeed).chain) == Names{"polres.a", "bareskrim"});
  REQUIRE(c.assignment(kNeed).deadline == deadline);
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
}

TEST_CASE("units that the case has left behind may end without a succession") {
  CaseInTest c(offline_facts(), release_that_ends("polres.a"));
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  c.advance(2 * kHour);
  REQUIRE_FALSE(c.must_succeed());
  REQUIRE(c.owner() == "polda");
}

TEST_CASE("a transfer is offered to the successor of the offered unit and ends without one") {
  for (const char* successor : {"polres.n", ""}) {
    CaseInTest c(facts_of_both_regencies(), release_that_ends("polres.b", successor));
    c.send("polres.a", Accept{kNeed});
    c.send("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
    c.advance(kHour);
    const CaseRecord before = c.record();
    c.succeed();
    REQUIRE(c.owner() == "polres.a");
    REQUIRE(c.assignment(kNeed).state == AssignmentState::kAccepted);
    REQUIRE(c.assignment(kNeed).offer.has_value() == (*successor != '\0'));
    REQUIRE_FALSE(c.is_party("polres.b"));
    if (*successor == '\0') continue;
    const Offer& offer = *c.assignment(kNeed).offer;
    REQUIRE(names(offer.chain) == Names{"polres.n", "polda", "bareskrim"});
    REQUIRE(offer.by.str() == "polres.a");
    REQUIRE(offer.deadline == c.now() + 24 * kHour);
    REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polres.n"});
    c.send("polres.n", Accept{kNeed, Subject::kOffer});
    REQUIRE(c.owner() == "polres.n");
  }
}

TEST_CASE("a transfer to a wider unit ends when that unit becomes the holder") {
  CaseInTest c(facts_of_both_regencies(), release_that_ends("polres.a"));
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Transfer{kNeed, UnitId("polda"), Reason::kNoCapacity});
  c.advance(kHour);
  const Outcome outcome = c.succeed();
  REQUIRE(c.owner() == "polda");
  REQUIRE(has_event(outcome, EventType::kOfferEnded));
  REQUIRE_FALSE(c.assignment(kNeed).offer);
}

TEST_CASE("an offer by facts goes to the next of its chain when its unit ends") {
  CaseInTest c(offline_facts(), release_that_ends("polda"));
  Facts both = c.record().facts;
  both.incidents.push_back(AreaCode("11.02"));
  c.send("polres.a", NewFacts{both});
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "polda");
  c.advance(kHour);
  c.succeed();
  REQUIRE(c.owner() == "polres.a");
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "bareskrim");
  REQUIRE(c.assignment(kNeed).offer->basis == OfferBasis::kFacts);
  REQUIRE(c.assignment(kNeed).offer->deadline == c.now() + 24 * kHour);
}

TEST_CASE("an offer whose wider unit ended keeps its deadline") {
  CaseInTest c(facts_of_both_regencies(), release_that_ends("bareskrim", "bareskrim.n"));
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  const TimeUs deadline = c.assignment(kNeed).offer->deadline;
  c.advance(kHour);
  c.succeed();
  REQUIRE(names(c.assignment(kNeed).offer->chain) == Names{"polres.b", "polda", "bareskrim.n"});
  REQUIRE(c.assignment(kNeed).offer->deadline == deadline);
}

TEST_CASE("the request of a unit that ended ends and that of another one waits for the new owner") {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  CaseInTest gone(facts, release_that_ends("polres.b", "polres.n"));
  gone.send("polres.b", TransferRequest{});
  gone.advance(kHour);
  const Outcome outcome = gone.succeed();
  REQUIRE(outcome.events.size() == 1);
  REQUIRE(outcome.events[0].type == EventType::kRequestEnded);
  REQUIRE(gone.owner() == "polres.a");
  CaseInTest waits(facts, release_that_ends("polres.a"));
  waits.send("polres.b", TransferRequest{});
  waits.advance(kHour);
  waits.succeed();
  REQUIRE(waits.record().request->unit.str() == "polres.b");
  REQUIRE(waits.record().decider().str() == "polda");
  waits.send("polda", Transfer{kNeed, UnitId("polres.b"), Reason::kOther});
}

TEST_CASE(
    "a request that went up the chain is answered by a unit that is there after a succession") {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  CaseInTest c(facts, [] {
    Release release = release_that_ends("polda");
    unit_in(release, "polda").validity.until = noon() + 72 * kHour;
    return release;
  }());
  c.send("polres.a", Accept{kNeed});
  c.send("polres.b", TransferRequest{});
  c.miss_deadline(kNeed, Subject::kRequest);
  REQUIRE(c.record().decider().str() == "polda");
  c.advance(48 * kHour);
  c.succeed();
  const Unit* decider = c.table().unit(c.record().decider());
  REQUIRE(decider->validity.covers(c.now()));
}

TEST_CASE("the request of the unit that a succession makes the owner ends") {
  CaseInTest c(offline_facts(), release_that_ends("polres.a"), "polda");
  c.send("polda", TransferRequest{});
  c.advance(kHour);
  const Outcome outcome = c.succeed();
  REQUIRE(c.owner() == "polda");
  REQUIRE(has_event(outcome, EventType::kRequestEnded));
  REQUIRE_FALSE(c.record().request);
}

TEST_CASE("several parts of a case move in one entry") {
  Release release = release_that_ends("polres.a");
  end_unit(release, "uptd", later());
  CaseInTest c = case_at_the_end(release);
  const std::uint32_t version = c.record().version;
  const Outcome outcome = c.succeed();
  REQUIRE(outcome.events.size() == 2);
  REQUIRE(c.record().version == version + 1);
  REQUIRE(c.owner() == "polda");
  REQUIRE(c.assignment(Need::kProtection).unit().str() == "sapa");
}

TEST_CASE("a finished assignment of a unit that ended needs no succession") {
  CaseInTest c(offline_facts(), release_that_ends("uptd"));
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  c.advance(kHour);
  REQUIRE_FALSE(c.must_succeed());
}

TEST_CASE("a closed case is left alone and reopened for the successor") {
  for (const char* successor : {"polres.n", ""}) {
    CaseInTest c(offline_facts(), release_that_ends("polres.a", successor));
    c.send("polres.a", Accept{kNeed});
    c.send("polres.a", Complete{kNeed});
    c.send("uptd", Accept{Need::kProtection});
    c.send("uptd", Complete{Need::kProtection});
    c.send("polres.a", Close{});
    c.advance(kHour);
    REQUIRE_FALSE(c.must_succeed());
    REQUIRE(c.owner() == "polres.a");
    const std::string heir = *successor != '\0' ? successor : "polda";
    const Outcome outcome = c.send("kpai", Reopen{});
    REQUIRE(outcome.owner.str() == heir);
    REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
    REQUIRE(c.assignment(kNeed).deadline == c.now() + 24 * kHour);
    const Names unsealed = *successor != '\0' ? Names{"polres.n"} : Names{};
    REQUIRE(names(c.last().recipients) == unsealed);
    REQUIRE_FALSE(c.must_succeed());
  }
}

TEST_CASE("a unit that begins later under a new release counts as not active") {
  CaseInTest c;
  Release release = small_release();
  unit_in(release, "polres.a").validity.from = noon() + kHour;
  c.use(release);
  REQUIRE(c.succeed().owner.str() == "polda");
}

TEST_CASE("a unit that a new release ends hands over at once") {
  CaseInTest c;
  c.send("polres.a", Accept{kNeed});
  Release release = small_release();
  add_unit_like(release, "polres.a", "polres.n");
  end_unit(release, "polres.a", noon(), "polres.n");
  c.use(release);
  REQUIRE(c.succeed().owner.str() == "polres.n");
}

TEST_CASE("there is no succession when the nation has no unit left") {
  CaseInTest c(offline_facts(), release_that_ends("bareskrim"));
  c.advance(kHour);
  REQUIRE(c.must_succeed());
  REQUIRE_FALSE(decide::decide_succession(c.record(), c.table(), c.now()));
}

TEST_CASE("the same succession is decided from the same case") {
  CaseInTest c = case_at_the_end(release_that_ends("polres.a"));
  const auto first = decide::decide_succession(c.record(), c.table(), c.now());
  REQUIRE(first == decide::decide_succession(c.record(), c.table(), c.now()));
}
