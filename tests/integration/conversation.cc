#include "tests/integration/conversation.h"

#include "broker/wire/message_codec.h"

namespace rujukan::test {

wire::Frames referral_frames(const Message& message, std::uint64_t request_id) {
  return wire::encode(signed_submission(
      message.sender, {{wire::encode_message(message), referral_payload()}}, request_id));
}

wire::SubmissionOutcome outcome_of(RawStation& station) {
  const auto frames = station.receive(wire::FrameType::kOutcome, 10s);
  REQUIRE(frames);
  auto outcome = wire::decode_outcome(views(*frames));
  REQUIRE(outcome);
  return *std::move(outcome);
}

wire::MessageResult submit(RawStation& station, const Message& message) {
  station.send(referral_frames(message));
  const auto outcome = outcome_of(station);
  INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
  REQUIRE(outcome.results.size() == 1);
  return outcome.results.front();
}

void require_refused(RawStation& station, const wire::Frames& frames, ErrorCode code) {
  station.send(frames);
  const auto outcome = outcome_of(station);
  REQUIRE(outcome.refusal);
  INFO(to_string(*outcome.refusal));
  REQUIRE(outcome.refusal->code == code);
}

void require_served(RawStation& station, std::uint8_t number) {
  const auto result = submit(station, referral_message(offline_facts(), number));
  INFO((result.refusal ? to_string(*result.refusal) : ""));
  REQUIRE_FALSE(result.refusal);
}

}  // namespace rujukan::test
