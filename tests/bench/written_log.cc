#include "tests/bench/written_log.h"

#include <cstdio>
#include <cstdlib>

#include "broker/crypto/sha256.h"
#include "broker/verify/verify.h"
#include "broker/wire/message_codec.h"
#include "tests/bench/case_lives.h"
#include "tests/bench/national_release.h"
#include "tests/support/raw_station.h"

namespace rujukan::bench {
namespace {

// Cases that live at once, in groups.
constexpr std::size_t kLiveCases = 4096;

[[noreturn]] void fail(const char* what, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", what, to_string(error).c_str());
  std::abort();
}

Facts complaint() {
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.categories = {Category::kSexualExtortion};
  facts.victim_age = VictimAge::kChild;
  facts.victims = {AreaCode("31.71")};
  facts.suspects = {AreaCode("18.71")};
  facts.urgency = Urgency::kUrgent;
  facts.consent = Consent::kNotRequired;
  return facts;
}

const Station& station_of(const routing::RoutingTable& table, const UnitId& unit) {
  for (const Station& station : table.release().stations) {
    if (table.station_serves(station.id, unit)) return station;
  }
  std::abort();
}

}  // namespace

// Every message is accepted.
class LogWriting::Answers final : public transport::Outbound {
 public:
  void send(const transport::ConnectionId&, wire::Frames frames) override {
    if (*wire::read_frame_type(frames[0]) != wire::FrameType::kOutcome) return;
    const auto outcome = wire::decode_outcome(test::views(frames));
    if (!outcome) fail("outcome", outcome.error());
    if (outcome->refusal) fail("submission", *outcome->refusal);
    for (const auto& result : outcome->results) {
      if (result.refusal) fail("message", *result.refusal);
    }
  }
};

LogWriting::LogWriting(const std::filesystem::path& data_dir)
    : log_key_(Ed25519SecretKey::from_seed(test::seed_of("log"))),
      answers_(std::make_unique<Answers>()) {
  auto opened =
      sequencer::Sequencer::open({data_dir.string(), test::kOrigin}, log_key_, clock_, *answers_,
                                 test::signed_small_release(national_release()));
  if (!opened) fail("sequencer", opened.error());
  sequencer_ = *std::move(opened);
  CaseLife life = case_life(complaint(), *sequencer_->table(), clock_.now(), 1);
  life_ = {std::move(life.referral)};
  sealed_ = test::payload_form(life_[0].recipients);
  life_[0].payload = PayloadRef{sha256(sealed_), static_cast<std::uint32_t>(sealed_.size()), {}};
  for (Message& accept : life.accepts) life_.push_back(std::move(accept));
  Message received = life_[1];
  received.expected_version = 0;
  received.body = Received{};
  life_.push_back(std::move(received));
  for (Message& message : life.rest) life_.push_back(std::move(message));
}

LogWriting::~LogWriting() = default;

void LogWriting::grow(std::uint64_t entries, std::size_t per_submission) {
  while (size() < entries) {
    if (groups_.size() * per_submission < kLiveCases) {
      Group group;
      for (std::size_t i = 0; i < per_submission; ++i) group.cases.push_back({new_id()});
      groups_.push_back(std::move(group));
    } else {
      // Each in its turn, so that the steps of many cases mix.
      groups_.push_back(std::move(groups_.front()));
      groups_.pop_front();
    }
    submit(groups_.back());
    if (groups_.back().said == life_.size()) groups_.pop_back();
  }
}

void LogWriting::submit(Group& group) {
  std::vector<wire::SubmittedMessage> messages;
  const UnitId unit = life_[group.said].sender;
  for (const LiveCase& live : group.cases) {
    const Message message = next_message(group, live);
    std::optional<Bytes> payload;
    if (message.payload) payload = sealed_;
    messages.push_back({wire::encode_message(message), std::move(payload)});
  }
  const auto table = sequencer_->table();
  const Station& station = station_of(*table, unit);
  verify::Job job;
  job.station = station.id;
  job.station_key = station.curve_key;
  job.frames = wire::encode(test::signed_submission(unit, std::move(messages)));
  verify::verify_job(job, {*table, test::kOrigin, clock_.now()});
  clock_.advance(std::chrono::milliseconds(1));
  std::vector<verify::Job> jobs;
  jobs.push_back(std::move(job));
  const auto start = std::chrono::steady_clock::now();
  if (const auto done = sequencer_->process(jobs); !done) fail("sequencer", done.error());
  committing_ += std::chrono::steady_clock::now() - start;
  ++commits_;
  if (group.said++ > 0) return;
  std::uint64_t index = size() - group.cases.size();
  for (LiveCase& live : group.cases) live.opened = LogIndex{index++};
}

Message LogWriting::next_message(const Group& group, const LiveCase& live) {
  Message message = life_[group.said];
  message.case_id = live.id;
  message.message_id = group.said == 0 ? MessageId{live.id.bytes} : MessageId{new_id().bytes};
  message.sent_at = clock_.now();
  if (auto* received = std::get_if<Received>(&message.body)) received->entries = {live.opened};
  return message;
}

CaseId LogWriting::new_id() {
  const std::uint64_t number = ++ids_;
  std::array<std::uint8_t, 10> rest{};
  for (std::size_t i = 0; i < 8; ++i) rest[9 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return CaseId{make_uuid7(to_us(clock_.now()) / 1000, rest)};
}

}  // namespace rujukan::bench
