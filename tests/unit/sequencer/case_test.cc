// Whole cases through a real log: deadlines of every kind, links, and restarts in the middle.
#include <map>
#include <set>

#include "broker/sequencer/sequencer.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::hours kDay{24};
constexpr Need kNeed = Need::kInvestigation;

Facts other_facts() {
  Facts facts = offline_facts();
  facts.incidents = {AreaCode("11.02")};
  return facts;
}

// Names the case of `first`; owned by polres.b.
Message related_message(const Message& first) {
  Message message = referral_message(other_facts(), 2);
  message.recipients[0] = UnitId("polres.b");
  std::get<Referral>(message.body).related = {first.case_id};
  return message;
}

void restart(SequencerInTest& s) {
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
}

// With polres.b known as the police of a suspect, and both assignments accepted.
Message taken_case(SequencerInTest& s) {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  Message opening = referral_message(facts);
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{kNeed});
  s.does(opening, "uptd", Accept{Need::kProtection});
  return opening;
}

}  // namespace

TEST_CASE("an offer that nobody answers ends in an entry of its own also after a restart") {
  for (const bool restarts : {false, true}) {
    SequencerInTest s;
    const Message opening = taken_case(s);
    s.does(opening, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
    if (restarts) restart(s);
    const std::uint64_t size = s.sequencer->log_size();
    s.pass(kDay - std::chrono::seconds(1));
    REQUIRE(s.sequencer->log_size() == size);
    s.pass(std::chrono::seconds(2));
    REQUIRE(s.sequencer->log_size() == size + 1);
    const auto cause = std::get<DeadlineCause>(s.last_entry().cause);
    REQUIRE(cause.subject == Subject::kOffer);
    REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kOfferEnded);
    REQUIRE_FALSE(s.record_of(opening).assignment(kNeed)->offer);
    REQUIRE(s.say(opening, "polres.b", Accept{kNeed, Subject::kOffer}).refusal);
    REQUIRE(s.owner_of(opening) == "polres.a");
  }
}

TEST_CASE("an accepted offer survives a restart and nothing is due any longer") {
  SequencerInTest s;
  const Message opening = taken_case(s);
  s.does(opening, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  restart(s);
  s.does(opening, "polres.b", Accept{kNeed, Subject::kOffer});
  restart(s);
  REQUIRE(s.owner_of(opening) == "polres.b");
  const std::uint64_t size = s.sequencer->log_size();
  s.pass(10 * kDay);
  REQUIRE(s.sequencer->log_size() == size);
}

TEST_CASE("a transfer request climbs by entries and is answered after a restart") {
  SequencerInTest s;
  const Message opening = taken_case(s);
  s.does(opening, "polres.b", TransferRequest{});
  restart(s);
  s.pass(kDay + std::chrono::seconds(1));
  const auto cause = std::get<DeadlineCause>(s.last_entry().cause);
  REQUIRE(cause.subject == Subject::kRequest);
  REQUIRE(s.record_of(opening).decider().str() == "polda");
  // The decider gets the whole case, coded.
  REQUIRE(s.mail_of("polda").size() == s.sequencer->log_size() - 1);
  s.pass(kDay + std::chrono::seconds(1));
  s.pass(kDay + std::chrono::seconds(1));
  REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kOverdue);
  restart(s);
  s.does(opening, "bareskrim", Transfer{kNeed, UnitId("polres.b"), Reason::kOther});
  s.does(opening, "polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(s.owner_of(opening) == "polres.b");
}

TEST_CASE("an assist that nobody answers climbs by entries and the owner stays") {
  SequencerInTest s;
  const Message opening = taken_case(s);
  s.does(opening, "uptd", Assist{kNeed, UnitId("polres.b")});
  restart(s);
  s.pass(kDay + std::chrono::seconds(1));
  const auto cause = std::get<DeadlineCause>(s.last_entry().cause);
  REQUIRE(cause.subject == Subject::kAssignment);
  REQUIRE(cause.assist == 1);
  REQUIRE(s.record_of(opening).assignment(kNeed, 1)->unit().str() == "polda");
  REQUIRE(s.owner_of(opening) == "polres.a");
}

TEST_CASE("an offer by new facts climbs by entries and a restart does not put it off") {
  SequencerInTest s;
  const Message opening = taken_case(s);
  Facts both = s.record_of(opening).facts;
  both.incidents.push_back(AreaCode("11.02"));
  s.does(opening, "polres.a", NewFacts{both});
  REQUIRE(s.record_of(opening).assignment(kNeed)->offer->unit().str() == "polda");
  restart(s);
  s.pass(kDay + std::chrono::seconds(1));
  REQUIRE(s.record_of(opening).assignment(kNeed)->offer->unit().str() == "bareskrim");
  s.pass(kDay + std::chrono::seconds(1));
  REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kOverdue);
  REQUIRE(s.owner_of(opening) == "polres.a");
}

TEST_CASE("a unit with other mail is sent the history of a case that it joins at once") {
  SequencerInTest s;
  const Message opening = referral_message(facts_of_both_regencies(), 1);
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{kNeed});
  // Newer than everything of the case.
  Facts elsewhere = offline_facts();
  elsewhere.incidents = {AreaCode("11.02")};
  Message other = referral_message(elsewhere, 2);
  other.recipients = {UnitId("polres.b"), UnitId("polda"), UnitId("bareskrim"), UnitId("uptd"),
                      UnitId("sapa")};
  REQUIRE_FALSE(s.submit(other).refusal);
  s.hello("police");
  s.does(opening, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  std::set<std::uint64_t> sent;
  for (const auto& delivery : s.outbound.deliveries()) {
    if (delivery.unit.str() == "polres.b") sent.insert(to_number(delivery.receipt.index));
  }
  // The opening, the accept, and the transfer; what was sent at the hello is not sent twice.
  REQUIRE(sent == std::set<std::uint64_t>{1, 2, to_number(s.last_entry().index)});
}

TEST_CASE("the offered unit gets the whole case and the payload that was sealed for it") {
  SequencerInTest s;
  Message opening = referral_message(facts_of_both_regencies());
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{kNeed});
  s.hello("police");
  s.does(opening, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  std::map<std::uint64_t, bool> mail;
  for (const auto& delivery : s.outbound.deliveries()) {
    if (delivery.unit.str() != "polres.b") continue;
    mail[to_number(delivery.receipt.index)] = delivery.payload.has_value();
  }
  // Opening, accept, the transfer that was not sealed for it (refused), the one that was.
  REQUIRE(mail == std::map<std::uint64_t, bool>{{1, false}, {2, false}, {4, true}});
}

TEST_CASE("a unit whose offer ended gets no payload any longer") {
  SequencerInTest s;
  Message opening = referral_message(facts_of_both_regencies());
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{kNeed});
  s.does(opening, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  s.does(opening, "polres.a", Cancel{kNeed, {}, Reason::kOther, Subject::kOffer});
  s.hello("police");
  std::size_t received = 0;
  for (const auto& delivery : s.outbound.deliveries()) {
    if (delivery.unit.str() != "polres.b") continue;
    ++received;
    REQUIRE_FALSE(delivery.payload);
  }
  REQUIRE(received == 4);
}

TEST_CASE("a related case gets an entry of its own and both owners mail") {
  SequencerInTest s;
  const Message first = referral_message();
  s.submit(first);
  const Message second = related_message(first);
  REQUIRE_FALSE(s.submit(second).refusal);
  REQUIRE(s.sequencer->log_size() == 4);
  const auto cause = std::get<LinkCause>(s.last_entry().cause);
  REQUIRE(cause.case_id == first.case_id);
  REQUIRE(cause.related == second.case_id);
  REQUIRE(s.owner_of(first) == "polres.a");
  REQUIRE(s.owner_of(second) == "polres.b");
  REQUIRE(s.record_of(first).related == std::vector{second.case_id});
  REQUIRE(s.record_of(second).related == std::vector{first.case_id});
  REQUIRE(s.mail_of("polres.a") == std::vector{LogIndex{1}, LogIndex{2}, LogIndex{3}});
  REQUIRE(s.mail_of("polres.b") == std::vector{LogIndex{1}, LogIndex{2}, LogIndex{3}});
  restart(s);
  s.does(first, "polres.a", Accept{kNeed});
}

TEST_CASE("a referral that names a case of others is refused and links nothing") {
  SequencerInTest s;
  const Message first = referral_message();
  s.submit(first);
  Message second = related_message(first);
  second.sender = UnitId("sapa");
  REQUIRE(s.submit(second).refusal->code == ErrorCode::kCaseUnknown);
  Message unknown = related_message(referral_message(offline_facts(), 9));
  unknown.message_id.bytes[15] = 3;
  unknown.case_id = case_id_of(unknown.message_id);
  REQUIRE(s.submit(unknown).refusal->code == ErrorCode::kCaseUnknown);
  REQUIRE(s.sequencer->log_size() == 4);
  REQUIRE(s.record_of(first).related.empty());
}

TEST_CASE("the same bytes of every kind get their first outcome again after a restart") {
  SequencerInTest s;
  const Message opening = taken_case(s);
  const Message request = case_message(opening, UnitId("polres.b"), 0, TransferRequest{}, 40);
  const auto first = s.submit(request);
  REQUIRE_FALSE(first.refusal);
  const auto pending =
      s.submit(case_message(opening, UnitId("polres.b"), 0, TransferRequest{}, 41));
  REQUIRE(pending.refusal->code == ErrorCode::kRequestPending);
  s.does(opening, "polres.a", Decline{kNeed, Reason::kOther, Subject::kRequest});
  restart(s);
  const std::uint64_t size = s.sequencer->log_size();
  REQUIRE(s.submit(request).receipt == first.receipt);
  // The refusal stands although the request that was in its way is gone.
  REQUIRE(s.submit(case_message(opening, UnitId("polres.b"), 0, TransferRequest{}, 41)).receipt ==
          pending.receipt);
  REQUIRE(s.sequencer->log_size() == size);
}
