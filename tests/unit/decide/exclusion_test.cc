// Whom a guarantee keeps out of a case, by the facts as they stand.
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;

Facts adult(Consent consent = Consent::kGiven) { return adult_facts(consent); }
Facts child() {
  Facts facts = offline_facts();
  facts.victim_age = VictimAge::kChild;
  return facts;
}
Facts with_rehabilitation(Facts facts) {
  facts.needs.push_back(Need::kRehabilitation);
  return facts;
}
Facts with(Facts facts, Consent consent) {
  facts.consent = consent;
  return facts;
}
Facts with(Facts facts, VictimAge age) {
  facts.victim_age = age;
  return facts;
}

Names unit_names(const std::vector<Event>& events) {
  Names out;
  for (const Event& event : events) out.push_back(event.unit.str());
  return out;
}

// Decides and folds every exclusion that is needed.
std::vector<Event> announced(CaseInTest& c) {
  std::vector<Event> events;
  while (c.must_announce()) {
    const Outcome outcome = c.announce();
    REQUIRE(outcome.events.size() == 1);
    REQUIRE(outcome.owner.empty());
    REQUIRE(outcome.case_version == 0);
    events.push_back(outcome.events.front());
  }
  return events;
}

}  // namespace

TEST_CASE("facts that exclude units are followed by an exclusion of each that ever had a part") {
  CaseInTest c(adult(), guarded_release(), "uptd");
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  c.send("polda", Accept{kNeed});
  REQUIRE_FALSE(c.must_announce());
  const std::uint32_t version = c.record().version;
  c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  REQUIRE(c.owner() == "uptd");
  const auto events = announced(c);
  // The one that declined may hold what it was told.
  REQUIRE(unit_names(events) == Names{"polres.a", "polda"});
  for (const Event& event : events) REQUIRE(event.type == EventType::kExcluded);
  REQUIRE(names(c.record().excluded) == Names{"polres.a", "polda"});
  REQUIRE(c.record().version == version + 1);
  for (const char* unit : {"polres.a", "polda"}) {
    REQUIRE_FALSE(c.is_party(unit));
    REQUIRE_FALSE(c.may_read(unit));
  }
}

TEST_CASE("an adult says no to the police after the case was closed") {
  const Facts withheld = adult(Consent::kWithheldPolice);
  SECTION("that they owned: it opens again under a unit that may own it") {
    CaseInTest c(adult(), guarded_release(), "uptd");
    close(c);
    const std::uint32_t version = c.record().version;
    const CaseRecord before = c.record();
    const Outcome outcome = c.send("uptd", NewFacts{withheld});
    REQUIRE(outcome.owner.str() == "uptd");
    REQUIRE(c.owner() == "uptd");
    REQUIRE(c.record().version == version + 1);
    REQUIRE(c.record().status == CaseStatus::kOpen);
    REQUIRE(c.assignment(kNeed).state == AssignmentState::kCancelled);
    const auto told = names(decide::units_to_tell(&before, c.record(), &c.last(), c.table()));
    REQUIRE(std::find(told.begin(), told.end(), "polres.a") == told.end());
    REQUIRE(unit_names(announced(c)) == Names{"polres.a"});
    REQUIRE_FALSE(c.may_read("polres.a"));
    REQUIRE_FALSE(decide::broken_invariant(c.record(), c.table(), c.now()));
    // The centre has what it had done before it to do again, and may end it.
    c.send("uptd", Accept{Need::kProtection});
    c.send("uptd", Complete{Need::kProtection});
    c.send("uptd", Close{});
  }
  SECTION("but to lift that takes a second agency, and to propose it opens nothing") {
    CaseInTest c(withheld, guarded_release(), "uptd");
    c.send("uptd", Accept{Need::kProtection});
    c.send("uptd", Complete{Need::kProtection});
    c.send("uptd", Close{});
    Release release = guarded_release();
    release.version = ReleaseVersion{2};
    release.second_agency_for = {SecondAgencyFor::kWithdrawalLifted};
    c.use(release);
    Message message = case_message(c.opening(), UnitId("uptd"), c.record().version,
                                   NewFacts{adult(), c.record().facts_version}, 30);
    message.payload = c.opening().payload;
    message.recipients = {UnitId("polres.a"), UnitId("sapa")};
    const Outcome stale = decide::decide(&c.record(), {message}, c.table(), c.now());
    REQUIRE(refusal_of(stale) == ErrorCode::kRecipientsStale);
    REQUIRE(names(stale.recipients) == Names{"sapa"});
    const Outcome outcome = c.send("uptd", NewFacts{adult()});
    REQUIRE(outcome.events.size() == 1);
    REQUIRE(outcome.events[0].type == EventType::kFactsProposed);
    REQUIRE(c.record().status == CaseStatus::kClosed);
    REQUIRE(c.record().facts == withheld);
    REQUIRE(c.record().proposed);
    REQUIRE_FALSE(c.is_party("polres.a"));
  }
}

TEST_CASE("a closed case opens by facts under a release that keeps out whom an older one let in") {
  Release old = guarded_release();
  old.guarantees.clear();
  old.rules.erase(old.rules.begin());
  Release next = guarded_release();
  next.version = ReleaseVersion{2};
  next.second_agency_for = {SecondAgencyFor::kWithdrawalLifted, SecondAgencyFor::kAdulthoodChanged};
  CaseInTest c(adult(Consent::kWithheldPolice), old, "uptd");
  close(c);
  c.use(next);
  Facts facts = c.record().facts;
  facts.categories.push_back(Category::kNeglect);
  REQUIRE(refusal_of(c.ask("uptd", Reopen{})) == ErrorCode::kRoutingNoUnit);
  const Outcome outcome = c.send("uptd", NewFacts{facts});
  REQUIRE(outcome.events.front().type == EventType::kReopened);
  REQUIRE(outcome.events.front().unit.str() == "polres.a");
  REQUIRE(c.owner() == "uptd");
  REQUIRE_FALSE(decide::broken_invariant(c.record(), c.table(), c.now()));
}

TEST_CASE("a withdrawal counts after an erasure too, and opens nothing") {
  CaseInTest c(adult(), guarded_release(), "uptd");
  close(c);
  c.send("polres.a", Erase{"uu-27-2022"});
  c.send("uptd", Erase{"uu-27-2022"});
  const std::uint32_t version = c.record().version;
  const Outcome outcome = c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  REQUIRE(outcome.events.size() == 1);
  REQUIRE(outcome.events[0].type == EventType::kFactsAdded);
  REQUIRE(c.record().version == version + 1);
  REQUIRE(c.record().status == CaseStatus::kClosed);
  REQUIRE(c.record().erased);
  REQUIRE(unit_names(announced(c)) == Names{"polres.a"});
  REQUIRE(refusal_of(c.ask("polres.a", Note{})) == ErrorCode::kCaseUnknown);
}

TEST_CASE("a case that opens again for another function says so") {
  Release release = guarded_release();
  Rule by_police = release.rules[1];
  by_police.id = RuleId("M1");
  by_police.needs = {Need::kPsychological};
  by_police.when.consent = {Consent::kGiven};
  by_police.inform.clear();
  Rule by_centre = release.rules.back();
  by_centre.id = RuleId("M2");
  by_centre.needs = {Need::kPsychological};
  for (Rule& rule : release.rules) std::erase(rule.needs, Need::kPsychological);
  release.rules.push_back(by_police);
  release.rules.push_back(by_centre);
  Facts facts = adult();
  facts.needs = {Need::kPsychological, Need::kMedical};
  CaseInTest c(facts, release, "uptd");
  REQUIRE(c.record().lead == Need::kPsychological);
  REQUIRE(c.owner() == "polres.a");
  for (const Need need : {Need::kPsychological, Need::kMedical}) {
    const std::string unit = c.assignment(need).unit().str();
    c.send(unit.c_str(), Accept{need});
    c.send(unit.c_str(), Complete{need});
  }
  c.send("polres.a", Close{});
  facts.consent = Consent::kWithheldPolice;
  const Outcome outcome = c.send("uptd", NewFacts{facts});
  REQUIRE(outcome.events.front().type == EventType::kReopened);
  REQUIRE(outcome.events.front().unit.str() == "uptd");
  const Assignment& lead = c.assignment(Need::kPsychological);
  REQUIRE(lead.function == c.table().unit(UnitId("uptd"))->function);
  REQUIRE(lead.rule.str() == "M2");
}

TEST_CASE("an adult withdraws from police of whom one succeeded another, and closed the case") {
  Release release = guarded_release();
  add_unit_like(release, "polres.a", "polres.n");
  unit_in(release, "polres.n").validity.from = noon() + Seconds(60);
  CaseInTest c(adult(), release, "uptd");
  Release next = release;
  next.version = ReleaseVersion{2};
  end_unit(next, "polres.a", noon() + Seconds(60), "polres.n");
  c.advance(Seconds(120));
  c.use(next);
  REQUIRE(c.must_succeed());
  c.succeed();
  REQUIRE(c.owner() == "polres.n");
  for (const auto& [unit, need] :
       {std::pair("polres.n", kNeed), std::pair("uptd", Need::kProtection)}) {
    c.send(unit, Accept{need});
    c.send(unit, Complete{need});
  }
  c.send("polres.n", Close{});
  // Nobody sealed anything for the successor, and the withdrawal must not.
  const Outcome outcome = c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  REQUIRE(outcome.owner.str() == "uptd");
  const auto& sealed_for = c.last().recipients;
  REQUIRE(std::find(sealed_for.begin(), sealed_for.end(), UnitId("polres.n")) == sealed_for.end());
}

TEST_CASE("a unit that is kept out is a stranger, but for the acknowledgement of its notice") {
  CaseInTest c(adult(), guarded_release(), "uptd");
  c.send("polres.a", Accept{kNeed});
  c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  announced(c);
  for (const MessageBody& body :
       {MessageBody(Note{}), MessageBody(TransferRequest{}), MessageBody(Accept{kNeed}),
        MessageBody(NewFacts{adult()}), MessageBody(Close{})}) {
    const Outcome outcome = c.ask("polres.a", body);
    REQUIRE(refusal_of(outcome) == ErrorCode::kCaseUnknown);
    REQUIRE(outcome.owner.empty());
    REQUIRE(outcome.case_version == 0);
    REQUIRE(outcome.recipients.empty());
  }
  const CaseRecord before = c.record();
  const Outcome received = c.send("polres.a", Received{{LogIndex{9}}});
  REQUIRE(received.owner.empty());
  REQUIRE(received.case_version == 0);
  REQUIRE(c.record() == before);
}

TEST_CASE("who is let in again is readmitted, and excluded anew when the facts change again") {
  CaseInTest c(adult(), guarded_release(), "uptd");
  c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  announced(c);
  const CaseRecord before = c.record();
  c.send("uptd", NewFacts{adult()});
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polres.a"});
  const auto back = announced(c);
  REQUIRE(unit_names(back) == Names{"polres.a"});
  REQUIRE(back.front().type == EventType::kReadmitted);
  REQUIRE(c.record().excluded.empty());
  c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  REQUIRE(unit_names(announced(c)) == Names{"polres.a"});
}

TEST_CASE("an opener whom a guarantee excludes may open and hand over, and no more") {
  for (const auto& [opener, facts] :
       {std::pair("polda", adult(Consent::kWithheldPolice)), std::pair("kpai", adult())}) {
    INFO(opener);
    CaseInTest c(facts, guarded_release(), opener);
    REQUIRE(unit_names(announced(c)) == Names{opener});
    REQUIRE_FALSE(c.is_party(opener));
    REQUIRE_FALSE(c.may_read(opener));
    REQUIRE(refusal_of(c.ask(opener, Note{})) == ErrorCode::kCaseUnknown);
    const CaseRecord before = c.record();
    c.send("uptd", Accept{Need::kProtection});
    const auto told = names(decide::units_to_tell(&before, c.record(), &c.last(), c.table()));
    REQUIRE(std::find(told.begin(), told.end(), opener) == told.end());
  }
}

TEST_CASE("the commission leaves a case whose victim turns out to be an adult") {
  const Facts facts = with(adult(), VictimAge::kUnknown);
  CaseInTest c(facts, guarded_release());
  REQUIRE(c.is_party("kpai"));
  c.send("polres.a", NewFacts{with(facts, VictimAge::kAdult)});
  REQUIRE_FALSE(c.is_party("kpai"));
  REQUIRE(unit_names(announced(c)) == Names{"kpai"});
}

TEST_CASE("who owns a case by a guarantee owns it at once") {
  CaseInTest c(adult(Consent::kWithheldPolice), guarded_release(), "uptd");
  c.send("uptd", Accept{Need::kProtection});
  REQUIRE(c.owner() == "uptd");
  const Outcome outcome = c.send("uptd", NewFacts{with(adult(), VictimAge::kChild)});
  REQUIRE(has_event(outcome, EventType::kLed));
  REQUIRE(c.owner() == "polres.a");
  REQUIRE(c.assignment(kNeed).deadline);
  REQUIRE_FALSE(decide::broken_invariant(c.record(), c.table(), c.now()));
}

namespace {

// An adult's case belongs to the police or the centres; social affairs may act in it, and
// investigate what happened online.
Release release_with_owners() {
  Release release = release_of_two_agencies();
  Guarantee owners;
  owners.id = RuleId("G6");
  owners.when.victim_age = {VictimAge::kAdult};
  owners.owner_agency = {AgencyId("centre"), AgencyId("police")};
  release.guarantees.push_back(owners);
  Rule online = release.rules.back();
  online.id = RuleId("I0");
  online.needs = {kNeed};
  online.when.mode = {Mode::kOnline};
  release.rules.insert(release.rules.begin(), online);
  return release;
}

// Protection leads; investigation, which goes before it, is asked of polres.a.
CaseInTest case_with_need_before_lead(const Release& release) {
  Facts facts = adult_facts();
  facts.needs = {Need::kProtection};
  CaseInTest c(facts, release, "uptd");
  c.send("uptd", Accept{Need::kProtection});
  facts.needs.push_back(kNeed);
  c.send("uptd", NewFacts{facts});
  REQUIRE(c.record().lead == Need::kProtection);
  REQUIRE(c.assignment(kNeed).unit().str() == "polres.a");
  return c;
}

}  // namespace

TEST_CASE("a need leads once it is accepted, unless a unit of its chain may not own the case") {
  Release release = release_with_owners();
  CaseInTest may(case_with_need_before_lead(release));
  REQUIRE(has_event(may.send("polres.a", Accept{kNeed}), EventType::kLed));
  REQUIRE(may.owner() == "polres.a");

  unit_in(release, "bareskrim").agency = AgencyId("social");
  CaseInTest c(case_with_need_before_lead(release));
  REQUIRE_FALSE(has_event(c.send("polres.a", Accept{kNeed}), EventType::kLed));
  REQUIRE(c.owner() == "uptd");
}

TEST_CASE("a need that takes the lead ends the offer of it to a unit that may not own the case") {
  CaseInTest c(case_with_need_before_lead(release_with_owners()));
  Facts online = c.record().facts;
  online.mode = Mode::kOnline;
  c.send("uptd", NewFacts{online});
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "social");
  const Outcome outcome = c.send("polres.a", Accept{kNeed});
  REQUIRE(has_event(outcome, EventType::kLed));
  REQUIRE(has_event(outcome, EventType::kOfferEnded));
  REQUIRE(c.owner() == "polres.a");
  REQUIRE_FALSE(c.assignment(kNeed).offer);
}

TEST_CASE("what an adult withholds is not said of a victim whose age nobody knows") {
  const Facts unclear = with(adult(Consent::kWithheldPolice), VictimAge::kUnknown);
  const auto table = *routing::RoutingTable::build(guarded_release());
  Message opening = referral_message(unclear);
  opening.recipients = table->route(unclear, noon())->recipients();
  const Outcome refused = decide::decide(nullptr, {opening}, *table, noon());
  REQUIRE(refusal_of(refused) == ErrorCode::kFactsInvalid);
  REQUIRE(refused.refusal->field == "consent");
  CaseInTest c(with(adult(), VictimAge::kUnknown), guarded_release());
  REQUIRE(refusal_of(c.ask("uptd", NewFacts{unclear})) == ErrorCode::kFactsInvalid);
}

TEST_CASE("facts that their sender did not see are not overwritten, whatever version it names") {
  CaseInTest c(adult(Consent::kPending), guarded_release(), "uptd");
  c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  const std::uint32_t facts_version = c.record().facts_version;
  REQUIRE(facts_version == c.record().version);
  const Outcome stale = c.ask("uptd", NewFacts{adult(), 0});
  REQUIRE(refusal_of(stale) == ErrorCode::kCaseStale);
  REQUIRE(stale.refusal->field == "facts_seen");
  REQUIRE_FALSE(c.ask("uptd", NewFacts{adult(), facts_version}).refusal);
}

TEST_CASE("a payload for a unit that the new facts keep out is not taken") {
  CaseInTest c(adult(), guarded_release(), "uptd");
  Message message =
      case_message(c.opening(), UnitId("uptd"), c.record().version,
                   NewFacts{adult(Consent::kWithheldPolice), c.record().facts_version}, 20);
  message.payload = c.opening().payload;
  message.recipients = {UnitId("polres.a"), UnitId("sapa")};
  const Outcome outcome = decide::decide(&c.record(), {message}, c.table(), c.now());
  REQUIRE(refusal_of(outcome) == ErrorCode::kRecipientsStale);
  REQUIRE(names(outcome.recipients) == Names{"sapa"});
}

TEST_CASE("a withdrawal is lifted, and adulthood changed, only with a second agency") {
  const Facts withheld = with_rehabilitation(adult(Consent::kWithheldPolice));
  for (const Facts& after : {with(withheld, Consent::kGiven), with(withheld, VictimAge::kChild)}) {
    CaseInTest c(withheld, release_of_two_agencies(), "uptd");
    const Outcome proposed = c.send("uptd", NewFacts{after});
    REQUIRE(proposed.events.size() == 1);
    REQUIRE(proposed.events.front().type == EventType::kFactsProposed);
    REQUIRE(c.record().facts == withheld);
    REQUIRE(c.record().proposed == ProposedFacts{UnitId("uptd"), after});
    REQUIRE_FALSE(c.must_announce());
    // The same agency again only proposes again.
    REQUIRE(has_event(c.send("uptd", NewFacts{after}), EventType::kFactsProposed));
    const Outcome agreed = c.send("social", NewFacts{after});
    REQUIRE(has_event(agreed, EventType::kFactsAdded));
    REQUIRE(c.record().facts == after);
    REQUIRE_FALSE(c.record().proposed);
    REQUIRE(c.assignment(kNeed).unit().str() == "polres.a");
  }
}

TEST_CASE("a proposal of facts ends with other facts, and another proposal takes its place") {
  const Facts withheld = with_rehabilitation(adult(Consent::kWithheldPolice));
  CaseInTest c(withheld, release_of_two_agencies(), "uptd");
  c.send("uptd", NewFacts{with(withheld, Consent::kGiven)});
  REQUIRE(has_event(c.send("social", NewFacts{with(withheld, Consent::kPending)}),
                    EventType::kFactsProposed));
  REQUIRE(c.record().proposed->by.str() == "social");
  Facts urgent = withheld;
  urgent.urgency = Urgency::kUrgent;
  c.send("uptd", NewFacts{urgent});
  REQUIRE_FALSE(c.record().proposed);
  REQUIRE(has_event(c.send("uptd", NewFacts{with(urgent, Consent::kPending)}),
                    EventType::kFactsProposed));
}

TEST_CASE("one unit may withdraw at once; a proposal goes to no unit that it would exclude") {
  const Facts given = with_rehabilitation(adult());
  CaseInTest c(given, release_of_two_agencies(), "uptd");
  REQUIRE(has_event(c.send("uptd", NewFacts{with(given, Consent::kWithheldPolice)}),
                    EventType::kFactsAdded));
  // A child's case is not taken from the police by one unit that calls the child an adult.
  CaseInTest childs(with_rehabilitation(child()), release_of_two_agencies());
  Facts after = with(with_rehabilitation(child()), VictimAge::kAdult);
  after.consent = Consent::kWithheldPolice;
  REQUIRE(has_event(childs.send("uptd", NewFacts{after}), EventType::kFactsProposed));
  REQUIRE(childs.owner() == "polres.a");
  Message message = case_message(childs.opening(), UnitId("uptd"), childs.record().version,
                                 NewFacts{after, childs.record().facts_version}, 30);
  message.payload = childs.opening().payload;
  message.recipients = {UnitId("polres.a"), UnitId("social")};
  const Outcome outcome = decide::decide(&childs.record(), {message}, childs.table(), childs.now());
  REQUIRE(refusal_of(outcome) == ErrorCode::kRecipientsStale);
  REQUIRE(names(outcome.recipients) == Names{"social"});
}

TEST_CASE("an erasure needs the consent of another agency") {
  CaseInTest c(with_rehabilitation(adult()), release_of_two_agencies(), "sapa");
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Complete{kNeed});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  c.send("social", Accept{Need::kRehabilitation});
  c.send("social", Complete{Need::kRehabilitation});
  c.send("polres.a", Close{});
  c.send("polres.a", Erase{"uu-27-2022"});
  REQUIRE(has_event(c.ask("uptd", Erase{"uu-27-2022"}), EventType::kErased));
  CaseInTest own(with_rehabilitation(adult(Consent::kWithheldPolice)), release_of_two_agencies(),
                 "sapa");
  own.send("uptd", Accept{Need::kProtection});
  own.send("uptd", Complete{Need::kProtection});
  own.send("social", Accept{Need::kRehabilitation});
  own.send("social", Complete{Need::kRehabilitation});
  own.send("uptd", Close{});
  own.send("uptd", Erase{"uu-27-2022"});
  const Outcome same = own.ask("sapa", Erase{"uu-27-2022"});
  REQUIRE(refusal_of(same) == ErrorCode::kCaseNotOwner);
  REQUIRE(has_event(own.ask("social", Erase{"uu-27-2022"}), EventType::kErased));
}

TEST_CASE("a release that forbids what an older one gave moves the case before anything else") {
  Release old = guarded_release();
  old.guarantees.clear();
  old.rules.erase(old.rules.begin());
  CaseInTest c(adult(Consent::kWithheldPolice), old, "kpai");
  c.send("polres.a", Accept{kNeed});
  REQUIRE(c.owner() == "polres.a");
  Release next = guarded_release();
  next.version = ReleaseVersion{2};
  c.use(next);
  REQUIRE(c.must_succeed());
  c.succeed();
  REQUIRE(c.owner() == "uptd");
  REQUIRE(c.record().withheld == std::vector{kNeed});
  REQUIRE(unit_names(announced(c)) == Names{"polres.a", "kpai"});
}

TEST_CASE("under a release of the first edition nobody is told that it is kept out") {
  Release release = guarded_release();
  release.edition = Edition::kFirst;
  CaseInTest c(adult(), release, "uptd");
  c.send("polres.a", Accept{kNeed});
  c.send("uptd", NewFacts{adult(Consent::kWithheldPolice)});
  REQUIRE_FALSE(c.must_announce());
  // It is not delivered to it all the same.
  REQUIRE_FALSE(c.is_party("polres.a"));
  REQUIRE_FALSE(c.may_read("polres.a"));
}
