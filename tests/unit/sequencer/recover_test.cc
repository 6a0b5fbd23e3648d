#include "broker/sequencer/recover.h"

#include <sys/syscall.h>

#include <filesystem>

#include "broker/merkle/note.h"
#include "broker/store/store.h"
#include "tests/support/killed_process.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// A log with an opening, a refusal, a conflict, an accept, acknowledgements and missed deadlines.
void fill(SequencerInTest& s) {
  const auto opened = s.submit(referral_message());
  s.submit(referral_message(offline_facts(), 2));
  Message conflict = referral_message();
  conflict.sent_at += Seconds(1);
  s.submit(conflict);
  Message stale = referral_message(offline_facts(), 3);
  stale.recipients.pop_back();
  s.submit(stale);
  s.submit(case_message(referral_message(), UnitId("polres.a"), 0,
                        Received{{opened.receipt->index}}, 4));
  s.submit(
      case_message(referral_message(), UnitId("polres.a"), 2, Accept{Need::kInvestigation}, 5));
  s.clock.advance(Seconds(24 * 3600 + 1));
  REQUIRE(s.process());
}

struct State {
  std::vector<CaseRecord> cases;
  std::map<std::string, std::vector<LogIndex>> mail;
  std::string checkpoint;
  merkle::StateDigest digest;
  friend bool operator==(const State&, const State&) = default;
};

State state_of(const SequencerInTest& s) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened);
  const store::Reader& reader = (*opened)->reader();
  State state;
  const auto cases = reader.cases(std::nullopt, 100);
  for (const CaseId& id : *cases) state.cases.push_back(**reader.find_case(id));
  for (const Unit& unit : small_release().units) {
    state.mail[unit.id.str()] = *reader.mailbox(unit.id, std::nullopt, 1000);
  }
  state.digest = *reader.stored_state();
  state.checkpoint = (*reader.latest_checkpoint())->note;
  return state;
}

Result<sequencer::Recovered> recover(SequencerInTest& s) {
  s.stop();
  return sequencer::recover(s.folder.path().string(), s.note_key(),
                            [](std::uint64_t, std::uint64_t) {});
}

}  // namespace

TEST_CASE("recovery gives the state that the broker had, from the log alone") {
  SequencerInTest s;
  fill(s);
  const auto receipt = s.submit(referral_message()).receipt;
  const State before = state_of(s);
  REQUIRE(before.cases.size() == 2);
  REQUIRE(before.mail.at("polda").size() > 0);
  s.stop();
  execute_sql(s.folder.path(),
              "UPDATE cases SET hash = zeroblob(32); DELETE FROM state; DELETE FROM mail; "
              "DELETE FROM nodes;");
  const auto recovered = recover(s);
  REQUIRE(recovered);
  REQUIRE(recovered->entries > 8);
  REQUIRE(recovered->payloads == 2);
  REQUIRE(recovered->payloads_missing == 0);
  REQUIRE(state_of(s) == before);
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.submit(referral_message()).receipt == receipt);
}

TEST_CASE("a marked directory starts again after recovery") {
  SequencerInTest s;
  fill(s);
  s.stop();
  std::filesystem::rename(s.folder / store::kHealthyMark, s.folder / store::kFailedMark);
  REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kStoreMarked);
  REQUIRE(recover(s));
  REQUIRE(s.start(std::nullopt));
  // Nothing but the old database is left over from it.
  REQUIRE(std::filesystem::exists(s.folder / "rujukan.db.before-recovery"));
  REQUIRE_FALSE(std::filesystem::exists(s.folder / "recovering"));
}

TEST_CASE(
    "a recovery that a kill ends between its renames is done again, and no log is begun anew") {
  int calls = 0;
  for (bool killed = true; killed;) {
    INFO("killed before rename " << ++calls);
    SequencerInTest s;
    fill(s);
    const State before = state_of(s);
    s.stop();
    killed = killed_before_call(
        calls, [&] { return recover(s).ok(); }, SYS_rename);
    if (const auto started = s.start(std::nullopt); !started) {
      REQUIRE(started.error().code == ErrorCode::kStoreMarked);
      REQUIRE(recover(s));
      REQUIRE(s.start(std::nullopt));
    }
    REQUIRE(state_of(s) == before);
  }
  REQUIRE(calls > 4);
}

TEST_CASE("an altered entry stops recovery and leaves the directory as it was") {
  SequencerInTest s;
  fill(s);
  s.stop();
  execute_sql(s.folder.path(),
              "UPDATE entries SET bytes = (SELECT bytes FROM entries WHERE idx = 2) WHERE idx = 1");
  REQUIRE(recover(s).error().code == ErrorCode::kStoreCorrupt);
  REQUIRE_FALSE(std::filesystem::exists(s.folder / "recovering"));
  execute_sql(s.folder.path(), "DELETE FROM entries WHERE idx > 3");
  REQUIRE_FALSE(recover(s));
}

TEST_CASE("a payload that does not have its digest is counted and not copied") {
  SequencerInTest s;
  fill(s);
  s.stop();
  execute_sql(s.folder.path(), "UPDATE payloads SET bytes = zeroblob(6) WHERE idx = 1");
  const auto recovered = recover(s);
  REQUIRE(recovered);
  REQUIRE(recovered->payloads == 1);
  REQUIRE(recovered->payloads_missing == 1);
}

TEST_CASE("recovery does not run beside a broker") {
  SequencerInTest s;
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {})
              .error()
              .code == ErrorCode::kStoreLocked);
}
