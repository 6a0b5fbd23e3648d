// What a station says to a real broker, and what it hears.
#pragma once

#include <catch2/catch.hpp>

#include "broker/merkle/receipt.h"
#include "broker/wire/message_codec.h"
#include "tests/support/broker_process.h"

namespace rujukan::test {

using namespace std::chrono_literals;

inline wire::Frames referral_frames(const Message& message, std::uint64_t request_id = 1) {
  return wire::encode(signed_submission(
      message.sender, {{wire::encode_message(message), referral_payload()}}, request_id));
}

inline wire::SubmissionOutcome outcome_of(RawStation& station) {
  const auto frames = station.receive(wire::FrameType::kOutcome, 10s);
  REQUIRE(frames);
  auto outcome = wire::decode_outcome(views(*frames));
  REQUIRE(outcome);
  return *std::move(outcome);
}

// The single result of a submission of one message.
inline wire::MessageResult submit(RawStation& station, const Message& message) {
  station.send(referral_frames(message));
  const auto outcome = outcome_of(station);
  INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
  REQUIRE(outcome.results.size() == 1);
  return outcome.results.front();
}

// The whole submission is refused with the code.
inline void require_refused(RawStation& station, const wire::Frames& frames, ErrorCode code) {
  station.send(frames);
  const auto outcome = outcome_of(station);
  REQUIRE(outcome.refusal);
  INFO(to_string(*outcome.refusal));
  REQUIRE(outcome.refusal->code == code);
}

// The broker still serves this station.
inline void require_served(RawStation& station, std::uint8_t number) {
  REQUIRE_FALSE(submit(station, referral_message(offline_facts(), number)).refusal);
}

}  // namespace rujukan::test
