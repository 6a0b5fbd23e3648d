// What a broker finds when it starts again.
#include <filesystem>

#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/sequencer.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

TEST_CASE("after a restart the log goes on and receipts are the same") {
  SequencerInTest s;
  const auto first = s.submit(referral_message());
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.sequencer->log_size() == 2);
  REQUIRE(s.submit(referral_message()).receipt == first.receipt);
  const auto accepted = s.submit(
      case_message(referral_message(), UnitId("polres.a"), 1, Accept{Need::kInvestigation}, 2));
  REQUIRE_FALSE(accepted.refusal);
  REQUIRE(merkle::verify_receipt(*accepted.receipt, s.note_key())->size == 3);
}

TEST_CASE("deadlines and mail survive a restart") {
  SequencerInTest s;
  s.submit(referral_message());
  REQUIRE(s.start(std::nullopt));
  s.hello("police");
  REQUIRE(s.outbound.deliveries().size() == 1);
  s.clock.advance(Seconds(24 * 3600 + 1));
  REQUIRE(s.process());
  REQUIRE(s.sequencer->log_size() == 4);
}

TEST_CASE("a new directory needs a release and the same release again is no news") {
  SequencerInTest s;
  REQUIRE(s.start(signed_small_release()));
  REQUIRE(s.sequencer->log_size() == 1);
  TemporaryFolder empty;
  const auto opened = sequencer::Sequencer::open({empty.path().string(), kOrigin}, s.log_key,
                                                 s.clock, s.outbound, std::nullopt);
  REQUIRE(opened.error().code == ErrorCode::kConfigMissing);
}

TEST_CASE("a newer release signed by the administrators in force is activated by an entry") {
  SequencerInTest s;
  Release next = small_release();
  next.version = ReleaseVersion{2};
  REQUIRE(s.start(signed_small_release(next)));
  REQUIRE(s.sequencer->log_size() == 2);
  REQUIRE(s.sequencer->table()->release().version == ReleaseVersion{2});
  REQUIRE(s.start(signed_small_release()));
  REQUIRE(s.sequencer->table()->release().version == ReleaseVersion{2});
}

TEST_CASE("a second broker on the directory is refused") {
  SequencerInTest s;
  const auto second = sequencer::Sequencer::open({s.folder.path().string(), kOrigin}, s.log_key,
                                                 s.clock, s.outbound, std::nullopt);
  REQUIRE(second.error().code == ErrorCode::kStoreLocked);
}

TEST_CASE("another log key does not continue a log") {
  SequencerInTest s;
  s.log_key = Ed25519SecretKey::from_seed(seed_of("another"));
  const auto started = s.start(std::nullopt);
  REQUIRE_FALSE(started);
  REQUIRE(fate_of(started.error().code) == Fate::kRefuse);
}

TEST_CASE("rot in the tree is seen at start") {
  SequencerInTest s;
  s.submit(referral_message());
  s.stop();
  execute_sql(s.folder.path(), "UPDATE nodes SET hash = zeroblob(32) WHERE level = 0 AND idx = 1");
  REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kCheckpointInvalid);
}

TEST_CASE("rot in a case record is fatal and marks the directory") {
  SequencerInTest s;
  s.submit(referral_message());
  REQUIRE(s.start(std::nullopt));
  execute_sql(s.folder.path(), "UPDATE cases SET hash = zeroblob(32)");
  const auto job = SequencerInTest::job_of(
      StationId("police"),
      {case_message(referral_message(), UnitId("polres.a"), 1, Accept{Need::kInvestigation}, 2)});
  REQUIRE(s.process(job).error().code == ErrorCode::kStoreCorrupt);
  REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kStoreMarked);
}

TEST_CASE("a database error is fatal and nothing of the commit is answered") {
  SequencerInTest s;
  // A trigger stands in for a full disk: the real database refuses the write.
  execute_sql(s.folder.path(),
              "CREATE TRIGGER full BEFORE INSERT ON checkpoints BEGIN SELECT RAISE(ABORT, 'full');"
              " END");
  s.outbound.sent.clear();
  const auto done = s.process(SequencerInTest::job_of(StationId("kpai"), {referral_message()}));
  REQUIRE(done.error().code == ErrorCode::kStoreFailed);
  REQUIRE(s.outbound.sent.empty());
  REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kStoreMarked);
}
