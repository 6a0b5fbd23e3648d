// A sequencer on a real database, fed with verified jobs, its answers caught.
#pragma once

#include <catch2/catch.hpp>
#include <memory>

#include "broker/model/case_record.h"
#include "broker/model/entry.h"
#include "broker/verify/job.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_clock.h"

namespace rujukan::merkle {
struct NoteKey;
}
namespace rujukan::sequencer {
class Sequencer;
}

namespace rujukan::test {

// Keeps what would have been sent.
class CaughtFrames final : public transport::Outbound {
 public:
  struct Sent {
    transport::ConnectionId to;
    wire::Frames frames;
    wire::FrameType type() const;
    std::vector<ByteView> views() const;
  };
  CaughtFrames();
  ~CaughtFrames() override;
  void send(const transport::ConnectionId& to, wire::Frames frames) override;
  std::vector<wire::Delivery> deliveries() const;
  std::vector<Sent> sent;
};

// Damages a database behind the back of whoever uses it.
void execute_sql(const std::filesystem::path& folder, const char* sql);

transport::ConnectionId connection(std::string_view station);

class SequencerInTest {
 public:
  SequencerInTest();  // with the small release
  explicit SequencerInTest(const std::optional<Bytes>& release);
  ~SequencerInTest();

  // Opens the directory (again); the error when it does not.
  Result<void> start(const std::optional<Bytes>& release);
  void stop();
  // Goes on from a copy of a directory that another broker wrote, a second after its last entry.
  Result<void> take_over(const std::filesystem::path& data_directory);

  static verify::Job job_of(const StationId& station, const std::vector<Message>& messages,
                            const Bytes& payload = referral_payload(),
                            const std::string& log_origin = kOrigin);
  // As the unit of the submission would.
  static void sign(verify::VerifiedSubmission& submission, const std::vector<Digest>& leaves);
  static StationId station_of(const UnitId& unit);

  Result<void> process(const std::vector<verify::Job>& jobs);
  // A round of one job.
  Result<void> process(const verify::Job& job);
  // A round without jobs: what is due, offered or to be delivered.
  Result<void> process();
  // Submits one message and returns its outcome.
  wire::MessageResult submit(const Message& message, const Bytes& payload = referral_payload());
  // Submits a message in the case of `opening`, for its present version and sealed for whoever the
  // broker says must read it.
  wire::MessageResult say(const Message& opening, const char* unit, MessageBody body);
  // The same, and accepted.
  void does(const Message& opening, const char* unit, MessageBody body);
  // Administrators' orders are offered, and a round is taken.
  void offer(const std::vector<Bytes>& orders);
  // Time passes, and a round is taken.
  void pass(std::chrono::microseconds by);
  CaseRecord record_of(const Message& opening) const;
  std::string owner_of(const Message& opening) const;
  Entry entry(std::uint64_t index) const;
  Entry last_entry() const;
  std::vector<LogIndex> mail_of(const char* unit) const;

  void hello(const char* station, const std::string& checkpoint = "");
  static verify::Job hello_job(const char* station, const std::string& checkpoint);
  merkle::NoteKey note_key() const;

  TemporaryFolder folder;
  // From the next start on.
  std::uint64_t state_every = 10'000;
  bool witnessed = false;
  std::chrono::seconds stop_after_lag{0};
  std::chrono::minutes clock_ahead{0};
  bool clock_confirmed = false;
  std::chrono::seconds settle{0};
  TestClock clock;
  CaughtFrames outbound;
  Ed25519SecretKey log_key = Ed25519SecretKey::from_seed(seed_of("log"));
  std::unique_ptr<sequencer::Sequencer> sequencer;
  std::string log_origin = kOrigin;  // for which messages are signed

 private:
  std::uint8_t number_ = 100;
};

}  // namespace rujukan::test
