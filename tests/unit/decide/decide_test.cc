#include "broker/decide/decide.h"

#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

Outcome open_with(const Message& message) {
  return decide::decide(nullptr, {message}, *small_table(), noon());
}

}  // namespace

TEST_CASE("an opened case has the owner and the chains that the table names") {
  CaseInTest c;
  REQUIRE(c.record().version == 1);
  REQUIRE(c.record().owner().str() == "polres.a");
  REQUIRE(names(c.record().assignment(Need::kInvestigation)->chain) ==
          Names{"polres.a", "polda", "bareskrim"});
  REQUIRE(names(c.record().assignment(Need::kProtection)->chain) == Names{"uptd", "sapa"});
  REQUIRE(names(c.record().informed) == Names{"kpai"});
  for (const Assignment& a : c.record().assignments) {
    REQUIRE(a.state == AssignmentState::kRequested);
    REQUIRE(a.deadline == noon() + Seconds(24 * 3600));
  }
}

TEST_CASE("a referral sealed for other units is refused with the right list") {
  for (const auto& wrong : {Names{"polres.a", "polda", "bareskrim", "uptd"},
                            Names{"polres.a", "polda", "bareskrim", "uptd", "sapa", "kpai"},
                            Names{"polres.b", "polda", "bareskrim", "uptd", "sapa"}}) {
    Message message = referral_message();
    message.recipients.clear();
    for (const auto& name : wrong) message.recipients.emplace_back(name);
    const Outcome outcome = open_with(message);
    REQUIRE(refusal_of(outcome) == ErrorCode::kRecipientsStale);
    REQUIRE(names(outcome.recipients) == Names{"polres.a", "polda", "bareskrim", "uptd", "sapa"});
    REQUIRE(outcome.events.empty());
    REQUIRE(outcome.owner.empty());
  }
}

TEST_CASE("the order of the recipients does not matter") {
  Message message = referral_message();
  std::reverse(message.recipients.begin(), message.recipients.end());
  REQUIRE_FALSE(open_with(message).refusal);
}

TEST_CASE("a referral needs a payload and a sender that may open it") {
  Message bare = referral_message();
  bare.payload.reset();
  REQUIRE(refusal_of(open_with(bare)) == ErrorCode::kPayloadMissing);
  Message stranger = referral_message();
  stranger.sender = UnitId("nobody");
  REQUIRE(refusal_of(open_with(stranger)) == ErrorCode::kPermissionDenied);
}

TEST_CASE("an expired release opens nothing and an unknown one is not believed") {
  const TimeUs late = *parse_time("2100-01-01");
  REQUIRE(refusal_of(decide::decide(nullptr, {referral_message()}, *small_table(), late)) ==
          ErrorCode::kReleaseExpired);
  Message future = referral_message();
  future.release = ReleaseVersion{2};
  REQUIRE(refusal_of(open_with(future)) == ErrorCode::kReleaseUnknown);
}

TEST_CASE("an expired release still lets an open case go on") {
  CaseInTest c;
  const Message accept =
      case_message(c.opening(), UnitId("polres.a"), 1, Accept{Need::kInvestigation}, 3);
  REQUIRE_FALSE(
      decide::decide(&c.record(), {accept}, c.table(), *parse_time("2100-01-01")).refusal);
}

TEST_CASE("accepting settles the assignment and leaves the owner") {
  CaseInTest c;
  const Outcome outcome = c.send("polres.a", Accept{Need::kInvestigation});
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(outcome.case_version == 2);
  REQUIRE(c.record().assignment(Need::kInvestigation)->state == AssignmentState::kAccepted);
  REQUIRE_FALSE(c.record().assignment(Need::kInvestigation)->deadline);
  REQUIRE(c.record().assignment(Need::kProtection)->deadline);
}

TEST_CASE("a second accept is refused") {
  CaseInTest c;
  c.send("polres.a", Accept{Need::kInvestigation});
  REQUIRE(refusal_of(c.ask("polres.a", Accept{Need::kInvestigation})) ==
          ErrorCode::kAssignmentState);
}

TEST_CASE("a declined case belongs to the next unit of the chain at once") {
  CaseInTest c;
  const Outcome outcome =
      c.send("polres.a", Decline{Need::kInvestigation, Reason::kOutOfJurisdiction});
  REQUIRE(outcome.owner.str() == "polda");
  REQUIRE(outcome.events.size() == 2);
  REQUIRE(outcome.events[0].reason == Reason::kOutOfJurisdiction);
  REQUIRE(c.record().owner().str() == "polda");
  REQUIRE(c.record().assignment(Need::kInvestigation)->state == AssignmentState::kRequested);
}

TEST_CASE("declining another need does not move the owner") {
  CaseInTest c;
  const Outcome outcome = c.send("uptd", Decline{Need::kProtection, Reason::kNoCapacity});
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(c.record().assignment(Need::kProtection)->unit().str() == "sapa");
}

TEST_CASE("a missed deadline moves the case up and ends in overdue notices at the terminal unit") {
  CaseInTest c;
  REQUIRE(c.miss_deadline(Need::kInvestigation).owner.str() == "polda");
  REQUIRE(c.miss_deadline(Need::kInvestigation).owner.str() == "bareskrim");
  for (int i = 0; i < 3; ++i) {
    const TimeUs before = c.now();
    const Outcome outcome = c.miss_deadline(Need::kInvestigation);
    REQUIRE(outcome.owner.str() == "bareskrim");
    REQUIRE(outcome.events.front().type == EventType::kOverdue);
    REQUIRE(c.record().assignment(Need::kInvestigation)->deadline > before);
  }
  REQUIRE(refusal_of(c.ask("bareskrim", Decline{Need::kInvestigation, Reason::kOther})) ==
          ErrorCode::kAssignmentTerminal);
}

TEST_CASE("the unit that the case has left may acknowledge but not act") {
  CaseInTest c;
  c.miss_deadline(Need::kInvestigation);
  const TimeUs moved = *c.assignment(Need::kInvestigation).asked_at;
  const Outcome late = c.ask("polres.a", Accept{Need::kInvestigation});
  REQUIRE(refusal_of(late) == ErrorCode::kAssignmentNotYours);
  REQUIRE(late.refusal->detail == "moved to polda at " + to_rfc3339(moved));
  REQUIRE(late.case_version == 0);
  REQUIRE(refusal_of(c.ask("polres.a", Note{})) == ErrorCode::kCaseUnknown);
  REQUIRE_FALSE(c.ask("polres.a", Received{{LogIndex{1}}}).refusal);
}

TEST_CASE("a unit acknowledges only mail of the case that it was told of") {
  for (const bool left : {false, true}) {
    CaseInTest c;
    if (left) c.miss_deadline(Need::kInvestigation);
    const std::uint32_t version = c.record().version;
    c.mail_is(decide::Mail::kNone);
    const Outcome outcome = c.ask("polres.a", Received{{LogIndex{1'000'000'000'000'000}}});
    REQUIRE(refusal_of(outcome) == ErrorCode::kReceivedUnknown);
    REQUIRE(outcome.refusal->field == "entries");
    REQUIRE(outcome.events.empty());
    REQUIRE(outcome.case_version == version);
    // Of the case, but not in the mailbox: a party acknowledged it before, of others none can tell.
    c.mail_is(decide::Mail::kOfCase);
    REQUIRE(c.ask("polres.a", Received{{LogIndex{1}}}).refusal.has_value() == left);
  }
}

TEST_CASE("what was acknowledged before moves nothing when it comes again") {
  CaseInTest c;
  c.mail_is(decide::Mail::kOfCase);
  const Outcome again = c.send("polres.a", Received{{LogIndex{1}, LogIndex{2}}});
  REQUIRE(again.case_version == 1);
  REQUIRE(again.events.front().type == EventType::kDelivered);
  REQUIRE(c.record().assignment(Need::kInvestigation)->state == AssignmentState::kRequested);
}

TEST_CASE("under an older release any number may be acknowledged, so that old logs stay true") {
  Release release = small_release();
  release.edition = Edition::kFirst;
  CaseInTest c(offline_facts(), release);
  c.mail_is(decide::Mail::kNone);
  REQUIRE(c.send("polres.a", Received{{LogIndex{1'000'000'000'000'000}}}).case_version == 2);
}

TEST_CASE("that a payload cannot be read changes nothing, and the deadline stands") {
  CaseInTest c;
  const CaseRecord before = c.record();
  const Outcome outcome = c.send("polres.a", Unreadable{LogIndex{1}});
  REQUIRE(outcome.events.front().type == EventType::kUnreadable);
  REQUIRE(outcome.events.front().unit == UnitId("polres.a"));
  REQUIRE(c.record() == before);
  // Everybody with a part hears of it, whoever sealed the payload among them.
  REQUIRE(names(decide::units_to_tell(&before, c.record(), &c.last(), c.table())) ==
          Names{"uptd", "kpai"});
  c.miss_deadline(Need::kInvestigation);
  c.miss_deadline(Need::kInvestigation);
  REQUIRE(c.owner() == "bareskrim");
  REQUIRE(refusal_of(c.ask("bareskrim", Decline{Need::kInvestigation, Reason::kUnreadable})) ==
          ErrorCode::kAssignmentTerminal);
  REQUIRE_FALSE(c.ask("bareskrim", Unreadable{LogIndex{1}}).refusal);
  c.mail_is(decide::Mail::kNone);
  REQUIRE(refusal_of(c.ask("bareskrim", Unreadable{LogIndex{9}})) == ErrorCode::kReceivedUnknown);
}

TEST_CASE("received by the responsible unit moves its assignments; by others it changes nothing") {
  CaseInTest c;
  const Outcome informed = c.ask("kpai", Received{{LogIndex{1}}});
  REQUIRE(informed.case_version == 1);
  REQUIRE(informed.events.front().type == EventType::kDelivered);
  REQUIRE(c.send("polres.a", Received{{LogIndex{1}}}).case_version == 2);
  REQUIRE(c.record().assignment(Need::kInvestigation)->state == AssignmentState::kReceived);
  REQUIRE(c.record().assignment(Need::kProtection)->state == AssignmentState::kRequested);
  REQUIRE(c.send("polres.a", Received{{LogIndex{1}}}).case_version == 2);
}

TEST_CASE("a stranger learns nothing about a case, not even that it exists") {
  CaseInTest c;
  const Outcome known = c.ask("polres.b", Accept{Need::kInvestigation});
  const Message message =
      case_message(c.opening(), UnitId("polres.b"), 1, Accept{Need::kInvestigation}, 99);
  const Outcome unknown = decide::decide(nullptr, {message}, c.table(), noon());
  REQUIRE(known == unknown);
  REQUIRE(refusal_of(known) == ErrorCode::kCaseUnknown);
  REQUIRE(known.case_version == 0);
}

TEST_CASE("a wider unit of the chain is no party until its turn comes") {
  CaseInTest c;
  REQUIRE(refusal_of(c.ask("polda", Accept{Need::kInvestigation})) == ErrorCode::kCaseUnknown);
  REQUIRE_FALSE(
      decide::may_read_payload(c.record(), c.opening(), UnitId("polda"), c.table(), c.now()));
  REQUIRE(
      decide::may_read_payload(c.record(), c.opening(), UnitId("polres.a"), c.table(), c.now()));
  REQUIRE_FALSE(
      decide::may_read_payload(c.record(), c.opening(), UnitId("kpai"), c.table(), c.now()));
  const CaseRecord before = c.record();
  c.miss_deadline(Need::kInvestigation);
  REQUIRE(decide::may_read_payload(c.record(), c.opening(), UnitId("polda"), c.table(), c.now()));
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polda"});
}

TEST_CASE(
    "an opening is told to the assigned and the informed, later entries to all but the sender") {
  CaseInTest c;
  REQUIRE(names(decide::units_to_tell(nullptr, c.record(), &c.opening(), c.table())) ==
          Names{"polres.a", "uptd", "kpai"});
  const CaseRecord before = c.record();
  c.miss_deadline(Need::kInvestigation);
  REQUIRE(names(decide::units_to_tell(&before, c.record(), nullptr, c.table())) ==
          Names{"polres.a", "uptd", "kpai", "polda"});
  const Message accept =
      case_message(c.opening(), UnitId("polda"), 2, Accept{Need::kInvestigation}, 4);
  REQUIRE(names(decide::units_to_tell(&c.record(), c.record(), &accept, c.table())) ==
          Names{"uptd", "kpai"});
  const Message received = case_message(c.opening(), UnitId("kpai"), 0, Received{{LogIndex{1}}}, 5);
  REQUIRE(decide::units_to_tell(&c.record(), c.record(), &received, c.table()).empty());
}

TEST_CASE("the handling caveat of the case must travel with every message") {
  Facts facts = offline_facts();
  facts.victim_protected = true;
  CaseInTest c(facts);
  Message bare = case_message(c.opening(), UnitId("polres.a"), 1, Accept{Need::kInvestigation}, 7);
  bare.victim_protected = false;
  REQUIRE(refusal_of(decide::decide(&c.record(), {bare}, c.table(), noon())) ==
          ErrorCode::kHandlingMismatch);
  REQUIRE_FALSE(c.ask("polres.a", Accept{Need::kInvestigation}).refusal);
}

TEST_CASE("a note is sealed for units of the chains and the opener only") {
  CaseInTest c;
  Message note = case_message(c.opening(), UnitId("polres.a"), 0, Note{}, 8);
  note.payload = c.opening().payload;
  note.recipients = {UnitId("bareskrim"), UnitId("kpai"), UnitId("sapa")};
  REQUIRE_FALSE(decide::decide(&c.record(), {note}, c.table(), noon()).refusal);
  note.recipients = {UnitId("polres.b")};
  REQUIRE(refusal_of(decide::decide(&c.record(), {note}, c.table(), noon())) ==
          ErrorCode::kRecipientsNotPermitted);
}

TEST_CASE("a case is worked on, completed and closed by its owner") {
  CaseInTest c;
  c.send("polres.a", Accept{Need::kInvestigation});
  REQUIRE(refusal_of(c.ask("polres.a", Close{})) == ErrorCode::kCaseOpenAssignments);
  c.send("polres.a", Progress{Need::kInvestigation, AssignmentState::kInProgress});
  REQUIRE(
      refusal_of(c.ask("polres.a", Progress{Need::kInvestigation, AssignmentState::kInProgress})) ==
      ErrorCode::kAssignmentState);
  c.send("polres.a", Progress{Need::kInvestigation, AssignmentState::kOnHold});
  c.send("polres.a", Complete{Need::kInvestigation});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  REQUIRE(refusal_of(c.ask("uptd", Close{})) == ErrorCode::kCaseNotOwner);
  c.send("polres.a", Close{});
  REQUIRE(c.record().status == CaseStatus::kClosed);
  REQUIRE(c.record().owner().str() == "polres.a");
  REQUIRE_FALSE(c.record().next_due());
  REQUIRE(refusal_of(c.ask("polres.a", Complete{Need::kInvestigation})) == ErrorCode::kCaseClosed);
  REQUIRE_FALSE(c.ask("polres.a", Note{}).refusal);
}

TEST_CASE("a party reopens a closed case and its owner is asked to accept again") {
  for (const char* unit : {"kpai", "uptd", "polres.a"}) {
    CaseInTest c = closed_case();
    const CaseRecord before = c.record();
    const Outcome outcome = c.send(unit, Reopen{});
    REQUIRE(outcome.owner.str() == "polres.a");
    REQUIRE(c.record().status == CaseStatus::kOpen);
    const Assignment& lead = *c.record().assignment(Need::kInvestigation);
    REQUIRE(lead.state == AssignmentState::kRequested);
    REQUIRE(lead.deadline == c.now() + Seconds(24 * 3600));
    REQUIRE(c.record().assignment(Need::kProtection)->state == AssignmentState::kCompleted);
    REQUIRE(c.record().version == before.version + 1);
    REQUIRE(refusal_of(c.ask(unit, Reopen{})) == ErrorCode::kCaseOpen);
    // It may be declined and climb like any other.
    REQUIRE(c.miss_deadline(Need::kInvestigation).owner.str() == "polda");
  }
}

TEST_CASE("new facts open a closed case again, as its reopening would, and count at once") {
  const CaseInTest closed = closed_case();
  Facts facts = closed.record().facts;
  facts.categories.push_back(Category::kNeglect);
  for (const char* unit : {"uptd", "polres.a"}) {
    CaseInTest c = closed;
    const Outcome outcome = c.send(unit, NewFacts{facts});
    REQUIRE(outcome.events.front().type == EventType::kReopened);
    REQUIRE(has_event(outcome, EventType::kFactsAdded));
    REQUIRE(outcome.owner.str() == "polres.a");
    REQUIRE(c.record().facts == facts);
    REQUIRE(c.record().version == closed.record().version + 1);
    CaseInTest reopened = closed;
    reopened.send(unit, Reopen{});
    REQUIRE(c.record().lead_assignment() == reopened.record().lead_assignment());
    REQUIRE(c.miss_deadline(Need::kInvestigation).owner.str() == "polda");
  }
  CaseInTest c = closed;
  // Whoever opened it and has no assignment reopens it first, and then leaves facts to others.
  REQUIRE(refusal_of(c.ask("kpai", NewFacts{facts})) == ErrorCode::kAssignmentNotYours);
  // Facts that are refused open nothing.
  REQUIRE(refusal_of(c.ask("uptd", NewFacts{closed.record().facts})) ==
          ErrorCode::kFactsNotAppended);
  REQUIRE(c.record() == closed.record());
}

TEST_CASE("under a release of the first edition a closed case takes no facts") {
  Release release = small_release();
  release.edition = Edition::kFirst;
  CaseInTest c(offline_facts(), release);
  close(c);
  Facts facts = c.record().facts;
  facts.categories.push_back(Category::kNeglect);
  for (const char* unit : {"uptd", "polres.a", "kpai"}) {
    REQUIRE(refusal_of(c.ask(unit, NewFacts{facts})) == ErrorCode::kCaseClosed);
  }
}

TEST_CASE("a case is reopened for the unit that held it last and not for an earlier one") {
  CaseInTest c;
  c.send("polres.a", Decline{Need::kInvestigation, Reason::kNoCapacity});
  c.send("polda", Accept{Need::kInvestigation});
  c.send("polda", Complete{Need::kInvestigation});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  c.send("polda", Close{});
  REQUIRE(refusal_of(c.ask("polres.a", Reopen{})) == ErrorCode::kCaseUnknown);
  REQUIRE(c.send("kpai", Reopen{}).owner.str() == "polda");
}

TEST_CASE("the owner cancels any assignment by its need and unit and the case keeps its owner") {
  CaseInTest c;
  REQUIRE(refusal_of(c.ask("polres.a", Cancel{Need::kProtection, UnitId("sapa"),
                                              Reason::kOther})) == ErrorCode::kAssignmentUnknown);
  REQUIRE(refusal_of(c.ask("polres.a", Cancel{Need::kMedical, UnitId("uptd"), Reason::kOther})) ==
          ErrorCode::kAssignmentUnknown);
  REQUIRE(refusal_of(c.ask("uptd", Cancel{Need::kProtection, UnitId("uptd"), Reason::kOther})) ==
          ErrorCode::kCaseNotOwner);
  const Outcome outcome =
      c.send("polres.a", Cancel{Need::kProtection, UnitId("uptd"), Reason::kDuplicate});
  REQUIRE(outcome.events.at(0).reason == Reason::kDuplicate);
  REQUIRE(c.record().assignment(Need::kProtection)->state == AssignmentState::kCancelled);
  REQUIRE(refusal_of(c.ask("polres.a", Cancel{Need::kProtection, UnitId("uptd"),
                                              Reason::kOther})) == ErrorCode::kAssignmentState);
  c.send("polres.a", Cancel{Need::kInvestigation, UnitId("polres.a"), Reason::kDuplicate});
  REQUIRE(c.record().owner().str() == "polres.a");
  REQUIRE_FALSE(c.record().next_due());
  c.send("polres.a", Close{});
}

TEST_CASE("payloads are erased when the owner proposes it and another unit consents") {
  for (const char* second : {"kpai", "uptd"}) {
    CaseInTest c = closed_case();
    const Outcome proposed = c.send("polres.a", Erase{"uu-27-2022"});
    REQUIRE(proposed.events.at(0).type == EventType::kErasureProposed);
    REQUIRE(c.record().erasure->by.str() == "polres.a");
    REQUIRE_FALSE(c.record().erased);
    const Outcome erased = c.send(second, Erase{"uu-27-2022"});
    REQUIRE(erased.events.at(0).type == EventType::kErased);
    REQUIRE(erased.events.at(0).legal_basis == "uu-27-2022");
    REQUIRE(erased.owner.str() == "polres.a");
    REQUIRE(c.record().erased);
    REQUIRE_FALSE(c.record().erasure);
  }
}

TEST_CASE("nobody erases alone or on another legal basis than was proposed") {
  CaseInTest c = closed_case();
  REQUIRE(refusal_of(c.ask("kpai", Erase{"uu-27-2022"})) == ErrorCode::kCaseNotOwner);
  c.send("polres.a", Erase{"uu-27-2022"});
  c.send("polres.a", Erase{"uu-27-2022"});
  REQUIRE_FALSE(c.record().erased);
  REQUIRE(refusal_of(c.ask("kpai", Erase{"uu-11-2012"})) == ErrorCode::kCaseNotOwner);
  // The owner proposes another basis; the consent to the first one came too late.
  c.send("polres.a", Erase{"uu-11-2012"});
  REQUIRE(refusal_of(c.ask("kpai", Erase{"uu-27-2022"})) == ErrorCode::kCaseNotOwner);
  c.send("kpai", Erase{"uu-11-2012"});
  REQUIRE(c.record().erased);
}

TEST_CASE("nothing is erased in an open case and strangers do not erase") {
  CaseInTest c;
  REQUIRE(refusal_of(c.ask("polres.a", Erase{"uu-27-2022"})) == ErrorCode::kCaseOpen);
  CaseInTest closed = closed_case();
  closed.send("polres.a", Erase{"uu-27-2022"});
  REQUIRE(refusal_of(closed.ask("polres.b", Erase{"uu-27-2022"})) == ErrorCode::kCaseUnknown);
  REQUIRE(refusal_of(closed.ask("polda", Erase{"uu-27-2022"})) == ErrorCode::kCaseUnknown);
}

TEST_CASE("reopening takes a proposed erasure back and is refused after an erasure") {
  CaseInTest c = closed_case();
  c.send("polres.a", Erase{"uu-27-2022"});
  CaseInTest reopened = c;
  reopened.send("kpai", Reopen{});
  REQUIRE_FALSE(reopened.record().erasure);
  c.send("kpai", Erase{"uu-27-2022"});
  for (const char* unit : {"kpai", "uptd", "polres.a"}) {
    REQUIRE(refusal_of(c.ask(unit, Reopen{})) == ErrorCode::kPayloadErased);
  }
}

TEST_CASE("a note after an erasure can be erased in its turn") {
  CaseInTest c = closed_case();
  c.send("polres.a", Erase{"uu-27-2022"});
  c.send("kpai", Erase{"uu-27-2022"});
  c.send("uptd", Note{});
  c.send("polres.a", Erase{"uu-27-2022"});
  REQUIRE(has_event(c.send("uptd", Erase{"uu-27-2022"}), EventType::kErased));
}

TEST_CASE("a refusal uses up the id unless it is about the envelope") {
  for (const ErrorCode code :
       {ErrorCode::kOfferPending, ErrorCode::kOfferUnknown, ErrorCode::kOfferNotCompetent,
        ErrorCode::kRequestPending, ErrorCode::kRequestUnknown, ErrorCode::kCaseOpen,
        ErrorCode::kFactsNotAppended, ErrorCode::kPayloadErased, ErrorCode::kAssistLimit,
        ErrorCode::kRelatedLimit, ErrorCode::kCaseStale, ErrorCode::kRecipientsStale,
        ErrorCode::kRecipientsNotPermitted, ErrorCode::kReleaseUnknown}) {
    Outcome outcome;
    outcome.refusal = Error{code};
    INFO(name_of(code));
    REQUIRE(decide::uses_up_id(outcome));
  }
  for (const ErrorCode code :
       {ErrorCode::kMessageMalformed, ErrorCode::kPayloadDigest, ErrorCode::kPayloadUnexpected,
        ErrorCode::kStationUnknown, ErrorCode::kSubmissionKeyUnknown}) {
    Outcome outcome;
    outcome.refusal = Error{code};
    INFO(name_of(code));
    REQUIRE_FALSE(decide::uses_up_id(outcome));
  }
  REQUIRE(decide::uses_up_id(Outcome{}));
}
