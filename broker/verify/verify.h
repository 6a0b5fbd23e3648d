// What can be checked before the log's order is known: sizes, station, signature, form, payload.
// The sequencer checks station and key again at the message's position in the log.
#pragma once

#include <string_view>
#include <variant>

#include "broker/routing/table.h"
#include "broker/verify/job.h"

namespace rujukan::verify {

// Against what a message is verified.
struct Ground {
  const routing::RoutingTable& table;
  std::string_view log_origin;
  TimeUs now;  // the broker's clock: keys in force
};

// Pure. In this order, so that nothing is parsed that nobody vouches for: size limits, submission
// header, station, unit, key, signature over the raw bytes; then each message for itself: buffer
// and fields, sender, payload. The first of the former refuses the whole.
std::variant<VerifiedSubmission, Refused> verify_submission(const wire::Frames& frames,
                                                            const StationId& station,
                                                            const PublicKey& station_key,
                                                            const Ground& ground);

// Sets `work` from the frames, which are taken, and checks the station. Pure.
void verify_job(Job& job, const Ground& ground);

}  // namespace rujukan::verify
