// What a station says to a real broker, and what it hears.
#pragma once

#include <catch2/catch.hpp>

#include "tests/support/broker_process.h"

namespace rujukan::test {

using namespace std::chrono_literals;

wire::Frames referral_frames(const Message& message, std::uint64_t request_id = 1);

wire::SubmissionOutcome outcome_of(RawStation& station);

// The single result of a submission of one message.
wire::MessageResult submit(RawStation& station, const Message& message);

// The whole submission is refused with the code.
void require_refused(RawStation& station, const wire::Frames& frames, ErrorCode code);

// The broker still serves this station.
void require_served(RawStation& station, std::uint8_t number);

}  // namespace rujukan::test
