// Who owns a case whose lead assignment is done while other needs are still worked on.
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

Facts facts_with_protection() {
  Facts facts = offline_facts();
  facts.needs = {Need::kProtection};
  return facts;
}

CaseInTest case_investigated(const Release& release) {
  CaseInTest c(facts_with_protection(), release);
  c.send("uptd", Accept{Need::kProtection});
  c.send("polres.a", Accept{Need::kInvestigation});
  c.send("polres.a", Complete{Need::kInvestigation});
  REQUIRE(c.owner() == "polres.a");
  return c;
}

}  // namespace

TEST_CASE("facts that exclude the owner move a case whose lead assignment is done") {
  Release release = small_release();
  Guarantee no_police;
  no_police.id = RuleId("G1");
  no_police.when.victim_age = {VictimAge::kAdult};
  no_police.when.consent = {Consent::kWithheldPolice};
  no_police.excluded_agency = {AgencyId("police")};
  release.guarantees = {no_police};
  CaseInTest c = case_investigated(release);
  Facts facts = c.record().facts;
  facts.victim_age = VictimAge::kAdult;
  facts.consent = Consent::kWithheldPolice;
  const Outcome outcome = c.send("uptd", NewFacts{facts});
  REQUIRE(has_event(outcome, EventType::kLed));
  REQUIRE(c.owner() == "uptd");
  REQUIRE(c.assignment(Need::kInvestigation).state == AssignmentState::kCompleted);
}

TEST_CASE("facts that do not exclude the owner leave it a case whose lead assignment is done") {
  CaseInTest c = case_investigated(small_release());
  Facts facts = c.record().facts;
  facts.victim_age = VictimAge::kAdult;
  c.send("uptd", NewFacts{facts});
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("a case whose lead assignment is done moves to the successor of its owner") {
  Release release = small_release();
  add_unit_like(release, "polres.a", "polres.n");
  end_unit(release, "polres.a", noon() + Seconds(3600), "polres.n");
  CaseInTest c = case_investigated(release);
  c.advance(Seconds(3600));
  REQUIRE(decide::broken_invariant(c.record(), c.table(), c.now()));
  const Outcome outcome = c.succeed();
  REQUIRE(outcome.owner.str() == "polres.n");
  REQUIRE(c.owner() == "polres.n");
  // Nobody is asked to do again what is done.
  REQUIRE(c.assignment(Need::kInvestigation).state == AssignmentState::kCompleted);
  REQUIRE_FALSE(c.assignment(Need::kInvestigation).deadline);
  c.send("uptd", Complete{Need::kProtection});
  c.send("polres.n", Close{});
}
