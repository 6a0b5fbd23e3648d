// Asking another unit for help.
#include "broker/base/limits.h"
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;
constexpr Seconds kDay{24 * 3600};

// uptd has asked polda for help.
CaseInTest helped_case() {
  CaseInTest c;
  c.send("uptd", Assist{kNeed, UnitId("polda")});
  return c;
}

}  // namespace

TEST_CASE("a unit that helps has an assignment of its own and the case stays where it is") {
  CaseInTest c = helped_case();
  REQUIRE(c.owner() == "polres.a");
  REQUIRE(c.record().lead == kNeed);
  const Assignment& assist = c.assignment(kNeed, 1);
  REQUIRE(assist.unit().str() == "polda");
  REQUIRE(names(assist.chain) == Names{"polda", "bareskrim"});
  REQUIRE(assist.deadline == c.now() + kDay);
  REQUIRE(c.send("polda", Accept{kNeed}).owner.str() == "polres.a");
  REQUIRE(c.assignment(kNeed, 1).state == AssignmentState::kAccepted);
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
  c.send("polda", Progress{kNeed, AssignmentState::kInProgress});
  c.send("polda", Complete{kNeed});
  REQUIRE(c.assignment(kNeed, 1).state == AssignmentState::kCompleted);
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("an assist that is declined or not answered climbs its own chain") {
  CaseInTest c = helped_case();
  const Outcome outcome = c.send("polda", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE(outcome.events.back().assist == 1);
  REQUIRE(c.assignment(kNeed, 1).unit().str() == "bareskrim");
  REQUIRE(c.owner() == "polres.a");
  REQUIRE(refusal_of(c.ask("bareskrim", Decline{kNeed, Reason::kOther})) ==
          ErrorCode::kAssignmentTerminal);
  CaseInTest silent = helped_case();
  REQUIRE(silent.miss_deadline(kNeed, Subject::kAssignment, 1).owner.str() == "polres.a");
  REQUIRE(silent.assignment(kNeed, 1).unit().str() == "bareskrim");
  REQUIRE(silent.assignment(kNeed).unit().str() == "polres.a");
  REQUIRE(silent.miss_deadline(kNeed, Subject::kAssignment, 1).events.front().type ==
          EventType::kOverdue);
}

TEST_CASE("the owner cancels an assist by its unit and the lead goes on") {
  CaseInTest c = helped_case();
  const Cancel cancel{kNeed, UnitId("polda"), Reason::kOther};
  REQUIRE(refusal_of(c.ask("uptd", cancel)) == ErrorCode::kCaseNotOwner);
  c.send("polres.a", cancel);
  REQUIRE(c.assignment(kNeed, 1).state == AssignmentState::kCancelled);
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
  REQUIRE_FALSE(c.is_party("polda"));
  REQUIRE(refusal_of(c.ask("polda", Accept{kNeed})) == ErrorCode::kCaseUnknown);
}

TEST_CASE("a case is not closed while a unit still helps") {
  CaseInTest c = helped_case();
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Complete{kNeed});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  REQUIRE(refusal_of(c.ask("polres.a", Close{})) == ErrorCode::kCaseOpenAssignments);
  c.send("polda", Accept{kNeed});
  c.send("polda", Complete{kNeed});
  c.send("polres.a", Close{});
}

TEST_CASE("a helping unit is told everything and reads what is sealed for it also afterwards") {
  CaseInTest c(facts_of_both_regencies());
  const CaseRecord before = c.record();
  c.send("uptd", Assist{kNeed, UnitId("polres.b")});
  const Message asked = c.last();
  REQUIRE(names(asked.recipients) == Names{"polres.b"});
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polres.b"});
  REQUIRE(names(decide::units_to_tell(&before, c.record(), &asked, c.table())) ==
          Names{"polres.a", "kpai", "polres.b"});
  REQUIRE(decide::may_read_payload(c.record(), asked, UnitId("polres.b"), c.table(), c.now()));
  c.send("polres.b", Accept{kNeed});
  c.send("polres.b", Complete{kNeed});
  REQUIRE(c.is_party("polres.b"));
  REQUIRE(decide::may_read_payload(c.record(), asked, UnitId("polres.b"), c.table(), c.now()));
}

TEST_CASE("a case has a limit of requests for help that finished ones count for") {
  CaseInTest c;
  for (std::size_t i = 0; i < limits::kAssists; ++i) {
    c.send("uptd", Assist{kNeed, UnitId("polda")});
    c.send("polres.a", Cancel{kNeed, UnitId("polda"), Reason::kOther});
  }
  REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId("polda")})) == ErrorCode::kAssistLimit);
}

TEST_CASE("help is asked of a unit that could give it and does not already") {
  CaseInTest c = helped_case();
  REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId("polda")})) ==
          ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId("polres.a")})) ==
          ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId("polres.b")})) ==
          ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId("sapa")})) ==
          ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId("kpai")})) ==
          ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("uptd", Assist{Need::kMedical, UnitId("polda")})) ==
          ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("kpai", Assist{kNeed, UnitId("bareskrim")})) ==
          ErrorCode::kAssignmentNotYours);
}

TEST_CASE("help is asked only for needs that the agency may ask for and that are not withheld") {
  Release release = small_release();
  for (Permission& permission : release.permissions) {
    if (permission.agency.str() == "centre") permission.request_needs = {Need::kProtection};
  }
  CaseInTest c(offline_facts(), release);
  REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId("polda")})) ==
          ErrorCode::kPermissionDenied);
  REQUIRE_FALSE(c.ask("uptd", Assist{Need::kProtection, UnitId("sapa")}).refusal);
  Rule withheld;
  withheld.id = RuleId("I1");
  withheld.needs = {kNeed};
  withheld.withheld = true;
  release = small_release();
  release.rules.insert(release.rules.begin(), withheld);
  CaseInTest without_police(offline_facts(), release);
  REQUIRE(without_police.owner() == "uptd");
  REQUIRE(refusal_of(without_police.ask("uptd", Assist{kNeed, UnitId("polda")})) ==
          ErrorCode::kOfferNotCompetent);
}

TEST_CASE("a unit that takes over a need no longer helps itself with it") {
  CaseInTest c = helped_case();
  c.send("polda", Accept{kNeed});
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Transfer{kNeed, UnitId("polda"), Reason::kOutOfJurisdiction});
  c.send("polda", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polda");
  REQUIRE(c.assignment(kNeed, 1).state == AssignmentState::kCancelled);
}

TEST_CASE("an unanswered message about one need is about the assignment that waits for it") {
  // polda helps, and then the case itself climbs to it.
  CaseInTest c = helped_case();
  c.send("polda", Accept{kNeed});
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE(c.owner() == "polda");
  c.send("polda", Complete{kNeed});
  REQUIRE(c.assignment(kNeed, 1).state == AssignmentState::kCompleted);
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
  c.send("polda", Accept{kNeed});
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kAccepted);
}
