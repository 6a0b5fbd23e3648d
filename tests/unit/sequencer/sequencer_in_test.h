// A sequencer on a real database, fed with verified jobs, its answers caught.
#pragma once

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_clock.h"

namespace rujukan::test {

// Keeps what would have been sent.
class CaughtFrames final : public transport::Outbound {
 public:
  struct Sent {
    transport::ConnectionId to;
    wire::Frames frames;
    wire::FrameType type() const { return *wire::read_frame_type(frames[0]); }
    std::vector<ByteView> views() const { return {frames.begin(), frames.end()}; }
  };
  void send(const transport::ConnectionId& to, wire::Frames frames) override {
    sent.push_back({to, std::move(frames)});
  }
  std::vector<wire::Delivery> deliveries() const {
    std::vector<wire::Delivery> out;
    for (const Sent& s : sent) {
      if (s.type() == wire::FrameType::kDelivery) {
        out.push_back(*wire::decode_delivery(s.views()));
      }
    }
    return out;
  }
  std::vector<Sent> sent;
};

// Damages a database behind the back of whoever uses it.
inline void execute_sql(const std::filesystem::path& folder, const char* sql) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open((folder / store::kDatabaseName).c_str(), &connection) == SQLITE_OK);
  REQUIRE(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(connection);
}

inline transport::ConnectionId connection(std::string_view station) {
  return {to_bytes(as_bytes(station))};
}

class SequencerInTest {
 public:
  explicit SequencerInTest(std::optional<Bytes> release = signed_small_release()) {
    REQUIRE(start(std::move(release)).ok());
  }

  // Opens the directory (again); the error when it does not.
  Result<void> start(std::optional<Bytes> release) {
    sequencer.reset();
    auto opened =
        sequencer::Sequencer::open({folder.path().string(), kOrigin, std::chrono::seconds(10),
                                    state_every, witnessed, stop_after_lag},
                                   log_key, clock, outbound, release);
    if (!opened) return opened.error();
    sequencer = *std::move(opened);
    return {};
  }

  static verify::Job job_of(const StationId& station, const std::vector<Message>& messages,
                            const Bytes& payload = referral_payload(),
                            const std::string& log_origin = kOrigin) {
    verify::VerifiedSubmission submission;
    submission.request_id = 5;
    submission.unit = messages.front().sender;
    submission.log_origin = log_origin;
    std::vector<Digest> leaves;
    for (const Message& message : messages) {
      verify::VerifiedMessage verified{wire::encode_message(message),
                                       {message.sender, "sign-1", {}, 1, 0, {}},
                                       message,
                                       message.message_id,
                                       std::nullopt};
      if (message.payload) verified.payload = payload;
      leaves.push_back(merkle::leaf_hash(verified.raw));
      submission.messages.push_back(std::move(verified));
    }
    sign(submission, leaves);
    verify::Job job;
    job.from = connection(station.view());
    job.station = station;
    job.station_key = small_table()->station(station)->curve_key;
    job.work = std::move(submission);
    return job;
  }
  // As the unit of the submission would.
  static void sign(verify::VerifiedSubmission& submission, const std::vector<Digest>& leaves) {
    const auto count = static_cast<std::uint32_t>(leaves.size());
    const auto signature =
        signing_key(submission.unit)
            .sign(wire::submission_signing_bytes(submission.log_origin, submission.unit, count,
                                                 merkle::root_of(leaves)));
    for (std::uint32_t i = 0; i < count; ++i) {
      SenderProof& proof = submission.messages[i].proof;
      proof = {submission.unit, proof.key_id, signature, count, i, merkle::path_of(leaves, i)};
    }
  }
  static StationId station_of(const UnitId& unit) {
    if (unit.str() == "kpai") return StationId("kpai");
    const bool centre = unit.str() == "uptd" || unit.str() == "sapa";
    return StationId(centre ? "centre" : "police");
  }

  Result<void> process(std::vector<verify::Job> jobs) { return sequencer->process(jobs); }
  // Submits one message and returns its outcome.
  wire::MessageResult submit(const Message& message, const Bytes& payload = referral_payload()) {
    outbound.sent.clear();
    REQUIRE(process({job_of(station_of(message.sender), {message}, payload, log_origin)}).ok());
    for (const auto& sent : outbound.sent) {
      if (sent.type() == wire::FrameType::kOutcome) {
        return wire::decode_outcome(sent.views())->results.at(0);
      }
    }
    FAIL("no outcome");
    return {};
  }
  // Submits a message in the case of `opening`, for its present version and sealed for whoever the
  // broker says must read it.
  wire::MessageResult say(const Message& opening, const char* unit, MessageBody body) {
    const bool compares = compares_version(static_cast<MessageKind>(body.index() + 1));
    Message message = case_message(opening, UnitId(unit), compares ? record_of(opening).version : 0,
                                   body, ++number_);
    auto result = submit(message);
    if (!result.recipients.empty()) {
      message.message_id.bytes[15] = 1;
      message.recipients = result.recipients;
      message.payload = opening.payload;
      result = submit(message);
    }
    return result;
  }
  // The same, and accepted.
  void does(const Message& opening, const char* unit, MessageBody body) {
    const auto result = say(opening, unit, std::move(body));
    INFO((result.refusal ? to_string(*result.refusal) : ""));
    REQUIRE_FALSE(result.refusal);
  }
  // Administrators' orders are offered, and a round is taken.
  void offer(const std::vector<Bytes>& orders) {
    std::vector<sequencer::OfferedOrder> offered;
    for (const Bytes& order : orders) offered.push_back({"test.rjo", order});
    sequencer->offer_orders(std::move(offered));
    REQUIRE(process({}).ok());
  }
  // Time passes, and a round is taken.
  void pass(std::chrono::microseconds by) {
    clock.advance(by);
    REQUIRE(process({}).ok());
  }
  CaseRecord record_of(const Message& opening) const {
    const auto reader = store::ReadOnlyStore::open(folder.path().string());
    REQUIRE(reader);
    const auto record = (*reader)->reader().find_case(opening.case_id);
    REQUIRE(record);
    REQUIRE(*record);
    return **record;
  }
  std::string owner_of(const Message& opening) const { return record_of(opening).owner().str(); }
  Entry entry(std::uint64_t index) const {
    const auto reader = store::ReadOnlyStore::open(folder.path().string());
    REQUIRE(reader);
    return *wire::decode_entry(*(*reader)->reader().entry(LogIndex{index}));
  }
  Entry last_entry() const { return entry(sequencer->log_size() - 1); }
  std::vector<LogIndex> mail_of(const char* unit) const {
    const auto reader = store::ReadOnlyStore::open(folder.path().string());
    REQUIRE(reader);
    return *(*reader)->reader().mailbox(UnitId(unit), std::nullopt, 1000);
  }

  void hello(const char* station, const std::string& checkpoint = "") {
    outbound.sent.clear();
    REQUIRE(process({hello_job(station, checkpoint)}).ok());
  }
  static verify::Job hello_job(const char* station, const std::string& checkpoint) {
    verify::Job job;
    job.from = connection(station);
    job.station = StationId(station);
    job.work = wire::Hello{ReleaseVersion{1}, checkpoint};
    return job;
  }
  merkle::NoteKey note_key() const { return {kOrigin, log_key.public_key()}; }

  TemporaryFolder folder;
  // From the next start on.
  std::uint64_t state_every = 10'000;
  bool witnessed = false;
  std::chrono::seconds stop_after_lag{0};
  TestClock clock;
  CaughtFrames outbound;
  Ed25519SecretKey log_key = Ed25519SecretKey::from_seed(seed_of("log"));
  std::unique_ptr<sequencer::Sequencer> sequencer;
  std::string log_origin = kOrigin;  // for which messages are signed

 private:
  std::uint8_t number_ = 100;
};

}  // namespace rujukan::test
