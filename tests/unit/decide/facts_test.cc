// New facts: what they change in a case, and what they do not.
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Seconds kHour{3600};
constexpr Need kNeed = Need::kInvestigation;

// The small release, with
//   I0  some neglect: investigation where the victims are, not where it happened
//   I1  an adult who wants no police: investigation is withheld, and G1 keeps the police out
//   P1  psychological help is the centre's as well
Release release_with_more_rules() {
  Release r = small_release();
  Rule by_victims = r.rules[0];
  by_victims.id = RuleId("I0");
  by_victims.when.any_category = {Category::kNeglect};
  by_victims.anchors = {Anchor::kVictims};
  by_victims.inform.clear();
  Rule withheld;
  withheld.id = RuleId("I1");
  withheld.needs = {Need::kInvestigation};
  withheld.when.victim_age = {VictimAge::kAdult};
  withheld.when.consent = {Consent::kWithheldPolice};
  withheld.withheld = true;
  r.rules.insert(r.rules.begin(), {withheld, by_victims});
  r.rules.back().needs.push_back(Need::kPsychological);
  Guarantee guarantee;
  guarantee.id = RuleId("G1");
  guarantee.when = withheld.when;
  guarantee.excluded_agency = {AgencyId("police")};
  r.guarantees = {guarantee};
  return r;
}

Facts with_category(Facts facts, Category category) {
  facts.categories.push_back(category);
  return facts;
}
Facts with_incident(Facts facts, const char* area) {
  facts.incidents.push_back(AreaCode(area));
  return facts;
}
Facts with_urgency(Facts facts, Urgency urgency) {
  facts.urgency = urgency;
  return facts;
}
Facts with_consent(Facts facts, Consent consent) {
  facts.consent = consent;
  return facts;
}

// A victim in 11.02 of something in 11.01: neglect would bring it to polres.b.
Facts facts_elsewhere() {
  Facts facts = offline_facts();
  facts.victims = {AreaCode("11.02")};
  return facts;
}

// Owned by polres.a, and offered to polres.b because of new facts.
CaseInTest reoffered_case() {
  CaseInTest c(facts_elsewhere(), release_with_more_rules());
  c.send("polres.a", NewFacts{with_category(c.record().facts, Category::kNeglect)});
  return c;
}

}  // namespace

TEST_CASE("new facts that name the same units change the facts and nothing else") {
  CaseInTest c;
  const CaseRecord before = c.record();
  const Facts more = with_category(before.facts, Category::kPropertyCrime);
  const Outcome outcome = c.send("uptd", NewFacts{more});
  REQUIRE(outcome.events.size() == 1);
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(c.record().facts == more);
  REQUIRE(c.record().assignments == before.assignments);
}

TEST_CASE("nothing that a list of facts holds is taken back") {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  facts.needs = {Need::kProtection};
  facts.legal_bases = {"uu-35-2014"};
  const CaseInTest opened(facts);
  const std::pair<const char*, void (*)(Facts&)> losses[] = {
      {"categories", [](Facts& f) { f.categories = {Category::kNeglect}; }},
      {"victims", [](Facts& f) { f.victims = {AreaCode("11.02")}; }},
      {"suspects", [](Facts& f) { f.suspects.clear(); }},
      {"incidents", [](Facts& f) { f.incidents = {AreaCode("11.02")}; }},
      {"needs", [](Facts& f) { f.needs = {Need::kInvestigation}; }},
      {"legal_bases", [](Facts& f) { f.legal_bases = {"uu-12-2022"}; }},
  };
  for (const auto& [field, lose] : losses) {
    INFO(field);
    CaseInTest c = opened;
    Facts less = facts;
    lose(less);
    const Outcome outcome = c.ask("polres.a", NewFacts{less});
    REQUIRE(refusal_of(outcome) == ErrorCode::kFactsNotAppended);
    REQUIRE(outcome.refusal->field == field);
  }
}

TEST_CASE("facts that say nothing new are refused") {
  CaseInTest c;
  REQUIRE(refusal_of(c.ask("polres.a", NewFacts{c.record().facts})) ==
          ErrorCode::kFactsNotAppended);
}

TEST_CASE("facts that do not route leave the case as it is") {
  CaseInTest c;
  REQUIRE(refusal_of(c.ask("polres.a", NewFacts{with_incident(c.record().facts, "99.99")})) ==
          ErrorCode::kFactsInvalid);
  Facts legal = c.record().facts;
  legal.legal_bases.push_back("No Code");
  REQUIRE(refusal_of(c.ask("polres.a", NewFacts{legal})) == ErrorCode::kFactsInvalid);
}

TEST_CASE("an agency adds only what it could ask for") {
  Release release = release_with_more_rules();
  for (Permission& permission : release.permissions) {
    if (permission.agency.str() != "police") continue;
    permission.request_needs = {Need::kInvestigation};
    permission.open_categories = {Category::kNeglect};
  }
  CaseInTest c(offline_facts(), release);
  Facts more = c.record().facts;
  more.needs = {Need::kPsychological};
  REQUIRE(refusal_of(c.ask("polres.a", NewFacts{more})) == ErrorCode::kPermissionDenied);
  REQUIRE(refusal_of(c.ask("polres.a",
                           NewFacts{with_category(c.record().facts, Category::kTrafficking)})) ==
          ErrorCode::kPermissionDenied);
  // What others told before is no hindrance.
  REQUIRE_FALSE(
      c.ask("polres.a", NewFacts{with_category(c.record().facts, Category::kNeglect)}).refusal);
  REQUIRE_FALSE(c.ask("uptd", NewFacts{more}).refusal);
}

TEST_CASE("facts that name another unit offer it the assignment and the owner stays") {
  CaseInTest c(facts_elsewhere(), release_with_more_rules());
  c.send("polres.a", Accept{kNeed});
  const CaseRecord before = c.record();
  const Outcome outcome =
      c.send("polres.a", NewFacts{with_category(c.record().facts, Category::kNeglect)});
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kAccepted);
  const Offer& offer = *c.assignment(kNeed).offer;
  REQUIRE(offer.basis == OfferBasis::kFacts);
  REQUIRE(offer.by.empty());
  REQUIRE(offer.rule.str() == "I0");
  REQUIRE(names(offer.chain) == Names{"polres.b", "polda", "bareskrim"});
  REQUIRE(names(c.last().recipients) == Names{"polres.b"});
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polres.b"});
  REQUIRE(names(decide::units_to_tell(&before, c.record(), &c.last(), c.table())) ==
          Names{"uptd", "kpai", "polres.b"});
  REQUIRE(decide::may_read_payload(c.record(), c.last(), UnitId("polres.b"), c.table(), c.now()));
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polres.b");
  REQUIRE(c.assignment(kNeed).rule.str() == "I0");
}

TEST_CASE(
    "facts may be sealed for whoever the table names by them, though nothing is asked of it") {
  CaseInTest c(facts_elsewhere(), release_with_more_rules());
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Complete{kNeed});
  const Facts facts = with_category(c.record().facts, Category::kNeglect);
  Message message = case_message(c.opening(), UnitId("polres.a"), c.record().version,
                                 NewFacts{facts, c.record().facts_version}, 40);
  message.payload = c.opening().payload;
  message.recipients = {UnitId("polres.b")};
  REQUIRE(c.table().route(facts, c.now())->assignments[0].chain[0] == message.recipients[0]);
  const Outcome outcome = decide::decide(&c.record(), {message}, c.table(), c.now());
  INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
  REQUIRE_FALSE(outcome.refusal);
  REQUIRE_FALSE(has_event(outcome, EventType::kAssigned));
  // It has no part by that.
  CaseRecord after = c.record();
  decide::apply(after, outcome, &message);
  REQUIRE_FALSE(decide::may_read_payload(after, message, UnitId("polres.b"), c.table(), c.now()));
  message.recipients = {UnitId("kpai.other")};
  REQUIRE(refusal_of(decide::decide(&c.record(), {message}, c.table(), c.now())) ==
          ErrorCode::kRecipientsNotPermitted);
}

TEST_CASE("nobody withdraws an offer that facts called for") {
  CaseInTest c = reoffered_case();
  for (const char* unit : {"polres.a", "polres.b", "uptd"}) {
    REQUIRE(refusal_of(c.ask(unit, Cancel{kNeed, {}, Reason::kOther, Subject::kOffer})) ==
            ErrorCode::kAssignmentNotYours);
  }
}

TEST_CASE(
    "an offer by facts climbs its chain until somebody accepts and the owner keeps the case") {
  CaseInTest c = reoffered_case();
  c.send("polres.a", Accept{kNeed});
  const CaseRecord before = c.record();
  const Outcome declined = c.send("polres.b", Decline{kNeed, Reason::kNoCapacity, Subject::kOffer});
  REQUIRE(declined.events.front().type == EventType::kDeclined);
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "polda");
  REQUIRE_FALSE(c.is_party("polres.b"));
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polda"});
  REQUIRE(c.miss_deadline(kNeed, Subject::kOffer).events.front().type == EventType::kEscalated);
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "bareskrim");
  // Each notice after as long again as it was waited for.
  for (int days = 1; days <= 2; ++days) {
    const Outcome outcome = c.miss_deadline(kNeed, Subject::kOffer);
    REQUIRE(outcome.events.front().type == EventType::kOverdue);
    REQUIRE(outcome.owner.str() == "polres.a");
    REQUIRE(c.assignment(kNeed).offer->deadline == c.now() + days * 24 * kHour);
  }
  REQUIRE(refusal_of(c.ask("bareskrim", Decline{kNeed, Reason::kOther, Subject::kOffer})) ==
          ErrorCode::kAssignmentTerminal);
  c.send("bareskrim", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "bareskrim");
  REQUIRE(c.assignment(kNeed).position == 2);
}

TEST_CASE("an offer by facts that climbs to the unit that holds the assignment ends") {
  for (const bool declines : {true, false}) {
    CaseInTest c = reoffered_case();
    c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
    REQUIRE(c.owner() == "polda");
    REQUIRE(c.assignment(kNeed).offer->unit().str() == "polres.b");
    const Outcome outcome =
        declines ? c.send("polres.b", Decline{kNeed, Reason::kOther, Subject::kOffer})
                 : c.miss_deadline(kNeed, Subject::kOffer);
    REQUIRE(outcome.events.back().type == EventType::kOfferEnded);
    REQUIRE_FALSE(c.assignment(kNeed).offer);
    REQUIRE(c.owner() == "polda");
  }
}

TEST_CASE("an assignment that climbs to the unit that facts offered it to ends that offer") {
  CaseInTest c;
  c.send("polres.a", NewFacts{with_incident(c.record().facts, "11.02")});
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "polda");
  const Outcome outcome = c.miss_deadline(kNeed);
  REQUIRE(has_event(outcome, EventType::kOfferEnded));
  REQUIRE(c.owner() == "polda");
  REQUIRE_FALSE(c.assignment(kNeed).offer);
}

TEST_CASE("a unit that stands anywhere in the named chain keeps its assignment") {
  CaseInTest c(facts_elsewhere(), release_with_more_rules());
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  c.send("polda", NewFacts{with_category(c.record().facts, Category::kNeglect)});
  REQUIRE(c.owner() == "polda");
  REQUIRE_FALSE(c.assignment(kNeed).offer);
}

TEST_CASE("facts that name the present unit again end the offer that older ones called for") {
  CaseInTest c = reoffered_case();
  Facts more = c.record().facts;
  // Of an adult who asks for help only where it happened: the rule for neglect no longer applies.
  Release release = release_with_more_rules();
  release.rules[1].when.victim_age = {VictimAge::kChild};
  c.use(release);
  more.victim_age = VictimAge::kUnknown;
  const Outcome outcome = c.send("polres.a", NewFacts{more});
  REQUIRE(has_event(outcome, EventType::kOfferEnded));
  REQUIRE_FALSE(c.assignment(kNeed).offer);
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("a transfer stands when new facts name the present unit") {
  CaseInTest c(facts_of_both_regencies());
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  c.send("polres.a", NewFacts{with_category(c.record().facts, Category::kPropertyCrime)});
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "polres.b");
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(c.owner() == "polres.b");
}

TEST_CASE("facts during an offer do not put off who has to answer it") {
  CaseInTest c = reoffered_case();
  const TimeUs deadline = c.assignment(kNeed).offer->deadline;
  c.advance(10 * kHour);
  // Now both regencies: another chain.
  c.send("polres.a", NewFacts{with_incident(c.record().facts, "11.02")});
  REQUIRE(c.assignment(kNeed).offer->deadline == deadline);
  Facts both = c.record().facts;
  both.victims.push_back(AreaCode("11.01"));
  const Outcome outcome = c.send("polres.a", NewFacts{both});
  REQUIRE(has_event(outcome, EventType::kOfferEnded));
  REQUIRE(c.assignment(kNeed).offer->unit().str() == "polda");
  REQUIRE(c.assignment(kNeed).offer->deadline == deadline);
}

TEST_CASE("more urgent facts shorten what is awaited and less urgent ones lengthen nothing") {
  CaseInTest c;
  REQUIRE(c.assignment(kNeed).deadline == noon() + 24 * kHour);
  c.send("uptd", NewFacts{with_urgency(c.record().facts, Urgency::kImmediate)});
  for (const Need need : {Need::kInvestigation, Need::kProtection}) {
    REQUIRE(c.assignment(need).deadline == noon() + kHour);
    REQUIRE(c.assignment(need).accept_within_s == 3600);
  }
  c.advance(kHour / 2);
  c.send("uptd", NewFacts{with_urgency(c.record().facts, Urgency::kRoutine)});
  REQUIRE(c.assignment(kNeed).deadline == noon() + kHour);
  c.miss_deadline(kNeed);
  REQUIRE(c.assignment(kNeed).deadline == noon() + 25 * kHour);
}

TEST_CASE("urgency does not reopen what was accepted") {
  CaseInTest c;
  c.send("polres.a", Accept{kNeed});
  c.send("uptd", NewFacts{with_urgency(c.record().facts, Urgency::kImmediate)});
  REQUIRE_FALSE(c.assignment(kNeed).deadline);
  REQUIRE(c.assignment(Need::kProtection).deadline == noon() + kHour);
}

TEST_CASE("needs that new facts imply are assigned and lead only once they are accepted") {
  Facts facts = adult_facts();
  facts.needs = {Need::kPsychological};
  CaseInTest c(facts, release_with_more_rules());
  REQUIRE(c.owner() == "uptd");
  REQUIRE(c.record().lead == Need::kPsychological);
  Facts child = facts;
  child.victim_age = VictimAge::kChild;
  const CaseRecord before = c.record();
  const Outcome outcome = c.send("uptd", NewFacts{child});
  REQUIRE(outcome.owner.str() == "uptd");
  REQUIRE(c.record().lead == Need::kPsychological);
  REQUIRE(c.assignment(kNeed).unit().str() == "polres.a");
  REQUIRE(names(c.last().recipients) == Names{"polres.a", "polda", "bareskrim"});
  REQUIRE(names(decide::new_parties(before, c.record(), c.table())) == Names{"polres.a"});
  REQUIRE(c.record().assignments.size() == 3);
  const Outcome accepted = c.send("polres.a", Accept{kNeed});
  REQUIRE(has_event(accepted, EventType::kLed));
  REQUIRE(accepted.owner.str() == "polres.a");
  REQUIRE(c.record().lead == kNeed);
  // Psychological help led before protection came.
  REQUIRE_FALSE(has_event(c.send("uptd", Accept{Need::kProtection}), EventType::kLed));
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("a need that takes the lead ends the request for the one that led") {
  Facts facts = adult_facts();
  facts.needs = {Need::kPsychological};
  CaseInTest c(facts, release_with_more_rules(), "sapa");
  c.send("sapa", TransferRequest{});
  Facts child = facts;
  child.victim_age = VictimAge::kChild;
  c.send("uptd", NewFacts{child});
  REQUIRE(c.record().request);
  REQUIRE(has_event(c.send("polres.a", Accept{kNeed}), EventType::kRequestEnded));
  REQUIRE_FALSE(c.record().request);
}

TEST_CASE("a need that facts added climbs its chain without moving the case") {
  Facts facts = adult_facts();
  facts.needs = {Need::kPsychological};
  CaseInTest c(facts, release_with_more_rules());
  facts.needs.push_back(Need::kInvestigation);
  c.send("uptd", NewFacts{facts});
  c.send("uptd", Accept{Need::kPsychological});
  REQUIRE(c.miss_deadline(kNeed).owner.str() == "uptd");
  REQUIRE(c.send("polda", Accept{kNeed}).owner.str() == "polda");
}

TEST_CASE("consent withheld later takes the police out at once") {
  Facts facts = adult_facts();
  facts.suspects = {AreaCode("11.02")};
  CaseInTest c(facts, release_with_more_rules());
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOther});
  c.send("polres.b", TransferRequest{});
  c.send("uptd", Assist{kNeed, UnitId("polda")});
  REQUIRE(names(c.record().informed) == Names{"polres.b"});
  const CaseRecord before = c.record();
  const Outcome outcome = c.send("uptd", NewFacts{with_consent(facts, Consent::kWithheldPolice)});
  REQUIRE(outcome.owner.str() == "uptd");
  REQUIRE(c.owner() == "uptd");
  REQUIRE(c.record().lead == Need::kProtection);
  REQUIRE(c.record().withheld == std::vector{kNeed});
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kCancelled);
  REQUIRE_FALSE(c.assignment(kNeed).offer);
  REQUIRE(c.assignment(kNeed, 1).state == AssignmentState::kCancelled);
  REQUIRE(c.record().informed.empty());
  REQUIRE_FALSE(c.record().request);
  const auto told = decide::units_to_tell(&before, c.record(), &c.last(), c.table());
  for (const char* unit : {"polres.a", "polres.b", "polda"}) {
    INFO(unit);
    REQUIRE_FALSE(c.is_party(unit));
    REQUIRE(refusal_of(c.ask(unit, Note{})) == ErrorCode::kCaseUnknown);
    // Not even of this entry, which says why.
    REQUIRE(std::find(told.begin(), told.end(), UnitId(unit)) == told.end());
  }
  for (const char* unit : {"polda", "polres.a"}) {
    REQUIRE(refusal_of(c.ask("uptd", Assist{kNeed, UnitId(unit)})) ==
            ErrorCode::kOfferNotCompetent);
  }
  REQUIRE_FALSE(c.ask("uptd", Assist{Need::kProtection, UnitId("sapa")}).refusal);
}

TEST_CASE("a unit that may have no part any longer loses an assignment that is not withheld") {
  // The police give psychological help here, in the place of the centre.
  Release release = release_with_more_rules();
  Rule by_police = release.rules.back();
  by_police.id = RuleId("P0");
  by_police.needs = {Need::kPsychological};
  by_police.when.consent = {Consent::kGiven};
  by_police.function = FunctionId("investigation");
  by_police.anchors = {Anchor::kIncidents};
  release.rules.insert(release.rules.begin(), by_police);
  Facts facts = adult_facts();
  facts.needs = {Need::kPsychological};
  CaseInTest c(facts, release);
  REQUIRE(c.owner() == "polres.a");
  c.send("polres.a", Accept{Need::kPsychological});
  const Outcome outcome =
      c.send("polres.a", NewFacts{with_consent(facts, Consent::kWithheldPolice)});
  REQUIRE(has_event(outcome, EventType::kMoved));
  REQUIRE(outcome.owner.str() == "uptd");
  const Assignment& moved = c.assignment(Need::kPsychological);
  REQUIRE(moved.unit().str() == "uptd");
  REQUIRE(moved.state == AssignmentState::kRequested);
  REQUIRE(moved.deadline == c.now() + 24 * kHour);
  REQUIRE(names(c.last().recipients) == Names{"uptd", "sapa"});
}

TEST_CASE("consent given later brings the withheld need in and withheld again takes it out again") {
  CaseInTest c(with_consent(adult_facts(), Consent::kWithheldPolice), release_with_more_rules());
  REQUIRE(c.owner() == "uptd");
  REQUIRE(c.record().assignment(kNeed) == nullptr);
  c.send("uptd", NewFacts{with_consent(c.record().facts, Consent::kGiven)});
  REQUIRE(c.assignment(kNeed).unit().str() == "polres.a");
  REQUIRE(c.owner() == "uptd");
  c.send("polres.a", Accept{kNeed});
  REQUIRE(c.owner() == "polres.a");
  c.send("uptd", NewFacts{with_consent(c.record().facts, Consent::kWithheldPolice)});
  REQUIRE(c.owner() == "uptd");
  REQUIRE_FALSE(is_open(c.assignment(kNeed).state));
  REQUIRE_FALSE(c.is_party("polres.a"));
  c.send("uptd", NewFacts{with_consent(c.record().facts, Consent::kGiven)});
  REQUIRE(c.assignment(kNeed).state == AssignmentState::kRequested);
  REQUIRE(c.record().withheld.empty());
  c.send("polres.a", Accept{kNeed});
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("help that is withheld no longer may be asked for again") {
  CaseInTest c(with_consent(adult_facts(), Consent::kWithheldPolice), release_with_more_rules());
  c.send("uptd", NewFacts{with_consent(c.record().facts, Consent::kGiven)});
  REQUIRE_FALSE(c.ask("uptd", Assist{kNeed, UnitId("polda")}).refusal);
}

TEST_CASE("the caveat that protects a victim may come with new facts and never goes") {
  CaseInTest c;
  Facts guarded = c.record().facts;
  guarded.victim_protected = true;
  Message message =
      case_message(c.opening(), UnitId("polres.a"), c.record().version, NewFacts{guarded, 0}, 9);
  message.victim_protected = true;
  const Outcome outcome = decide::decide(&c.record(), {message}, c.table(), c.now());
  REQUIRE_FALSE(outcome.refusal);
  CaseRecord after = c.record();
  decide::apply(after, outcome, &message);
  REQUIRE(after.facts.victim_protected);
  Facts bare = after.facts;
  bare.victim_protected = false;
  message = case_message(c.opening(), UnitId("polres.a"), after.version, NewFacts{bare, 1}, 10);
  const Outcome refused = decide::decide(&after, {message}, c.table(), c.now());
  REQUIRE(refusal_of(refused) == ErrorCode::kHandlingMismatch);
}
