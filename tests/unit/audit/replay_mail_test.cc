// The mailboxes of a replay.
#include "broker/sequencer/sequencer.h"
#include "tests/unit/audit/replayed.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;

// Without a finding, too.
void require_same_state(const WrittenLog& log) {
  const Replayed replayed = replay_of(log);
  for (const audit::Finding& finding : replayed.findings) {
    INFO(finding.position << " " << to_string(finding.error));
    CHECK(false);
  }
  REQUIRE(replayed.replay->state().value() == log.state.value());
}

}  // namespace

TEST_CASE("acknowledgements are decided again by what lay in the mailboxes") {
  for (const Edition edition : {Edition::kFirst, Edition::kPresentFacts}) {
    Release first = small_release();
    first.edition = edition;
    SequencerInTest s(signed_small_release(first));
    const Message one = referral_message(offline_facts(), 1);
    const Message other = referral_message(offline_facts(), 2);
    s.submit(one);
    s.submit(other);
    // The first edition lets a unit take its own mail of another case away, and name any number.
    s.say(one, "polres.a", Received{{LogIndex{2}}});
    s.say(one, "polres.a", Received{{LogIndex{1}, LogIndex{1'000'000'000'000'000}}});
    Release next = small_release();
    next.version = ReleaseVersion{2};
    s.sequencer->offer_release(signed_small_release(next));
    REQUIRE(s.process());
    s.say(other, "polres.a", Received{{LogIndex{2}}});
    s.say(one, "polres.a", Received{{LogIndex{1}}});
    s.pass(std::chrono::hours(25));
    for (const Message& opening : {one, other}) {
      s.say(opening, "polres.a", Received{{LogIndex{1}}});
      for (const char* unit : {"polres.a", "polda", "kpai", "sapa", "uptd"}) {
        for (const LogIndex index : s.mail_of(unit)) s.say(opening, unit, Received{{index}});
      }
    }
    require_same_state(written_by(s));
  }
}

TEST_CASE("a link that was taken back lies in no mailbox of a replay") {
  SequencerInTest s(signed_small_release(release_of_two_agencies()));
  const Message first = referral_message(offline_facts(), 1);
  REQUIRE_FALSE(s.submit(first).refusal);
  Facts facts = adult_facts();
  facts.needs.push_back(Need::kRehabilitation);
  Message second = referral_message(facts, 2);
  second.sender = UnitId("uptd");
  second.recipients = (*routing::RoutingTable::build(release_of_two_agencies()))
                          ->route(facts, noon())
                          ->recipients();
  std::get<Referral>(second.body).related = {first.case_id};
  REQUIRE_FALSE(s.submit(second).refusal);
  const LogIndex link = s.last_entry().index;
  // It leaves the first case, and may acknowledge from then on only what waits for it.
  s.does(first, "polres.a", Decline{kNeed, Reason::kNoCapacity});
  facts.consent = Consent::kWithheldPolice;
  s.does(second, "uptd", NewFacts{facts});
  REQUIRE(s.say(first, "polres.a", Received{{link}}).refusal->code == ErrorCode::kReceivedUnknown);
  facts.consent = Consent::kGiven;
  s.does(second, "uptd", NewFacts{facts});
  s.does(second, "social", NewFacts{facts});
  s.does(first, "polda", Received{{link}});
  require_same_state(written_by(s));
}
