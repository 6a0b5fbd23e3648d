// Units that a guarantee keeps out of a case: what waited for them, what they are sent, and that a
// restart, a recovery or a new release changes none of it.
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/entry_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;

Facts facts(Consent consent) {
  Facts out = adult_facts(consent);
  out.needs.push_back(Need::kRehabilitation);
  return out;
}

Message opening_by_the_centre(const Facts& stated, std::uint8_t number = 1) {
  Message opening = referral_message(stated, number);
  opening.sender = UnitId("uptd");
  const auto table = *routing::RoutingTable::build(release_of_two_agencies());
  opening.recipients = table->route(stated, noon())->recipients();
  return opening;
}

// What the station of the police is sent for the unit when it comes back.
std::vector<wire::Delivery> deliveries_to(SequencerInTest& s, const char* unit) {
  s.hello("police");
  REQUIRE(s.process());
  std::vector<wire::Delivery> out;
  for (auto& delivery : s.outbound.deliveries()) {
    if (delivery.unit.str() == unit) out.push_back(std::move(delivery));
  }
  return out;
}

void require_only_the_notice(SequencerInTest& s, const char* unit) {
  INFO(unit);
  const auto sent = deliveries_to(s, unit);
  REQUIRE(sent.size() == 1);
  REQUIRE_FALSE(sent[0].payload);
  const auto entry = wire::decode_entry(sent[0].receipt.entry);
  REQUIRE(entry);
  REQUIRE(std::holds_alternative<ExclusionCause>(entry->cause));
  REQUIRE(entry->outcome.owner.empty());
  REQUIRE(entry->outcome.case_version == 0);
  REQUIRE(entry->outcome.events.size() == 1);
  REQUIRE(entry->outcome.events[0].unit.str() == unit);
}

void recover(SequencerInTest& s) {
  s.stop();
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(s.start(std::nullopt));
}

}  // namespace

TEST_CASE("police who were off while an adult withdrew are sent the notice and nothing else") {
  SequencerInTest s(signed_small_release(release_of_two_agencies()));
  const Message opening = opening_by_the_centre(facts(Consent::kGiven));
  REQUIRE_FALSE(s.submit(opening).refusal);
  REQUIRE(s.mail_of("polres.a").size() == 1);
  s.does(opening, "uptd", Accept{Need::kProtection});
  s.does(opening, "uptd", NewFacts{facts(Consent::kWithheldPolice)});
  const auto mail = s.mail_of("polres.a");
  REQUIRE(mail.size() == 1);
  SECTION("at once") {}
  SECTION("after a restart") { REQUIRE(s.start(std::nullopt)); }
  SECTION("after a recovery") { recover(s); }
  REQUIRE(s.mail_of("polres.a") == mail);
  require_only_the_notice(s, "polres.a");
  const std::uint32_t version = s.record_of(opening).version;
  s.does(opening, "polres.a", Received{mail});
  REQUIRE(s.last_entry().outcome.owner.empty());
  REQUIRE(s.mail_of("polres.a").empty());
  REQUIRE(s.record_of(opening).version == version);
}

TEST_CASE("police who own a closed case are sent the notice alone once its adult withdraws") {
  SequencerInTest s(signed_small_release(release_of_two_agencies()));
  const Message opening = opening_by_the_centre(adult_facts());
  REQUIRE_FALSE(s.submit(opening).refusal);
  for (const auto& [unit, need] :
       {std::pair("polres.a", kNeed), std::pair("uptd", Need::kProtection)}) {
    s.does(opening, unit, Accept{need});
    s.does(opening, unit, Complete{need});
  }
  s.does(opening, "polres.a", Close{});
  REQUIRE(s.mail_of("polres.a").size() > 1);
  s.does(opening, "uptd", NewFacts{adult_facts(Consent::kWithheldPolice)});
  REQUIRE(s.record_of(opening).owner().str() == "uptd");
  REQUIRE(s.record_of(opening).status == CaseStatus::kOpen);
  SECTION("at once") {}
  SECTION("after a restart") { REQUIRE(s.start(std::nullopt)); }
  SECTION("after a recovery") { recover(s); }
  require_only_the_notice(s, "polres.a");
}

TEST_CASE("what is on its way to a connected unit is not sent again once it is kept out") {
  SequencerInTest s(signed_small_release(release_of_two_agencies()));
  const Message opening = opening_by_the_centre(facts(Consent::kGiven));
  REQUIRE_FALSE(s.submit(opening).refusal);
  REQUIRE(deliveries_to(s, "polres.a").size() == 1);
  s.does(opening, "uptd", NewFacts{facts(Consent::kWithheldPolice)});
  // At the next hello everything that was not acknowledged comes again.
  require_only_the_notice(s, "polres.a");
}

TEST_CASE("who is let in again gets the case's history and no notice") {
  SequencerInTest s(signed_small_release(release_of_two_agencies()));
  const Message opening = opening_by_the_centre(facts(Consent::kGiven));
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "uptd", NewFacts{facts(Consent::kWithheldPolice)});
  s.does(opening, "uptd", NewFacts{facts(Consent::kGiven)});
  s.does(opening, "social", NewFacts{facts(Consent::kGiven)});
  std::size_t openings = 0;
  for (const auto& delivery : deliveries_to(s, "polres.a")) {
    const auto entry = wire::decode_entry(delivery.receipt.entry);
    REQUIRE(entry);
    REQUIRE_FALSE(std::holds_alternative<ExclusionCause>(entry->cause));
    const bool opens = entry->outcome.events.front().type == EventType::kOpened;
    openings += opens ? 1 : 0;
    if (opens) REQUIRE(delivery.payload == referral_payload());
  }
  REQUIRE(openings == 1);
  recover(s);
  REQUIRE(s.mail_of("polres.a").size() == deliveries_to(s, "polres.a").size());
}

TEST_CASE("a release that keeps units out moves their cases and empties their mailboxes") {
  Release old = release_of_two_agencies();
  old.guarantees.clear();
  std::erase_if(old.rules, [](const Rule& rule) { return rule.withheld; });
  SequencerInTest s(signed_small_release(old));
  Message opening = opening_by_the_centre(facts(Consent::kWithheldPolice));
  opening.recipients.clear();
  for (const char* unit : {"polres.a", "polda", "bareskrim", "uptd", "sapa", "social"}) {
    opening.recipients.emplace_back(unit);
  }
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{kNeed});
  s.does(opening, "uptd", Accept{Need::kProtection});
  REQUIRE(s.owner_of(opening) == "polres.a");
  Release next = release_of_two_agencies();
  next.version = ReleaseVersion{2};
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  REQUIRE(s.owner_of(opening) == "uptd");
  require_only_the_notice(s, "polres.a");
}

TEST_CASE("before its cases were looked through a new release delivers nothing that it forbids") {
  Release old = release_of_two_agencies();
  old.guarantees.clear();
  old.edition = Edition::kFirst;
  SequencerInTest s(signed_small_release(old));
  const Message opening = opening_by_the_centre(facts(Consent::kGiven));
  REQUIRE_FALSE(s.submit(opening).refusal);
  REQUIRE(s.mail_of("polres.a").size() == 1);
  // Of the first edition, which announces nothing.
  Release next = old;
  next.version = ReleaseVersion{2};
  Guarantee no_police;
  no_police.id = RuleId("G1");
  no_police.when.victim_age = {VictimAge::kAdult};
  no_police.when.consent = {Consent::kWithheldPolice};
  no_police.excluded_agency = {AgencyId("police")};
  next.guarantees = {no_police};
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  s.does(opening, "uptd", NewFacts{facts(Consent::kWithheldPolice)});
  REQUIRE(s.mail_of("polres.a").empty());
  REQUIRE(deliveries_to(s, "polres.a").empty());
}

TEST_CASE("before its cases were looked through a new release delivers no link that it forbids") {
  Release old = release_of_two_agencies();
  const Guarantee no_police = old.guarantees.front();
  old.guarantees.clear();
  old.edition = Edition::kFirst;
  SequencerInTest s(signed_small_release(old));
  const Message first = referral_message(offline_facts(), 1);
  REQUIRE_FALSE(s.submit(first).refusal);
  Facts of_second = facts(Consent::kWithheldPolice);
  of_second.needs = {Need::kProtection};
  Message second = referral_message(of_second, 2);
  second.sender = UnitId("uptd");
  second.recipients = (*routing::RoutingTable::build(old))->route(of_second, noon())->recipients();
  std::get<Referral>(second.body).related = {first.case_id};
  const auto opened = s.submit(second);
  INFO((opened.refusal ? to_string(*opened.refusal) : ""));
  REQUIRE_FALSE(opened.refusal);
  REQUIRE(std::holds_alternative<LinkCause>(s.last_entry().cause));
  const auto links_to = [&] {
    std::size_t links = 0;
    for (const auto& delivery : deliveries_to(s, "polres.a")) {
      const auto entry = wire::decode_entry(delivery.receipt.entry);
      links += std::holds_alternative<LinkCause>(entry->cause) ? 1 : 0;
    }
    return links;
  };
  REQUIRE(links_to() == 1);
  Release next = old;
  next.version = ReleaseVersion{2};
  next.guarantees = {no_police};
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  REQUIRE(links_to() == 0);
}

TEST_CASE(
    "a link that waits is taken back when a guarantee keeps its reader out of the other case") {
  SequencerInTest s(signed_small_release(release_of_two_agencies()));
  // Police have a part in the first; one of them has none in the second, which names it.
  Facts of_first = offline_facts();
  of_first.suspects = {AreaCode("11.02")};
  const Message first = referral_message(of_first, 1);
  REQUIRE_FALSE(s.submit(first).refusal);
  Message second = opening_by_the_centre(facts(Consent::kGiven), 2);
  std::get<Referral>(second.body).related = {first.case_id};
  REQUIRE_FALSE(s.submit(second).refusal);
  LogIndex link{};
  for (std::uint64_t index = to_number(s.last_entry().index); index > 0; --index) {
    if (std::holds_alternative<LinkCause>(s.entry(index).cause)) link = LogIndex{index};
  }
  const auto has = [&](const char* unit) {
    const auto mail = s.mail_of(unit);
    return std::find(mail.begin(), mail.end(), link) != mail.end();
  };
  REQUIRE(has("polres.a"));
  REQUIRE(has("polres.b"));
  REQUIRE(has("uptd"));
  s.does(second, "uptd", NewFacts{facts(Consent::kWithheldPolice)});
  CHECK_FALSE(has("polres.a"));
  CHECK_FALSE(has("polres.b"));
  CHECK(has("uptd"));
  SECTION("at once") {}
  SECTION("after a restart") { REQUIRE(s.start(std::nullopt)); }
  SECTION("after a recovery") { recover(s); }
  s.hello("police");
  REQUIRE(s.process());
  for (const auto& delivery : s.outbound.deliveries()) {
    const auto entry = wire::decode_entry(delivery.receipt.entry);
    CHECK_FALSE(std::holds_alternative<LinkCause>(entry->cause));
  }
  // Whoever may know again is told what it missed.
  s.does(second, "uptd", NewFacts{facts(Consent::kGiven)});
  s.does(second, "social", NewFacts{facts(Consent::kGiven)});
  CHECK(has("polres.a"));
  CHECK(has("polres.b"));
}

TEST_CASE("a link is not told to a party that a guarantee keeps out of the other case") {
  SequencerInTest s(signed_small_release(release_of_two_agencies()));
  // Of a child, which the commission follows.
  const Message first = referral_message(offline_facts(), 1);
  REQUIRE_FALSE(s.submit(first).refusal);
  Message second = opening_by_the_centre(facts(Consent::kGiven), 2);
  std::get<Referral>(second.body).related = {first.case_id};
  REQUIRE_FALSE(s.submit(second).refusal);
  const Entry link = s.last_entry();
  REQUIRE(std::holds_alternative<LinkCause>(link.cause));
  const auto has = [&](const char* unit) {
    const auto mail = s.mail_of(unit);
    return std::find(mail.begin(), mail.end(), link.index) != mail.end();
  };
  REQUIRE(has("polres.a"));
  REQUIRE_FALSE(has("kpai"));
}
