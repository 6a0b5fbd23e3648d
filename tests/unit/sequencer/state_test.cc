// The digest of all case records: in the store and in the log.
#include "broker/merkle/note.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/wire/case_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// From the records themselves.
merkle::StateDigest counted(const SequencerInTest& s) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened);
  const store::Reader& reader = (*opened)->reader();
  merkle::StateDigest state;
  const auto ids = *reader.cases(std::nullopt, 1000);
  for (const CaseId& id : ids) {
    state.add(merkle::record_hash(wire::encode_case(**reader.find_case(id))));
  }
  REQUIRE(reader.stored_state());
  REQUIRE(*reader.stored_state() == state);
  return state;
}

std::vector<std::uint64_t> states_in(const SequencerInTest& s) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t i = 0; i < s.sequencer->log_size(); ++i) {
    if (std::holds_alternative<StateCause>(s.entry(i).cause)) out.push_back(i);
  }
  return out;
}

}  // namespace

TEST_CASE("the store's digest is that of its records after each change and after a restart") {
  SequencerInTest s;
  REQUIRE(counted(s) == merkle::StateDigest());
  std::vector<Digest> seen;
  for (std::uint8_t i = 1; i <= 3; ++i) {
    s.submit(referral_message(offline_facts(), i));
    seen.push_back(counted(s).value());
    s.does(referral_message(offline_facts(), i), "polres.a", Accept{Need::kInvestigation});
    seen.push_back(counted(s).value());
    REQUIRE(s.start(std::nullopt));
    REQUIRE(counted(s).value() == seen.back());
  }
  REQUIRE(std::set<Digest>(seen.begin(), seen.end()).size() == 6);
}

TEST_CASE("the state is logged at every multiple as it was before the entry and told to nobody") {
  SequencerInTest s;
  s.state_every = 3;
  REQUIRE(s.start(std::nullopt));
  for (std::uint8_t i = 1; i <= 5; ++i) s.submit(referral_message(offline_facts(), i));
  REQUIRE(states_in(s) == std::vector<std::uint64_t>{3, 6});
  const auto first = std::get<StateCause>(s.entry(3).cause);
  REQUIRE(first.format == merkle::kStateFormat);
  REQUIRE(first.cases == 2);
  REQUIRE(s.entry(3).release == ReleaseVersion{1});
  REQUIRE(s.entry(3).outcome == Outcome());
  const auto mail = s.mail_of("polres.a");
  REQUIRE(std::find(mail.begin(), mail.end(), LogIndex{3}) == mail.end());
  const Digest before = counted(s).value();
  // At the next start the multiples stay.
  REQUIRE(s.start(std::nullopt));
  s.submit(referral_message(offline_facts(), 6));
  REQUIRE(states_in(s).size() == 2);
  s.does(referral_message(offline_facts(), 6), "polres.a", Accept{Need::kInvestigation});
  REQUIRE(states_in(s) == std::vector<std::uint64_t>{3, 6, 9});
  REQUIRE(std::get<StateCause>(s.entry(9).cause).digest != before);
  REQUIRE(std::get<StateCause>(s.entry(9).cause).cases == 6);
}

TEST_CASE("a broker that is told so logs no state") {
  SequencerInTest s;
  s.state_every = 0;
  REQUIRE(s.start(std::nullopt));
  for (std::uint8_t i = 1; i <= 5; ++i) s.submit(referral_message(offline_facts(), i));
  REQUIRE(states_in(s).empty());
}

TEST_CASE("a state before a release is under the release before") {
  SequencerInTest s;
  s.state_every = 2;
  REQUIRE(s.start(std::nullopt));
  s.submit(referral_message());
  Release next = small_release();
  next.version = ReleaseVersion{2};
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  REQUIRE(states_in(s) == std::vector<std::uint64_t>{2});
  REQUIRE(s.entry(2).release == ReleaseVersion{1});
  REQUIRE(s.entry(3).release == ReleaseVersion{2});
}

TEST_CASE("recovery builds the state anew and the log goes on with it") {
  SequencerInTest s;
  s.state_every = 3;
  REQUIRE(s.start(std::nullopt));
  for (std::uint8_t i = 1; i <= 4; ++i) s.submit(referral_message(offline_facts(), i));
  const merkle::StateDigest before = counted(s);
  s.stop();
  execute_sql(s.folder.path(), "DELETE FROM state; DELETE FROM cases");
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(counted(s) == before);
  REQUIRE(s.start(std::nullopt));
  s.submit(referral_message(offline_facts(), 5));
  REQUIRE(states_in(s) == std::vector<std::uint64_t>{3, 6});
  REQUIRE(std::get<StateCause>(s.entry(6).cause).digest == before.value());
}

TEST_CASE("rot in the state's row is seen at start") {
  for (const char* damage : {"UPDATE state SET cases = cases + 1", "UPDATE state SET sum = x'00'",
                             "UPDATE state SET sum = zeroblob(32)", "DELETE FROM state"}) {
    SequencerInTest s;
    s.submit(referral_message());
    s.stop();
    execute_sql(s.folder.path(), damage);
    REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kStoreCorrupt);
  }
}
