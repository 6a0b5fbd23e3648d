#include "tests/unit/sequencer/sequencer_in_test.h"

#include <sqlite3.h>

#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::test {

wire::FrameType CaughtFrames::Sent::type() const { return *wire::read_frame_type(frames[0]); }
std::vector<ByteView> CaughtFrames::Sent::views() const { return {frames.begin(), frames.end()}; }

CaughtFrames::CaughtFrames() = default;
CaughtFrames::~CaughtFrames() = default;
void CaughtFrames::send(const transport::ConnectionId& to, wire::Frames frames) {
  sent.push_back({to, std::move(frames)});
}
std::vector<wire::Delivery> CaughtFrames::deliveries() const {
  std::vector<wire::Delivery> out;
  for (const Sent& s : sent) {
    if (s.type() == wire::FrameType::kDelivery) {
      out.push_back(*wire::decode_delivery(s.views()));
    }
  }
  return out;
}

void execute_sql(const std::filesystem::path& folder, const char* sql) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open((folder / store::kDatabaseName).c_str(), &connection) == SQLITE_OK);
  REQUIRE(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(connection);
}

transport::ConnectionId connection(std::string_view station) {
  return {to_bytes(as_bytes(station))};
}

SequencerInTest::SequencerInTest() : SequencerInTest(signed_small_release()) {}
SequencerInTest::SequencerInTest(const std::optional<Bytes>& release) {
  REQUIRE(start(release).ok());
}
SequencerInTest::~SequencerInTest() = default;

Result<void> SequencerInTest::start(const std::optional<Bytes>& release) {
  sequencer.reset();
  auto opened = sequencer::Sequencer::open(
      {folder.path().string(), kOrigin, std::chrono::seconds(10), state_every, witnessed,
       stop_after_lag, clock_ahead, clock_confirmed, settle},
      log_key, clock, outbound, release);
  if (!opened) return opened.error();
  sequencer = *std::move(opened);
  return {};
}
void SequencerInTest::stop() { sequencer.reset(); }

Result<void> SequencerInTest::take_over(const std::filesystem::path& data_directory) {
  stop();
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    std::filesystem::remove_all(file);
  }
  std::filesystem::copy(data_directory, folder.path(), std::filesystem::copy_options::recursive);
  {
    const auto reader = store::ReadOnlyStore::open(folder.path().string());
    if (!reader) return reader.error();
    clock.set(entry(*(*reader)->reader().size() - 1).time + Seconds(1));
  }
  return start(std::nullopt);
}

verify::Job SequencerInTest::job_of(const StationId& station, const std::vector<Message>& messages,
                                    const Bytes& payload, const std::string& log_origin) {
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
    if (auto exact = wire::check_exact_message(verified.raw); !exact) {
      verified.inexact = exact.error();
    }
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

void SequencerInTest::sign(verify::VerifiedSubmission& submission,
                           const std::vector<Digest>& leaves) {
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

StationId SequencerInTest::station_of(const UnitId& unit) {
  if (unit.str() == "kpai") return StationId("kpai");
  const bool centre = unit.str() == "uptd" || unit.str() == "sapa" || unit.str() == "social";
  return StationId(centre ? "centre" : "police");
}

Result<void> SequencerInTest::process(const std::vector<verify::Job>& jobs) {
  return sequencer->process(jobs);
}
Result<void> SequencerInTest::process(const verify::Job& job) { return sequencer->process({job}); }
Result<void> SequencerInTest::process() { return sequencer->process({}); }

wire::MessageResult SequencerInTest::submit(const Message& message, const Bytes& payload) {
  outbound.sent.clear();
  REQUIRE(process(job_of(station_of(message.sender), {message}, payload, log_origin)).ok());
  for (const auto& sent : outbound.sent) {
    if (sent.type() == wire::FrameType::kOutcome) {
      return wire::decode_outcome(sent.views())->results.at(0);
    }
  }
  FAIL("no outcome");
  return {};
}

wire::MessageResult SequencerInTest::say(const Message& opening, const char* unit,
                                         MessageBody body) {
  if (auto* more = std::get_if<NewFacts>(&body); more != nullptr && !more->facts_version) {
    more->facts_version = record_of(opening).facts_version;
  }
  const bool compares = compares_version(static_cast<MessageKind>(body.index() + 1));
  Message message = case_message(opening, UnitId(unit), compares ? record_of(opening).version : 0,
                                 std::move(body), ++number_);
  auto result = submit(message);
  if (!result.recipients.empty()) {
    message.message_id.bytes[15] = 1;
    message.recipients = result.recipients;
    message.payload = opening.payload;
    result = submit(message);
  }
  return result;
}

void SequencerInTest::does(const Message& opening, const char* unit, MessageBody body) {
  const auto result = say(opening, unit, std::move(body));
  INFO((result.refusal ? to_string(*result.refusal) : ""));
  REQUIRE_FALSE(result.refusal);
}

void SequencerInTest::offer(const std::vector<Bytes>& orders) {
  std::vector<sequencer::OfferedOrder> offered;
  for (const Bytes& order : orders) offered.push_back({"test.rjo", order});
  sequencer->offer_orders(std::move(offered));
  REQUIRE(process().ok());
}

void SequencerInTest::pass(std::chrono::microseconds by) {
  clock.advance(by);
  REQUIRE(process().ok());
}

CaseRecord SequencerInTest::record_of(const Message& opening) const {
  const auto reader = store::ReadOnlyStore::open(folder.path().string());
  REQUIRE(reader);
  auto record = (*reader)->reader().find_case(opening.case_id);
  REQUIRE(record);
  REQUIRE(*record);
  return **std::move(record);
}

std::string SequencerInTest::owner_of(const Message& opening) const {
  return record_of(opening).owner().str();
}

Entry SequencerInTest::entry(std::uint64_t index) const {
  const auto reader = store::ReadOnlyStore::open(folder.path().string());
  REQUIRE(reader);
  return *wire::decode_entry(*(*reader)->reader().entry(LogIndex{index}));
}
Entry SequencerInTest::last_entry() const { return entry(sequencer->log_size() - 1); }

std::vector<LogIndex> SequencerInTest::mail_of(const char* unit) const {
  const auto reader = store::ReadOnlyStore::open(folder.path().string());
  REQUIRE(reader);
  return *(*reader)->reader().mailbox(UnitId(unit), std::nullopt, 1000);
}

void SequencerInTest::hello(const char* station, const std::string& checkpoint) {
  outbound.sent.clear();
  REQUIRE(process(hello_job(station, checkpoint)).ok());
}
verify::Job SequencerInTest::hello_job(const char* station, const std::string& checkpoint) {
  verify::Job job;
  job.from = connection(station);
  job.station = StationId(station);
  job.work = wire::Hello{ReleaseVersion{1}, checkpoint};
  return job;
}

merkle::NoteKey SequencerInTest::note_key() const { return {kOrigin, log_key.public_key()}; }

}  // namespace rujukan::test
