// A release that comes into force while stations are connected: who is told, and what was sealed by
// an older one.
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::hours kHour{1};

Release next_release(std::uint32_t version = 2) {
  Release release = small_release();
  release.version = ReleaseVersion{version};
  return release;
}

// Key "seal-1" of the unit was stolen; it has "seal-2" instead.
void steal_key(Release& release, const char* unit) {
  for (UnitKey& key : release.keys) {
    if (key.unit.view() != unit || key.purpose != KeyPurpose::kSeal) continue;
    key.compromised_since = noon() - kHour;
    UnitKey fresh = key;
    fresh.key_id = "seal-2";
    fresh.key = sealing_key(UnitId(std::string(unit) + " again")).public_key();
    fresh.compromised_since.reset();
    release.keys.push_back(fresh);
    break;
  }
  std::ranges::sort(release.keys, {}, [](const UnitKey& k) {
    return std::pair(k.unit.view(), std::string_view(k.key_id));
  });
}

std::vector<std::pair<std::string, wire::Welcome>> welcomes(const SequencerInTest& s) {
  std::vector<std::pair<std::string, wire::Welcome>> out;
  for (const auto& sent : s.outbound.sent) {
    if (sent.type() != wire::FrameType::kWelcome) continue;
    const auto views = sent.views();
    const auto welcome = wire::decode_welcome(views);
    REQUIRE(welcome);
    out.emplace_back(welcome->station.str(), *welcome);
  }
  return out;
}

Message sealed_under(std::uint32_t version, std::uint8_t number) {
  Message message = referral_message(offline_facts(), number);
  message.release = ReleaseVersion{version};
  return message;
}

}  // namespace

TEST_CASE("every connected station is welcomed again when a release comes into force") {
  SequencerInTest s;
  s.hello("police");
  s.hello("centre");
  s.submit(referral_message());
  s.outbound.sent.clear();
  s.sequencer->offer_release(signed_small_release(next_release()));
  REQUIRE(s.process());
  const auto said = welcomes(s);
  REQUIRE(said.size() == 2);
  for (const auto& [station, welcome] : said) {
    REQUIRE(welcome.release == ReleaseVersion{2});
    REQUIRE(merkle::verify_checkpoint(welcome.checkpoint, s.note_key())->size == 3);
  }
  s.outbound.sent.clear();
  REQUIRE(s.process());
  REQUIRE(welcomes(s).empty());
}

TEST_CASE("the news proves that the log continues what the station said at first") {
  SequencerInTest s;
  s.hello("kpai");
  const std::string seen = welcomes(s).at(0).second.checkpoint;
  s.outbound.sent.clear();
  s.hello("kpai", seen);
  s.submit(referral_message());
  s.outbound.sent.clear();
  s.sequencer->offer_release(signed_small_release(next_release()));
  REQUIRE(s.process());
  const auto said = welcomes(s);
  REQUIRE(said.size() == 1);
  const auto before = merkle::verify_checkpoint(seen, s.note_key());
  const auto now = merkle::verify_checkpoint(said[0].second.checkpoint, s.note_key());
  REQUIRE(merkle::verify_consistency(before->size, before->root, now->size, now->root,
                                     said[0].second.consistency));
}

TEST_CASE("a station that left, or that the release does not know, is told nothing") {
  SequencerInTest s;
  s.hello("police");
  s.hello("centre");
  verify::Job gone;
  gone.from = connection("police");
  gone.work = verify::Gone{};
  REQUIRE(s.process(gone));
  Release next = next_release();
  std::erase_if(next.stations, [](const Station& one) { return one.id.view() == "centre"; });
  next.stations.push_back({StationId("centre-2"),
                           X25519SecretKey::from_seed(seed_of("another")).public_key(),
                           {UnitId("sapa"), UnitId("uptd")}});
  std::ranges::sort(next.stations, {}, [](const Station& one) { return one.id.view(); });
  s.outbound.sent.clear();
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  REQUIRE(s.sequencer->table()->release().version == ReleaseVersion{2});
  REQUIRE(welcomes(s).empty());
}

TEST_CASE("what was sealed before a key of a recipient changed is to be sealed anew") {
  SequencerInTest s;
  Release next = next_release();
  steal_key(next, "uptd");
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  const Message old = sealed_under(1, 1);
  const auto refused = s.submit(old);
  REQUIRE(refused.refusal->code == ErrorCode::kRecipientsStale);
  REQUIRE(refused.refusal->field == "release_version");
  REQUIRE(refused.refusal->detail == "uptd changed in release 2");
  REQUIRE(refused.recipients == old.recipients);
  REQUIRE_FALSE(s.submit(sealed_under(2, 2)).refusal);
  // A release later nothing has changed since what was sealed under 2.
  s.sequencer->offer_release(signed_small_release([&next] {
    Release third = next;
    third.version = ReleaseVersion{3};
    return third;
  }()));
  REQUIRE(s.process());
  REQUIRE_FALSE(s.submit(sealed_under(2, 3)).refusal);
  REQUIRE(s.submit(sealed_under(1, 4)).refusal->code == ErrorCode::kRecipientsStale);
  // So it is after a restart, too.
  REQUIRE(s.start(std::nullopt));
  REQUIRE_FALSE(s.submit(sealed_under(2, 5)).refusal);
  REQUIRE(s.submit(sealed_under(1, 6)).refusal->code == ErrorCode::kRecipientsStale);
}

TEST_CASE("what changed of others does not matter") {
  SequencerInTest s;
  Release next = next_release();
  steal_key(next, "polres.b");
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  REQUIRE_FALSE(s.submit(sealed_under(1, 1)).refusal);
}

TEST_CASE("an answer that carries nothing sealed needs no newer release") {
  SequencerInTest s;
  const Message opening = sealed_under(1, 1);
  REQUIRE_FALSE(s.submit(opening).refusal);
  Release next = next_release();
  for (const char* unit : {"uptd", "sapa", "polres.a"}) steal_key(next, unit);
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  s.does(opening, "polres.a", Accept{Need::kInvestigation});
  Message note = case_message(opening, UnitId("polres.a"), 0, Note{}, 30);
  note.recipients = {UnitId("uptd")};
  const Bytes payload = payload_form(note.recipients);
  note.payload = PayloadRef{sha256(payload), static_cast<std::uint32_t>(payload.size()), {}};
  REQUIRE(s.submit(note, payload).refusal->code == ErrorCode::kRecipientsStale);
}

TEST_CASE("older editions seal as they did") {
  SequencerInTest s(signed_small_release([] {
    Release first = small_release();
    first.edition = Edition::kPresentFacts;
    return first;
  }()));
  Release next = next_release();
  next.edition = Edition::kPresentFacts;
  steal_key(next, "uptd");
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  REQUIRE_FALSE(s.submit(sealed_under(1, 1)).refusal);
}
