// What nobody vouches for does not come into the log, in an accepted message or in a refused one.
#include <catch2/catch.hpp>

#include "broker/merkle/proof.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::string kName = "siti-aminah";

Release listing() {
  Release release = small_release();
  release.legal_bases = {{"uu-12-2022", "TPKS", {}, ""}, {"uu-27-2022", "PDP", {}, ""}};
  return release;
}

// Whether the text stands in an entry of the log.
bool logged(const SequencerInTest& s, const std::string& text) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened);
  bool found = false;
  const auto read = (*opened)->reader().entries(LogIndex{0}, 1000, [&](LogIndex, ByteView bytes) {
    found = found || as_text(bytes).find(text) != std::string_view::npos;
    return true;
  });
  REQUIRE(read);
  return found;
}

void check_withheld(SequencerInTest& s, const Message& message, ErrorCode code) {
  const auto result = s.submit(message);
  REQUIRE(result.refusal);
  CHECK(result.refusal->code == code);
  REQUIRE(result.receipt);
  const Entry entry = s.last_entry();
  const auto& cause = std::get<MessageCause>(entry.cause);
  CHECK(cause.message.empty());
  CHECK(cause.leaf == merkle::leaf_hash(wire::encode_message(message)));
  CHECK_FALSE(logged(s, kName));
  // The id is not used up, and the same is refused again.
  CHECK(s.submit(message).refusal->code == code);
}

Message with_custodian(const std::string& custodian, std::uint8_t number) {
  Message message = referral_message(offline_facts(), number);
  std::get<Referral>(message.body).evidence = {{{}, EvidenceKind::kText, UnitId(custodian)}};
  return message;
}
Message citing(const std::string& code, std::uint8_t number) {
  Facts facts = offline_facts();
  facts.legal_bases = {code};
  return referral_message(facts, number);
}

}  // namespace

TEST_CASE("a custodian of evidence is a unit, and what else was named is not kept") {
  SequencerInTest s(signed_small_release(listing()));
  check_withheld(s, with_custodian(kName, 1), ErrorCode::kCustodianUnknown);
  REQUIRE_FALSE(s.submit(with_custodian("uptd", 2)).refusal);
}

TEST_CASE("a legal basis is one of the release's list") {
  SequencerInTest s(signed_small_release(listing()));
  check_withheld(s, citing(kName, 1), ErrorCode::kLegalBasisUnknown);
  const Message opening = citing("uu-12-2022", 2);
  REQUIRE_FALSE(s.submit(opening).refusal);
  Message erase = case_message(opening, UnitId("polres.a"), 1, Erase{kName}, 9);
  check_withheld(s, erase, ErrorCode::kLegalBasisUnknown);
}

TEST_CASE("without a list any code is a legal basis, as before there were lists") {
  SequencerInTest s;
  REQUIRE_FALSE(s.submit(citing("uu-1-1900", 1)).refusal);
}

TEST_CASE("facts repeat the codes that the case has, whatever the list says by now") {
  SequencerInTest s;
  const Message opening = citing("uu-1-1900", 1);
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{Need::kInvestigation});
  Release next = listing();
  next.version = ReleaseVersion{2};
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  NewFacts more{std::get<Referral>(opening.body).facts};
  more.facts.urgency = Urgency::kUrgent;
  s.does(opening, "polres.a", more);
  more.facts.legal_bases.push_back("uu-2-1900");
  REQUIRE(s.say(opening, "polres.a", more).refusal->code == ErrorCode::kLegalBasisUnknown);
}

TEST_CASE("a name in the place of a unit or an area is not kept, whatever else is wrong") {
  SequencerInTest s(signed_small_release(listing()));
  Message stranger = referral_message(offline_facts(), 1);
  stranger.recipients.emplace_back(kName);
  check_withheld(s, stranger, ErrorCode::kNameUnknown);
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("siti")};
  check_withheld(s, referral_message(facts, 2), ErrorCode::kNameUnknown);
  const Message opening = referral_message(offline_facts(), 3);
  REQUIRE_FALSE(s.submit(opening).refusal);
  // Also when the case is none of the sender's, or its version has passed.
  Message transfer = case_message(opening, UnitId("polres.a"), 7,
                                  Transfer{Need::kInvestigation, UnitId(kName), Reason::kOther}, 9);
  check_withheld(s, transfer, ErrorCode::kNameUnknown);
}

TEST_CASE("sixteen digits in a row are refused and not kept") {
  const std::string number = "3171234506780001";
  SequencerInTest s;
  const auto result = s.submit(citing("lp-" + number, 1));
  REQUIRE(result.refusal->code == ErrorCode::kIdentityNumber);
  REQUIRE_FALSE(logged(s, number));
}

TEST_CASE("an older release keeps what it always kept") {
  Release release = small_release();
  release.edition = Edition::kFirst;
  SequencerInTest s(signed_small_release(release));
  REQUIRE_FALSE(s.submit(with_custodian(kName, 1)).refusal);
  REQUIRE_FALSE(s.submit(citing("lp-3171234506780001", 2)).refusal);
}
