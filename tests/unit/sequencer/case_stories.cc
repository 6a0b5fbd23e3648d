#include "tests/unit/sequencer/case_stories.h"

#include "broker/sequencer/sequencer.h"
#include "broker/wire/order_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {

namespace {

Bytes signed_order(const Message& opening, OrderKind kind, std::uint8_t number) {
  Order order;
  order.order_id = MessageId{make_uuid7(1'780'000'000'003, {0, number, 7})};
  order.log_origin = kOrigin;
  order.case_id = opening.case_id;
  order.kind = kind;
  order.legal_basis = "uu-27-2022";
  order.issued_at = noon();
  wire::SignedOrder out{wire::encode_order(order), {}};
  for (const char* name : {"admin-1", "admin-2"}) {
    const Ed25519SecretKey key = administrator_key(name);
    out.signatures.push_back({key.public_key(), key.sign(wire::order_signing_bytes(out.body))});
  }
  return wire::encode_signed_order(out);
}

}  // namespace

void live_through(SequencerInTest& s) {
  const Message opening = referral_message(facts_of_both_regencies(), 1);
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Received{{LogIndex{1}}});
  s.does(opening, "polres.a", Accept{Need::kInvestigation});
  s.does(opening, "polres.a",
         Transfer{Need::kInvestigation, UnitId("polres.b"), Reason::kNoCapacity});
  s.does(opening, "polres.b", Decline{Need::kInvestigation, Reason::kNoCapacity, Subject::kOffer});
  s.does(opening, "polres.a",
         Transfer{Need::kInvestigation, UnitId("polres.b"), Reason::kNoCapacity});
  s.does(opening, "polres.b", Accept{Need::kInvestigation, Subject::kOffer});
  s.does(opening, "polres.a", TransferRequest{});
  s.does(opening, "polres.b", Decline{Need::kInvestigation, Reason::kOther, Subject::kRequest});
  s.does(opening, "polres.b", Progress{Need::kInvestigation, AssignmentState::kInProgress});
  s.does(opening, "polres.b", Assist{Need::kMedical, UnitId("sapa")});
  s.does(opening, "sapa", Accept{Need::kMedical});
  s.does(opening, "sapa", Complete{Need::kMedical});
  NewFacts more{facts_of_both_regencies()};
  more.facts.needs = {Need::kShelter};
  s.does(opening, "polres.b", more);
  s.does(opening, "polres.b", Cancel{Need::kShelter, UnitId("uptd"), Reason::kOther});
  s.does(opening, "uptd", Accept{Need::kProtection});
  s.does(opening, "uptd", Complete{Need::kProtection});
  s.does(opening, "polres.b", Complete{Need::kInvestigation});
  s.does(opening, "polres.b", Close{});
  s.does(opening, "kpai", Reopen{});
  s.does(opening, "polres.b", Accept{Need::kInvestigation});
  s.does(opening, "polres.b", Complete{Need::kInvestigation});
  s.does(opening, "polres.b", Close{});
  s.does(opening, "polres.b", Erase{"uu-27-2022"});
  s.does(opening, "kpai", Erase{"uu-27-2022"});
}

void be_ordered(SequencerInTest& s) {
  const Message opening = referral_message(offline_facts(), 4);
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{Need::kInvestigation});
  s.does(opening, "polres.a", Complete{Need::kInvestigation});
  s.does(opening, "uptd", Accept{Need::kProtection});
  s.does(opening, "uptd", Complete{Need::kProtection});
  s.does(opening, "polres.a", Close{});
  s.does(opening, "polres.a", Erase{"uu-27-2022"});
  std::uint8_t number = 0;
  for (const OrderKind kind : {OrderKind::kHold, OrderKind::kConsentToErasure, OrderKind::kLiftHold,
                               OrderKind::kConsentToErasure}) {
    s.sequencer->offer_orders({{"order", signed_order(opening, kind, ++number)}});
    REQUIRE(s.process());
  }
  REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kErased);
}

}  // namespace rujukan::test
