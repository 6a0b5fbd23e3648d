// Releases that are offered while a broker runs.
#include "broker/sequencer/sequencer.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::hours kHour{1};

Release next_release() {
  Release release = small_release();
  release.version = ReleaseVersion{2};
  return release;
}
// polres.a ended before now; polres.n took its place.
Release succeeding_release() {
  Release release = next_release();
  add_unit_like(release, "polres.a", "polres.n");
  end_unit(release, "polres.a", noon() - kHour, "polres.n");
  return release;
}

struct State {
  std::uint64_t size;
  ReleaseVersion version;
  std::shared_ptr<const routing::RoutingTable> table;
  std::string owner;
  friend bool operator==(const State&, const State&) = default;
};
State state_of(const SequencerInTest& s) {
  return {s.sequencer->log_size(), s.sequencer->table()->release().version, s.sequencer->table(),
          s.owner_of(referral_message())};
}

}  // namespace

TEST_CASE("a release offered while a broker runs is in force from its entry on") {
  SequencerInTest s;
  s.submit(referral_message());
  std::vector<std::uint32_t> seen;
  s.sequencer->on_release([&](const std::shared_ptr<const routing::RoutingTable>& table) {
    seen.push_back(to_number(table->release().version));
  });
  Release next = next_release();
  next.rules[0].level = Level::kProvince;
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.sequencer->table()->release().version == ReleaseVersion{1});
  REQUIRE(s.process());
  REQUIRE(seen == std::vector<std::uint32_t>{2});
  REQUIRE(s.sequencer->table()->release().version == ReleaseVersion{2});
  REQUIRE(std::get<ReleaseCause>(s.entry(2).cause).version == ReleaseVersion{2});
  // The new table routes what comes now; the open case stays with its owner.
  Message second = referral_message(offline_facts(), 2);
  second.recipients.erase(second.recipients.begin());
  REQUIRE_FALSE(s.submit(second).refusal);
  REQUIRE(s.owner_of(second) == "polda");
  REQUIRE(s.owner_of(referral_message()) == "polres.a");
  REQUIRE(s.last_entry().release == ReleaseVersion{2});
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.sequencer->table()->release().version == ReleaseVersion{2});
}

TEST_CASE("what was submitted before a release is decided by it and what was committed is not") {
  SequencerInTest s;
  Release next = next_release();
  next.rules[0].level = Level::kProvince;
  s.sequencer->offer_release(signed_small_release(next));
  // Sealed under the old table.
  const auto result = s.submit(referral_message());
  REQUIRE(result.refusal->code == ErrorCode::kRecipientsStale);
}

TEST_CASE("cases of units that a release ends are moved in entries of their own") {
  SequencerInTest s;
  for (std::uint8_t i = 1; i <= 3; ++i) s.submit(referral_message(offline_facts(), i));
  s.hello("police");
  s.outbound.sent.clear();
  s.sequencer->offer_release(signed_small_release(succeeding_release()));
  REQUIRE(s.process());
  REQUIRE(s.sequencer->log_size() == 8);
  REQUIRE(std::holds_alternative<ReleaseCause>(s.entry(4).cause));
  for (std::uint64_t i = 5; i < 8; ++i) {
    REQUIRE(std::holds_alternative<SuccessionCause>(s.entry(i).cause));
    REQUIRE(s.entry(i).release == ReleaseVersion{2});
    REQUIRE(s.entry(i).outcome.owner.str() == "polres.n");
  }
  // The connected station serves the new unit now, and gets its mail.
  std::set<std::uint64_t> mail;
  for (const auto& delivery : s.outbound.deliveries()) {
    if (delivery.unit.str() == "polres.n") mail.insert(to_number(delivery.receipt.index));
  }
  REQUIRE(mail == std::set<std::uint64_t>{1, 2, 3, 5, 6, 7});
}

TEST_CASE("a restart after a release and before its cases moved goes on moving them") {
  SequencerInTest s;
  s.submit(referral_message());
  REQUIRE(s.start(signed_small_release(succeeding_release())));
  REQUIRE(s.sequencer->log_size() == 3);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.process());
  REQUIRE(s.owner_of(referral_message()) == "polres.n");
}

TEST_CASE("a release that would leave an open case without a unit changes nothing") {
  SequencerInTest s;
  s.submit(referral_message());
  const State before = state_of(s);
  // No rule asks for investigation any longer, and its national unit has ended; a case is open.
  Release orphaning = next_release();
  for (Rule& rule : orphaning.rules) {
    rule.function = FunctionId("protection");
    rule.inform.clear();
  }
  for (const char* unit : {"bareskrim", "polda"}) {
    end_unit(orphaning, unit, noon() - kHour, "sapa");
  }
  unit_in(orphaning, "sapa").validity.from.reset();
  s.sequencer->offer_release(signed_small_release(orphaning));
  REQUIRE(s.process());
  REQUIRE(state_of(s) == before);
  REQUIRE(s.start(signed_small_release(orphaning)));
  REQUIRE(s.sequencer->table()->release() == small_release());
  REQUIRE_FALSE(s.submit(referral_message(offline_facts(), 2)).refusal);
}

TEST_CASE("a release that would leave an open case without a unit some day is refused today") {
  SequencerInTest s;
  s.submit(referral_message());
  const State before = state_of(s);
  Release orphaning = next_release();
  end_unit(orphaning, "bareskrim", noon() + kHour);
  s.sequencer->offer_release(signed_small_release(orphaning));
  REQUIRE(s.process());
  REQUIRE(state_of(s) == before);
  s.pass(2 * kHour);
  REQUIRE(s.owner_of(referral_message()) == "polres.a");
}

TEST_CASE("a conflict is logged under the release in force and not under the first message's") {
  SequencerInTest s;
  const Message first = referral_message();
  s.submit(first);
  s.sequencer->offer_release(signed_small_release(next_release()));
  REQUIRE(s.process());
  Message other = first;
  other.sent_at = first.sent_at + kHour;
  const auto result = s.submit(other);
  REQUIRE(result.refusal->code == ErrorCode::kMessageConflict);
  REQUIRE(s.last_entry().release == ReleaseVersion{2});
}

TEST_CASE("the last release offered counts and a bad one does not stop the broker") {
  SequencerInTest s;
  s.submit(referral_message());
  const State before = state_of(s);
  Release unsigned_one = next_release();
  Bytes signatures_missing = wire::encode_signed_release({wire::encode_release(unsigned_one), {}});
  Release foreign = next_release();
  foreign.log_origin = "not an origin";
  Release invalid = next_release();
  invalid.units[0].areas = {AreaCode("99")};
  Release vanishing = next_release();
  std::erase_if(vanishing.keys, [](const UnitKey& k) { return k.unit.str() == "polres.b"; });
  std::erase_if(vanishing.units, [](const Unit& u) { return u.id.str() == "polres.b"; });
  std::erase(vanishing.stations[2].units, UnitId("polres.b"));
  for (const Bytes& bad : {Bytes{}, Bytes(100, 0xAA), signatures_missing, signed_small_release(),
                           signed_small_release(foreign), signed_small_release(invalid),
                           signed_small_release(vanishing)}) {
    s.sequencer->offer_release(bad);
    REQUIRE(s.process());
    REQUIRE(state_of(s) == before);
  }
  s.sequencer->offer_release(Bytes{});
  s.sequencer->offer_release(signed_small_release(next_release()));
  REQUIRE(s.process());
  REQUIRE(s.sequencer->table()->release().version == ReleaseVersion{2});
  REQUIRE_FALSE(s.submit(referral_message(offline_facts(), 2)).refusal);
}
