// Administrators' orders in the log: each once, whoever offers it how often.
#include "broker/merkle/note.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/wire/order_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::vector<std::string> kOne = {"admin-1"};
const std::vector<std::string> kBoth = {"admin-1", "admin-2"};

Bytes order(const Message& opening, OrderKind kind, std::uint8_t number = 1,
            const std::vector<std::string>& administrators = kBoth) {
  return signed_order(order_about(opening, kind, "uu-27-2022", number), administrators);
}

}  // namespace

TEST_CASE("an order is logged once however often and with whatever signatures it is offered") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  s.offer({order(opening, OrderKind::kHold, 1, kOne)});
  const std::uint64_t size = s.sequencer->log_size();
  const Entry entry = s.last_entry();
  REQUIRE(std::get<OrderCause>(entry.cause) ==
          OrderCause{opening.case_id, order(opening, OrderKind::kHold, 1, kOne)});
  REQUIRE(entry.outcome.events.at(0).type == EventType::kHeld);
  REQUIRE(s.record_of(opening).hold->legal_basis == "uu-27-2022");
  s.offer({order(opening, OrderKind::kHold, 1, kOne), order(opening, OrderKind::kHold, 1, kBoth)});
  REQUIRE(s.start(std::nullopt));
  s.offer({order(opening, OrderKind::kHold, 1, kBoth)});
  REQUIRE(s.sequencer->log_size() == size);
}

TEST_CASE("an order that was carried out stays known when its administrators have left") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  s.offer({order(opening, OrderKind::kHold)});
  Release next = small_release();
  next.version = ReleaseVersion{2};
  next.threshold = 1;
  next.administrators = {{"admin-3", administrator_key("admin-3").public_key()}};
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  const std::uint64_t size = s.sequencer->log_size();
  s.offer({order(opening, OrderKind::kHold), order(opening, OrderKind::kLiftHold, 2)});
  REQUIRE(s.sequencer->log_size() == size);
  s.offer({order(opening, OrderKind::kLiftHold, 3, {"admin-3"})});
  REQUIRE(s.sequencer->log_size() == size + 1);
  REQUIRE_FALSE(s.record_of(opening).hold);
}

TEST_CASE("an order without enough good signatures is not logged and may come again with them") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  s.offer({order(opening, OrderKind::kHold)});
  const std::uint64_t size = s.sequencer->log_size();
  Bytes damaged = order(opening, OrderKind::kLiftHold, 2);
  damaged[damaged.size() - 20] ^= 1;
  s.offer({order(opening, OrderKind::kLiftHold, 2, kOne),
           order(opening, OrderKind::kLiftHold, 2, {}),
           order(opening, OrderKind::kLiftHold, 2, {"admin-1", "stranger"}), damaged, Bytes{},
           Bytes{1, 2, 3}, Bytes(20'000, 7)});
  REQUIRE(s.sequencer->log_size() == size);
  REQUIRE(s.record_of(opening).hold);
  s.offer({order(opening, OrderKind::kLiftHold, 2, kBoth)});
  REQUIRE(s.sequencer->log_size() == size + 1);
  REQUIRE_FALSE(s.record_of(opening).hold);
}

TEST_CASE("an order that is refused is logged once with its code and changes nothing") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  const auto refused = [&](const Bytes& given) {
    const std::uint64_t size = s.sequencer->log_size();
    const CaseRecord before = s.record_of(opening);
    s.offer({given, given});
    s.offer({given});
    REQUIRE(s.sequencer->log_size() == size + 1);
    REQUIRE(s.record_of(opening) == before);
    REQUIRE(s.last_entry().outcome.events.empty());
    return s.last_entry().outcome.refusal->code;
  };
  Order elsewhere = order_about(opening, OrderKind::kHold, "uu-27-2022", 2);
  elsewhere.log_origin = "log.example/another";
  CHECK(refused(signed_order(elsewhere, kBoth)) == ErrorCode::kOrderInvalid);
  const Message unknown = referral_message(offline_facts(), 9);
  CHECK(refused(order(unknown, OrderKind::kHold, 3)) == ErrorCode::kCaseUnknown);
  CHECK(refused(order(opening, OrderKind::kLiftHold, 4)) == ErrorCode::kOrderInvalid);
  CHECK(refused(order(opening, OrderKind::kConsentToErasure, 5)) == ErrorCode::kOrderInvalid);
  s.offer({order(opening, OrderKind::kHold, 6)});
  CHECK(refused(order(opening, OrderKind::kHold, 7)) == ErrorCode::kCaseHeld);
}

TEST_CASE("an id that was used for something else is a logged conflict") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  s.offer({order(opening, OrderKind::kHold, 1)});
  // Another order under the first one's id.
  s.offer({order(opening, OrderKind::kLiftHold, 1)});
  REQUIRE(s.last_entry().outcome.refusal->code == ErrorCode::kMessageConflict);
  REQUIRE(s.record_of(opening).hold);
  // A message under an order's id, and an order under a message's.
  Message note = case_message(opening, UnitId("kpai"), 0, Note{}, 50);
  note.message_id = order_about(opening, OrderKind::kHold).order_id;
  REQUIRE(s.submit(note).refusal->code == ErrorCode::kMessageConflict);
  Order taken = order_about(opening, OrderKind::kLiftHold, "uu-27-2022", 2);
  taken.order_id = opening.message_id;
  s.offer({signed_order(taken, kBoth)});
  REQUIRE(s.last_entry().outcome.refusal->code == ErrorCode::kMessageConflict);
  REQUIRE(s.record_of(opening).hold);
}

TEST_CASE("orders that are offered together are decided in the order in which they were issued") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  const std::uint64_t size = s.sequencer->log_size();
  s.offer({order(opening, OrderKind::kHold, 3), Bytes{1}, order(opening, OrderKind::kLiftHold, 2),
           order(opening, OrderKind::kHold, 1)});
  REQUIRE(s.sequencer->log_size() == size + 3);
  for (std::uint64_t index = size; index < size + 3; ++index) {
    REQUIRE_FALSE(s.entry(index).outcome.refusal);
  }
  REQUIRE(s.record_of(opening).hold);
}

TEST_CASE("a hold keeps an open or a closed case from being erased until it is lifted") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  s.offer({order(opening, OrderKind::kHold, 1)});
  s.does(opening, "polres.a", Accept{Need::kInvestigation});
  s.does(opening, "polres.a", Complete{Need::kInvestigation});
  s.does(opening, "uptd", Accept{Need::kProtection});
  s.does(opening, "uptd", Complete{Need::kProtection});
  s.does(opening, "polres.a", Close{});
  REQUIRE(s.say(opening, "polres.a", Erase{"uu-27-2022"}).refusal->code == ErrorCode::kCaseHeld);
  s.offer({order(opening, OrderKind::kLiftHold, 2)});
  s.does(opening, "polres.a", Erase{"uu-27-2022"});
  s.offer({order(opening, OrderKind::kHold, 3)});
  REQUIRE(s.say(opening, "kpai", Erase{"uu-27-2022"}).refusal->code == ErrorCode::kCaseHeld);
  s.offer({order(opening, OrderKind::kConsentToErasure, 4)});
  REQUIRE(s.last_entry().outcome.refusal->code == ErrorCode::kCaseHeld);
  REQUIRE_FALSE(s.record_of(opening).erased);
  // What was proposed before the hold is still proposed after it.
  s.offer({order(opening, OrderKind::kLiftHold, 5)});
  s.offer({order(opening, OrderKind::kConsentToErasure, 6, kOne)});
  REQUIRE(s.record_of(opening).erased);
}

TEST_CASE("parties have the entry of an order in their mail and strangers have not") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  s.offer({order(opening, OrderKind::kHold)});
  const LogIndex held{s.sequencer->log_size() - 1};
  const auto has = [&](const char* unit) {
    const auto mail = s.mail_of(unit);
    return std::find(mail.begin(), mail.end(), held) != mail.end();
  };
  for (const char* unit : {"polres.a", "uptd", "kpai"}) REQUIRE(has(unit));
  for (const char* unit : {"polres.b", "polda", "bareskrim", "sapa"}) REQUIRE_FALSE(has(unit));
  // A refused one is nobody's.
  s.offer({order(opening, OrderKind::kHold, 2)});
  REQUIRE(s.mail_of("kpai").back() == held);
}

TEST_CASE("recovery derives holds and used order ids again") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  const std::vector<Bytes> orders = {
      order(opening, OrderKind::kHold, 1), order(opening, OrderKind::kHold, 2),
      order(referral_message(offline_facts(), 9), OrderKind::kHold, 3)};
  s.offer(orders);
  // A conflict does not use up the id of the order that it was in.
  s.offer({order(opening, OrderKind::kLiftHold, 1)});
  const CaseRecord before = s.record_of(opening);
  const std::uint64_t size = s.sequencer->log_size();
  s.stop();
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.record_of(opening) == before);
  REQUIRE(before.hold);
  s.offer(orders);
  REQUIRE(s.sequencer->log_size() == size);
  const auto reader = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE((*reader)->reader().entries_of(opening.case_id, true)->size() == 2);
}

TEST_CASE("more orders than a commit takes are all decided") {
  SequencerInTest s;
  const Message opening = referral_message();
  s.submit(opening);
  const std::uint64_t size = s.sequencer->log_size();
  std::vector<Bytes> orders;
  for (std::uint16_t number = 0; number < 300; ++number) {
    Order one = order_about(opening, number % 2 == 0 ? OrderKind::kHold : OrderKind::kLiftHold);
    one.order_id = MessageId{make_uuid7(number, {1})};
    one.issued_at = noon() + Seconds(number);
    orders.push_back(signed_order(one, kBoth));
  }
  s.offer(orders);
  REQUIRE(s.sequencer->log_size() == size + 300);
  REQUIRE_FALSE(s.record_of(opening).hold);
}
