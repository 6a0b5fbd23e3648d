// Moving an assignment to another unit, and asking for that.
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;
constexpr Seconds kDay{24 * 3600};

Transfer to(const char* unit) { return {kNeed, UnitId(unit), Reason::kOutOfJurisdiction}; }

// Accepted by polres.a; polres.b could be named.
CaseInTest taken_case() {
  CaseInTest c(facts_of_both_regencies());
  c.send("polres.a", Accept{kNeed});
  return c;
}
CaseInTest offered_case() {
  CaseInTest c = taken_case();
  c.send("polres.a", to("polres.b"));
  return c;
}

// polres.a has not answered; polda opened the case, and so may ask for it.
CaseInTest case_of_polda() { return CaseInTest(offline_facts(), small_release(), "polda"); }
// polres.b, which is informed, asked for the case.
CaseInTest requested_case() {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  CaseInTest c(facts);
  c.send("polres.b", TransferRequest{});
  return c;
}

}  // namespace

TEST_CASE("an offer does not move the case") {
  CaseInTest c = taken_case();
  const Assignment before = c.assignment(kNeed);
  const Outcome outcome = c.send("polres.a", to("polres.b"));
  REQUIRE(outcome.owner.str() == "polres.a");
  Assignment after = c.assignment(kNeed);
  REQUIRE(after.offer->unit().str() == "polres.b");
  REQUIRE(after.offer->by.str() == "polres.a");
  REQUIRE(names(after.offer->chain) == Names{"polres.b", "polda", "bareskrim"});
  REQUIRE(after.offer->deadline == c.now() + kDay);
  after.offer.reset();
  REQUIRE(after == before);
}

TEST_CASE("an accepted offer moves the case with its chain and nothing is awaited") {
  CaseInTest c = offered_case();
  const Outcome outcome = c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(outcome.owner.str() == "polres.b");
  REQUIRE(c.owner() == "polres.b");
  const Assignment& lead = c.assignment(kNeed);
  REQUIRE(names(lead.chain) == Names{"polres.b", "polda", "bareskrim"});
  REQUIRE(lead.position == 0);
  REQUIRE(lead.state == AssignmentState::kAccepted);
  REQUIRE_FALSE(lead.deadline);
  REQUIRE_FALSE(lead.offer);
  // Whoever had it may still acknowledge, and ask to have it back.
  REQUIRE_FALSE(c.is_party("polres.a"));
  REQUIRE(refusal_of(c.ask("polres.a", Complete{kNeed})) == ErrorCode::kAssignmentNotYours);
  REQUIRE_FALSE(c.ask("polres.a", TransferRequest{}).refusal);
}

TEST_CASE("an offer that is declined or withdrawn or not answered leaves the case where it is") {
  for (const char* end : {"decline", "withdraw", "expire"}) {
    INFO(end);
    CaseInTest c = offered_case();
    if (*end == 'd') c.send("polres.b", Decline{kNeed, Reason::kNoCapacity, Subject::kOffer});
    if (*end == 'w') c.send("polres.a", Cancel{kNeed, {}, Reason::kOther, Subject::kOffer});
    if (*end == 'e') {
      REQUIRE(c.miss_deadline(kNeed, Subject::kOffer).events.front().type ==
              EventType::kOfferEnded);
    }
    REQUIRE(c.owner() == "polres.a");
    REQUIRE_FALSE(c.assignment(kNeed).offer);
    REQUIRE(c.assignment(kNeed).state == AssignmentState::kAccepted);
    REQUIRE(refusal_of(c.ask("polres.a", Cancel{kNeed, {}, Reason::kOther, Subject::kOffer})) ==
            ErrorCode::kOfferUnknown);
    REQUIRE_FALSE(c.ask("polres.a", to("polres.b")).refusal);
  }
}

TEST_CASE("only the offered unit accepts an offer and only who made it withdraws it") {
  CaseInTest c = offered_case();
  for (const char* unit : {"polres.a", "uptd", "kpai"}) {
    REQUIRE(refusal_of(c.ask(unit, Accept{kNeed, Subject::kOffer})) ==
            ErrorCode::kAssignmentNotYours);
    REQUIRE(refusal_of(c.ask(unit, Decline{kNeed, Reason::kOther, Subject::kOffer})) ==
            ErrorCode::kAssignmentNotYours);
  }
  for (const char* unit : {"polres.b", "uptd", "kpai"}) {
    REQUIRE(refusal_of(c.ask(unit, Cancel{kNeed, {}, Reason::kOther, Subject::kOffer})) ==
            ErrorCode::kAssignmentNotYours);
  }
  // A wider unit of the offered chain has no part in it.
  REQUIRE(refusal_of(c.ask("polda", Accept{kNeed, Subject::kOffer})) == ErrorCode::kCaseUnknown);
}

TEST_CASE("an assignment is offered to one unit at a time") {
  CaseInTest c = offered_case();
  REQUIRE(refusal_of(c.ask("polres.a", to("polda"))) == ErrorCode::kOfferPending);
  REQUIRE(refusal_of(c.ask("polres.a", to("polres.b"))) == ErrorCode::kOfferPending);
}

TEST_CASE("a case is offered only to a unit that the table could name for its facts") {
  Release release = small_release();
  add_unit_like(release, "polres.b", "polres.c").areas = {AreaCode("11.03")};
  release.areas.push_back({AreaCode("11.03"), AreaCode("11"), Level::kRegency, "11.03", {}, {}});
  unit_in(release, "polres.c").validity.until = noon();
  add_unit_like(release, "polres.b", "polres.d").areas = {AreaCode("11.03")};
  unit_in(release, "polres.d").validity.from = noon() + kDay;
  Facts facts = facts_of_both_regencies();
  facts.suspects = {AreaCode("11.03")};
  CaseInTest c(facts, release);
  c.send("polres.a", Accept{kNeed});
  // Of another function; an oversight unit; unknown; itself; ended; not begun.
  for (const char* unit : {"uptd", "kpai", "polres.z", "polres.a", "polres.c", "polres.d"}) {
    INFO(unit);
    REQUIRE(refusal_of(c.ask("polres.a", to(unit))) == ErrorCode::kOfferNotCompetent);
  }
  REQUIRE_FALSE(c.ask("polres.a", to("polres.b")).refusal);
  CaseInTest elsewhere;
  elsewhere.send("polres.a", Accept{kNeed});
  REQUIRE(refusal_of(elsewhere.ask("polres.a", to("polres.b"))) == ErrorCode::kOfferNotCompetent);
}

TEST_CASE("no case is offered to a unit that a guarantee keeps from owning it") {
  Release release = small_release();
  unit_in(release, "polres.b").agency = AgencyId("centre");
  Guarantee guarantee;
  guarantee.id = RuleId("G1");
  guarantee.when.victim_age = {VictimAge::kChild};
  guarantee.owner_agency = {AgencyId("police")};
  release.guarantees = {guarantee};
  CaseInTest c(facts_of_both_regencies(), release);
  c.send("polres.a", Accept{kNeed});
  REQUIRE(refusal_of(c.ask("polres.a", to("polres.b"))) == ErrorCode::kOfferNotCompetent);
  REQUIRE_FALSE(c.ask("polres.a", to("polda")).refusal);
}

TEST_CASE("a case may be offered to a wider unit and to the terminal one") {
  for (const auto& [unit, chain] :
       {std::pair("polda", Names{"polda", "bareskrim"}), {"bareskrim", Names{"bareskrim"}}}) {
    CaseInTest c = taken_case();
    c.send("polres.a", to(unit));
    c.send(unit, Accept{kNeed, Subject::kOffer});
    REQUIRE(c.owner() == unit);
    REQUIRE(names(c.assignment(kNeed).chain) == chain);
  }
}

TEST_CASE("the terminal unit may decline a transfer") {
  CaseInTest c = taken_case();
  c.send("polres.a", to("bareskrim"));
  c.send("bareskrim", Decline{kNeed, Reason::kOther, Subject::kOffer});
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("an offer must come sealed for whoever could not read the case and for nobody else") {
  CaseInTest c = taken_case();
  Message message =
      case_message(c.opening(), UnitId("polres.a"), c.record().version, to("polres.b"), 3);
  const auto decided = [&] { return decide::decide(&c.record(), {message}, c.table(), c.now()); };
  REQUIRE(refusal_of(decided()) == ErrorCode::kRecipientsStale);
  REQUIRE(names(decided().recipients) == Names{"polres.b"});
  REQUIRE(decided().events.empty());
  message.payload = c.opening().payload;
  message.recipients = {UnitId("polda"), UnitId("bareskrim")};
  REQUIRE(refusal_of(decided()) == ErrorCode::kRecipientsStale);
  message.recipients = {UnitId("polres.b"), UnitId("nobody")};
  REQUIRE(refusal_of(decided()) == ErrorCode::kRecipientsNotPermitted);
  for (const auto& good : {Names{"polres.b"}, Names{"kpai", "polres.b", "polda", "uptd"}}) {
    message.recipients.clear();
    for (const auto& unit : good) message.recipients.emplace_back(unit);
    REQUIRE_FALSE(decided().refusal);
  }
  // Whoever could read it already needs no second seal.
  message.payload.reset();
  message.recipients.clear();
  message.body = to("polda");
  REQUIRE_FALSE(decided().refusal);
}

TEST_CASE(
    "the offered unit is told everything and reads what is sealed for it while it is offered") {
  CaseInTest c = taken_case();
  const CaseRecord before = c.record();
  c.send("polres.a", to("polres.b"));
  const Message transfer = c.last();
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polres.b"});
  REQUIRE(names(decide::units_to_tell(&before, c.record(), &transfer, c.table())) ==
          Names{"uptd", "kpai", "polres.b"});
  const UnitId b("polres.b");
  REQUIRE(decide::may_read_payload(c.record(), transfer, b, c.table(), c.now()));
  // The opening was not sealed for it.
  REQUIRE_FALSE(c.may_read("polres.b"));
  REQUIRE_FALSE(
      decide::may_read_payload(c.record(), transfer, UnitId("polda"), c.table(), c.now()));
  const CaseRecord offered = c.record();
  CaseInTest declined = c;
  declined.send("polres.b", Decline{kNeed, Reason::kOther, Subject::kOffer});
  REQUIRE_FALSE(decide::may_read_payload(declined.record(), transfer, b, c.table(), c.now()));
  REQUIRE_FALSE(declined.is_party("polres.b"));
  // It may acknowledge what it was sent.
  REQUIRE_FALSE(declined.ask("polres.b", Received{{LogIndex{1}}}).refusal);
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(decide::may_read_payload(c.record(), transfer, b, c.table(), c.now()));
  // The old owner hears that it is gone.
  REQUIRE(names(decide::units_to_tell(&offered, c.record(), &c.last(), c.table())) ==
          Names{"polres.a", "uptd", "kpai"});
}

TEST_CASE("another need is transferred without moving the owner") {
  Release release = small_release();
  add_unit_like(release, "uptd", "uptd.b").areas = {AreaCode("11.02")};
  unit_in(release, "uptd.b").level = Level::kRegency;
  CaseInTest c(facts_of_both_regencies(), release);
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Transfer{Need::kProtection, UnitId("uptd.b"), Reason::kNoCapacity});
  const Outcome outcome = c.send("uptd.b", Accept{Need::kProtection, Subject::kOffer});
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(c.assignment(Need::kProtection).unit().str() == "uptd.b");
}

TEST_CASE("completing or cancelling an assignment ends its offer") {
  for (const bool completes : {true, false}) {
    CaseInTest c = offered_case();
    const Outcome outcome =
        completes ? c.send("polres.a", Complete{kNeed})
                  : c.send("polres.a", Cancel{kNeed, UnitId("polres.a"), Reason::kDuplicate});
    REQUIRE(has_event(outcome, EventType::kOfferEnded));
    REQUIRE_FALSE(c.assignment(kNeed).offer);
    REQUIRE_FALSE(c.is_party("polres.b"));
    REQUIRE(c.owner() == "polres.a");
  }
}

TEST_CASE("an assignment that climbs to the offered unit ends the offer") {
  CaseInTest c = case_of_polda();
  c.send("polda", TransferRequest{});
  c.send("polres.a", to("polda"));
  REQUIRE(c.assignment(kNeed).offer);
  REQUIRE_FALSE(c.record().request);
  const Outcome outcome = c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE(has_event(outcome, EventType::kOfferEnded));
  REQUIRE(c.owner() == "polda");
  REQUIRE_FALSE(c.assignment(kNeed).offer);
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
}

TEST_CASE("an offer stands while the assignment climbs to another unit") {
  CaseInTest c = requested_case();
  c.send("polres.a", to("polres.b"));
  REQUIRE(c.assignment(kNeed).offer);
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE(c.owner() == "polda");
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polres.b");
}

TEST_CASE("a transfer request is told to the owner and moves nothing") {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  CaseInTest c(facts);
  const CaseRecord before = c.record();
  const Outcome outcome = c.send("polres.b", TransferRequest{});
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(c.record().decider().str() == "polres.a");
  REQUIRE(c.record().request->unit.str() == "polres.b");
  REQUIRE(c.record().request->deadline == c.now() + kDay);
  REQUIRE(names(decide::units_to_tell(&before, c.record(), &c.last(), c.table())) ==
          Names{"polres.a", "uptd", "kpai"});
}

TEST_CASE("the owner answers a transfer request by an offer or by declining it") {
  CaseInTest c = requested_case();
  CaseInTest declined = c;
  declined.send("polres.a", Decline{kNeed, Reason::kOther, Subject::kRequest});
  REQUIRE_FALSE(declined.record().request);
  REQUIRE(declined.owner() == "polres.a");
  REQUIRE(refusal_of(declined.ask("polres.a", Decline{kNeed, Reason::kOther, Subject::kRequest})) ==
          ErrorCode::kRequestUnknown);
  c.send("polres.a", to("polres.b"));
  REQUIRE_FALSE(c.record().request);
  REQUIRE(c.owner() == "polres.a");
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polres.b");
}

TEST_CASE("an offer to another unit does not answer the request") {
  CaseInTest c = requested_case();
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", to("polda"));
  REQUIRE(c.record().request);
  c.send("polda", Accept{kNeed, Subject::kOffer});
  // It waits for the new owner.
  REQUIRE(c.owner() == "polda");
  REQUIRE(c.record().decider().str() == "polda");
  c.send("polda", to("polres.b"));
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polres.b");
}

TEST_CASE("an unanswered request goes up the chain and that unit moves the case to who asked") {
  CaseInTest c = requested_case();
  c.send("polres.a", Accept{kNeed});
  const CaseRecord before = c.record();
  const Outcome outcome = c.miss_deadline(kNeed, Subject::kRequest);
  REQUIRE(outcome.events.front().type == EventType::kEscalated);
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(c.record().decider().str() == "polda");
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polda"});
  REQUIRE(refusal_of(c.ask("polda", to("bareskrim"))) == ErrorCode::kAssignmentNotYours);
  REQUIRE(refusal_of(c.ask("polda", to("polda"))) == ErrorCode::kAssignmentNotYours);
  REQUIRE(refusal_of(c.ask("polda", Complete{kNeed})) == ErrorCode::kAssignmentNotYours);
  REQUIRE(refusal_of(c.ask("polres.a", Decline{kNeed, Reason::kOther, Subject::kRequest})) ==
          ErrorCode::kAssignmentNotYours);
  c.send("polda", to("polres.b"));
  REQUIRE(c.owner() == "polres.a");
  REQUIRE(c.assignment(kNeed).offer->by.str() == "polda");
  // Who holds it cannot withdraw what another unit offered.
  REQUIRE(refusal_of(c.ask("polres.a", Cancel{kNeed, {}, Reason::kOther, Subject::kOffer})) ==
          ErrorCode::kAssignmentNotYours);
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polres.b");
}

TEST_CASE("the wider unit may decline the request as well") {
  CaseInTest c = requested_case();
  c.miss_deadline(kNeed);
  c.send("polda", Decline{kNeed, Reason::kOther, Subject::kRequest});
  REQUIRE_FALSE(c.record().request);
}

TEST_CASE("a request that nobody answers ends in overdue notices at the top of the chain") {
  CaseInTest c = requested_case();
  c.send("polres.a", Accept{kNeed});
  c.miss_deadline(kNeed, Subject::kRequest);
  c.miss_deadline(kNeed, Subject::kRequest);
  REQUIRE(c.record().decider().str() == "bareskrim");
  // Each notice after as long again as it was waited for.
  for (int days = 1; days <= 4; days *= 2) {
    const Outcome outcome = c.miss_deadline(kNeed, Subject::kRequest);
    REQUIRE(outcome.events.front().type == EventType::kOverdue);
    REQUIRE(outcome.events.front().subject == Subject::kRequest);
    REQUIRE(outcome.owner.str() == "polres.a");
    REQUIRE(c.record().decider().str() == "bareskrim");
    REQUIRE(c.record().request->deadline == c.now() + days * kDay);
  }
  c.send("bareskrim", to("polres.b"));
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polres.b");
}

TEST_CASE("a request goes along when the assignment climbs past who was to answer") {
  CaseInTest c = requested_case();
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE(c.record().decider().str() == "polda");
  REQUIRE(c.owner() == "polda");
}

TEST_CASE("the request of a unit that becomes the owner ends") {
  CaseInTest c = case_of_polda();
  c.send("polda", TransferRequest{});
  const Outcome outcome = c.miss_deadline(kNeed);
  REQUIRE(c.owner() == "polda");
  REQUIRE(has_event(outcome, EventType::kRequestEnded));
  REQUIRE_FALSE(c.record().request);
}

TEST_CASE("who asks for a transfer must be known to the case and competent for it") {
  CaseInTest c = requested_case();
  c.send("polres.b", Cancel{kNeed, {}, Reason::kOther, Subject::kRequest});
  REQUIRE(refusal_of(c.ask("polda", TransferRequest{})) == ErrorCode::kCaseUnknown);
  REQUIRE(refusal_of(c.ask("sapa", TransferRequest{})) == ErrorCode::kCaseUnknown);
  REQUIRE(refusal_of(c.ask("uptd", TransferRequest{})) == ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("kpai", TransferRequest{})) == ErrorCode::kOfferNotCompetent);
  REQUIRE(refusal_of(c.ask("polres.a", TransferRequest{})) == ErrorCode::kAssignmentState);
  // The unit that let it climb may ask for it back.
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE_FALSE(c.ask("polres.a", TransferRequest{}).refusal);
}

TEST_CASE("one transfer request waits at a time and who asked may withdraw it") {
  CaseInTest c = requested_case();
  REQUIRE(refusal_of(c.ask("polres.b", TransferRequest{})) == ErrorCode::kRequestPending);
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE(refusal_of(c.ask("polres.a", TransferRequest{})) == ErrorCode::kRequestPending);
  const Cancel withdraw{kNeed, {}, Reason::kOther, Subject::kRequest};
  REQUIRE(refusal_of(c.ask("polda", withdraw)) == ErrorCode::kAssignmentNotYours);
  c.send("polres.b", withdraw);
  REQUIRE_FALSE(c.record().request);
  REQUIRE(refusal_of(c.ask("polres.b", withdraw)) == ErrorCode::kRequestUnknown);
  c.send("polres.a", TransferRequest{});
}

TEST_CASE("a finished lead assignment is not asked for and its request ends with it") {
  CaseInTest c = requested_case();
  c.send("polres.a", Accept{kNeed});
  REQUIRE(has_event(c.send("polres.a", Complete{kNeed}), EventType::kRequestEnded));
  REQUIRE_FALSE(c.record().request);
  REQUIRE(refusal_of(c.ask("polres.b", TransferRequest{})) == ErrorCode::kAssignmentState);
}
