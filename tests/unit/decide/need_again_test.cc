// Needs that facts call for once more.
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// The police have no part in a case of an adult who does not want them.
Release release_without_police() {
  Release release = small_release();
  Guarantee no_police;
  no_police.id = RuleId("G1");
  no_police.when.victim_age = {VictimAge::kAdult};
  no_police.when.consent = {Consent::kWithheldPolice};
  no_police.excluded_agency = {AgencyId("police")};
  release.guarantees = {no_police};
  return release;
}

Facts facts_with_protection() {
  Facts facts = offline_facts();
  facts.needs = {Need::kProtection};
  return facts;
}

Facts of_adult_without_police(Facts facts) {
  facts.victim_age = VictimAge::kAdult;
  facts.consent = Consent::kWithheldPolice;
  return facts;
}

Facts of_child(Facts facts) {
  facts.victim_age = VictimAge::kChild;
  return facts;
}

}  // namespace

TEST_CASE("a need whose unit was excluded is asked for again when the facts call for it again") {
  CaseInTest c(facts_with_protection(), release_without_police());
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", NewFacts{of_adult_without_police(c.record().facts)});
  REQUIRE(c.assignment(Need::kInvestigation).state == AssignmentState::kCancelled);
  REQUIRE(c.owner() == "uptd");
  c.send("uptd", NewFacts{of_child(c.record().facts)});
  REQUIRE(c.assignment(Need::kInvestigation).state == AssignmentState::kRequested);
  REQUIRE(c.assignment(Need::kInvestigation).unit().str() == "polres.a");
  c.send("polres.a", Accept{Need::kInvestigation});
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("a need that the owner cancelled stays cancelled while the facts call for it") {
  CaseInTest c(facts_with_protection(), release_without_police());
  c.send("polres.a", Cancel{Need::kProtection, UnitId("uptd"), Reason::kDuplicate});
  Facts facts = c.record().facts;
  facts.urgency = Urgency::kUrgent;
  c.send("polres.a", NewFacts{facts});
  REQUIRE(c.assignment(Need::kProtection).state == AssignmentState::kCancelled);
}
