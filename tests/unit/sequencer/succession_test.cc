// Units that end while a broker runs, and while it does not.
#include "broker/merkle/note.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::hours kHour{1};
constexpr Need kNeed = Need::kInvestigation;

Release ending(const char* unit, const char* successor = "") {
  Release release = small_release();
  const auto& units = release.units;
  const bool known = std::any_of(units.begin(), units.end(), [successor](const Unit& other) {
    return other.id.str() == successor;
  });
  if (*successor != '\0' && !known) add_unit_like(release, unit, successor);
  end_unit(release, unit, noon() + kHour, successor);
  if (known) unit_in(release, successor).validity.from.reset();
  return release;
}
Bytes signed_ending(const char* unit, const char* successor = "") {
  return signed_small_release(ending(unit, successor));
}

}  // namespace

TEST_CASE("a unit that ends hands over in an entry of its own when its time comes") {
  SequencerInTest s(signed_ending("polres.a", "polres.n"));
  const Message opening = referral_message();
  s.submit(opening);
  s.does(opening, "polres.a", Accept{kNeed});
  const std::uint64_t size = s.sequencer->log_size();
  s.pass(kHour - std::chrono::seconds(1));
  REQUIRE(s.sequencer->log_size() == size);
  s.hello("police");
  s.outbound.sent.clear();
  s.pass(std::chrono::seconds(2));
  REQUIRE(s.sequencer->log_size() == size + 1);
  const Entry entry = s.last_entry();
  REQUIRE(std::get<SuccessionCause>(entry.cause).case_id == opening.case_id);
  REQUIRE(entry.outcome.owner.str() == "polres.n");
  REQUIRE(s.owner_of(opening) == "polres.n");
  // It gets the earlier entries; the one it can open only if it was sealed for it.
  std::set<std::uint64_t> mail;
  for (const auto& delivery : s.outbound.deliveries()) {
    if (delivery.unit.str() == "polres.n") mail.insert(to_number(delivery.receipt.index));
  }
  REQUIRE(mail == std::set<std::uint64_t>{1, 2, 3});
  s.pass(kHour);
  REQUIRE(s.sequencer->log_size() == size + 1);
}

TEST_CASE("a message that comes first after a unit ended finds the case already moved") {
  SequencerInTest s(signed_ending("polres.a", "polda"));
  const Message opening = referral_message();
  s.submit(opening);
  s.clock.advance(2 * kHour);
  // polda says what it would of a case that has come to it.
  const auto result = s.submit(case_message(opening, UnitId("polda"), 2, Accept{kNeed}, 7));
  REQUIRE_FALSE(result.refusal);
  REQUIRE(s.sequencer->log_size() == 4);
  REQUIRE(std::holds_alternative<SuccessionCause>(s.entry(2).cause));
  REQUIRE(s.entry(3).outcome.owner.str() == "polda");
}

TEST_CASE("a unit that ended finds that its case has gone") {
  SequencerInTest s(signed_ending("polres.a", "polda"));
  const Message opening = referral_message();
  s.submit(opening);
  s.clock.advance(2 * kHour);
  const auto result = s.submit(case_message(opening, UnitId("polres.a"), 1, Accept{kNeed}, 7));
  REQUIRE(result.refusal);
  REQUIRE(s.owner_of(opening) == "polda");
}

TEST_CASE("every case of a unit moves and others do not") {
  SequencerInTest s(signed_ending("polres.a", "polda"));
  Facts elsewhere = offline_facts();
  elsewhere.incidents = {AreaCode("11.02")};
  std::vector<Message> openings;
  for (std::uint8_t i = 1; i <= 6; ++i) {
    Message opening = referral_message(i % 2 == 0 ? elsewhere : offline_facts(), i);
    if (i % 2 == 0) opening.recipients[0] = UnitId("polres.b");
    REQUIRE_FALSE(s.submit(opening).refusal);
    openings.push_back(opening);
  }
  const std::uint64_t size = s.sequencer->log_size();
  s.pass(2 * kHour);
  REQUIRE(s.sequencer->log_size() == size + 3);
  for (std::size_t i = 0; i < openings.size(); ++i) {
    REQUIRE(s.owner_of(openings[i]) == (i % 2 == 0 ? "polda" : "polres.b"));
  }
}

TEST_CASE("a unit that ends while the broker is down hands over at the next start") {
  SequencerInTest s(signed_ending("polres.a", "polres.n"));
  const Message opening = referral_message();
  s.submit(opening);
  s.stop();
  s.clock.advance(2 * kHour);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  REQUIRE(s.owner_of(opening) == "polres.n");
}

TEST_CASE("a deadline of a unit that ended is no longer missed") {
  SequencerInTest s(signed_ending("polres.a", "polres.n"));
  const Message opening = referral_message();
  s.submit(opening);
  // Past the end of the unit and past its deadline, in one leap.
  s.pass(25 * kHour);
  REQUIRE(s.owner_of(opening) == "polres.n");
  REQUIRE(s.record_of(opening).assignment(kNeed)->deadline > s.clock.now());
}

TEST_CASE("offers and requests and assists of ended units move in the same entry") {
  Release release = ending("polres.b", "polres.n");
  SequencerInTest s(signed_small_release(release));
  Message opening = referral_message(facts_of_both_regencies());
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{kNeed});
  s.does(opening, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  s.does(opening, "uptd", Assist{kNeed, UnitId("polres.b")});
  s.does(opening, "polres.b", TransferRequest{});
  const std::uint64_t size = s.sequencer->log_size();
  s.pass(kHour + std::chrono::seconds(1));
  REQUIRE(s.sequencer->log_size() == size + 1);
  const CaseRecord record = s.record_of(opening);
  REQUIRE(record.owner().str() == "polres.a");
  REQUIRE(record.assignment(kNeed)->offer->unit().str() == "polres.n");
  REQUIRE(record.assignment(kNeed, 1)->unit().str() == "polres.n");
  REQUIRE_FALSE(record.request);
  REQUIRE_FALSE(s.mail_of("polres.n").empty());
}

TEST_CASE("a successor is sent the payload that was sealed for the unit that ended") {
  SequencerInTest s(signed_ending("polres.a", "polres.n"));
  const Message opening = referral_message();
  s.submit(opening);
  const auto payloads_of = [&](const char* unit) {
    s.hello("police");
    REQUIRE(s.process());
    std::vector<std::optional<Bytes>> out;
    for (const auto& delivery : s.outbound.deliveries()) {
      if (delivery.unit.str() == unit && to_number(delivery.receipt.index) == 1) {
        out.push_back(delivery.payload);
      }
    }
    return out;
  };
  s.pass(2 * kHour);
  REQUIRE(payloads_of("polres.n") == std::vector<std::optional<Bytes>>{referral_payload()});
  // Nobody else, for whom it was not sealed either.
  REQUIRE(payloads_of("polres.b").empty());
}

TEST_CASE("recovery derives successions again from the log alone") {
  SequencerInTest s(signed_ending("polres.a", "polres.n"));
  const Message opening = referral_message();
  s.submit(opening);
  s.pass(2 * kHour);
  s.does(opening, "polres.n", Accept{kNeed});
  const CaseRecord before = s.record_of(opening);
  const auto mail = s.mail_of("polres.n");
  s.stop();
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(s.record_of(opening) == before);
  REQUIRE(s.mail_of("polres.n") == mail);
}
