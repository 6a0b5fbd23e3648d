#include "broker/merkle/cosignature.h"
#include "broker/merkle/note.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

struct WitnessedSequencer : SequencerInTest {
  WitnessedSequencer() {
    witnessed = true;
    stop_after_lag = Seconds(60);
    REQUIRE(start(std::nullopt));
  }
  // The newest checkpoint, cosigned.
  std::string cosigned() const {
    const auto reader = store::ReadOnlyStore::open(folder.path().string());
    const std::string note = (*(*reader)->reader().latest_checkpoint())->note;
    const std::string line = merkle::cosign(note.substr(0, note.find("\n\n") + 1), "w",
                                            Ed25519SecretKey::from_seed(seed_of("w")), 1);
    return *merkle::add_signature_line(note, line);
  }
  void witness() {
    sequencer->offer_cosigned(cosigned());
    REQUIRE(process());
  }
  std::string kept() const {
    const auto reader = store::ReadOnlyStore::open(folder.path().string());
    const auto latest = (*reader)->reader().latest_cosigned();
    REQUIRE(latest);
    return *latest ? (*latest)->note : "";
  }
  // nullopt: taken.
  std::optional<ErrorCode> refusal_of(std::uint8_t number) {
    const Message message = referral_message(offline_facts(), number);
    outbound.sent.clear();
    REQUIRE(process(job_of(station_of(message.sender), {message})));
    for (const auto& sent : outbound.sent) {
      if (sent.type() != wire::FrameType::kOutcome) continue;
      const auto outcome = wire::decode_outcome(sent.views());
      if (!outcome->refusal) return std::nullopt;
      return outcome->refusal->code;
    }
    FAIL("no outcome");
    return std::nullopt;
  }
};

}  // namespace

TEST_CASE("a cosigned checkpoint is kept and an older one is not") {
  WitnessedSequencer s;
  s.witness();
  const std::string first = s.cosigned();
  CHECK(s.kept() == first);
  REQUIRE_FALSE(s.refusal_of(1));
  s.witness();
  const std::string second = s.cosigned();
  REQUIRE(second != first);
  CHECK(s.kept() == second);
  s.sequencer->offer_cosigned(first);
  REQUIRE(s.process());
  CHECK(s.kept() == second);
}

TEST_CASE("a note that the log did not sign is dropped and nothing stops") {
  WitnessedSequencer s;
  s.sequencer->offer_cosigned("nonsense");
  REQUIRE(s.process());
  s.sequencer->offer_cosigned(merkle::sign_checkpoint(
      {kOrigin, 1000, Digest{}}, Ed25519SecretKey::from_seed(seed_of("another"))));
  REQUIRE(s.process());
  CHECK(s.kept().empty());
  CHECK_FALSE(s.refusal_of(1));
}

TEST_CASE("past the lag submissions are put off and nothing is logged until witnesses are back") {
  WitnessedSequencer s;
  s.clock.advance(Seconds(60));
  REQUIRE_FALSE(s.refusal_of(1));
  s.clock.advance(Seconds(1));
  const std::uint64_t size = s.sequencer->log_size();
  CHECK(s.refusal_of(2) == ErrorCode::kWitnessLag);
  CHECK(fate_of(ErrorCode::kWitnessLag) == Fate::kRetry);
  CHECK(s.sequencer->log_size() == size);
  s.witness();
  CHECK_FALSE(s.refusal_of(2));
  // The count begins at the oldest entry since.
  s.clock.advance(Seconds(60));
  CHECK_FALSE(s.refusal_of(3));
  s.clock.advance(Seconds(1));
  CHECK(s.refusal_of(4) == ErrorCode::kWitnessLag);
}

TEST_CASE("a log that does not grow does not lag") {
  WitnessedSequencer s;
  s.witness();
  s.clock.advance(Seconds(10'000));
  CHECK_FALSE(s.refusal_of(1));
}

TEST_CASE("the lag outlives a restart") {
  WitnessedSequencer s;
  s.clock.advance(Seconds(61));
  REQUIRE(s.start(std::nullopt));
  CHECK(s.refusal_of(1) == ErrorCode::kWitnessLag);
  s.witness();
  REQUIRE(s.start(std::nullopt));
  CHECK_FALSE(s.refusal_of(1));
}

TEST_CASE("without a bound the lag stops nothing") {
  WitnessedSequencer s;
  s.stop_after_lag = Seconds(0);
  REQUIRE(s.start(std::nullopt));
  s.clock.advance(Seconds(1'000'000));
  CHECK_FALSE(s.refusal_of(1));
}

TEST_CASE("without witnesses the newest checkpoint counts again") {
  WitnessedSequencer s;
  s.witness();
  REQUIRE_FALSE(s.kept().empty());
  s.witnessed = false;
  REQUIRE(s.start(std::nullopt));
  CHECK(s.kept().empty());
}

TEST_CASE("recovery keeps what witnesses cosigned and refuses what they did not") {
  WitnessedSequencer s;
  s.witness();
  const std::string before = s.kept();
  const auto recover = [&] {
    s.stop();
    return sequencer::recover(s.folder.path().string(), s.note_key(),
                              [](std::uint64_t, std::uint64_t) {});
  };
  REQUIRE(recover());
  CHECK(s.kept() == before);
  execute_sql(s.folder.path(), "UPDATE cosigned SET size = size + 1");
  const auto refused = recover();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kCheckpointInvalid);
}

TEST_CASE("recovery takes a directory from before there were witnesses") {
  SequencerInTest s;
  s.stop();
  execute_sql(s.folder.path(), "DROP TABLE cosigned");
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(s.start(std::nullopt));
}
