// The nine messages between stations and broker, as both sides take them from the wire: one ZeroMQ
// frame is taken apart and decoded as what it says it is. What is accepted is written the same way.
#include "broker/wire/frames.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace rujukan;
using fuzz::require;

// Each optional of a decoded message survives being written and read again, byte for byte.
template <typename Decode>
void read_again(wire::FrameViews frames, Decode decode) {
  const auto message = decode(frames);
  if (!message) return;
  const Bytes joined = wire::join(wire::encode(*message));
  const auto split = wire::split(joined);
  require(split.ok());
  const auto again = decode(wire::FrameViews(*split));
  require(again.ok() && wire::join(wire::encode(*again)) == joined);
}

void read_as(wire::FrameType type, wire::FrameViews frames) {
  switch (type) {
    case wire::FrameType::kHello:
      return read_again(frames, wire::decode_hello);
    case wire::FrameType::kWelcome:
      return read_again(frames, wire::decode_welcome);
    case wire::FrameType::kSubmission:
      return read_again(frames, wire::decode_submission);
    case wire::FrameType::kOutcome:
      if (const auto outcome = wire::decode_outcome(frames)) {
        require(!outcome->refusal || outcome->results.empty());
      }
      return read_again(frames, wire::decode_outcome);
    case wire::FrameType::kDelivery:
      return read_again(frames, wire::decode_delivery);
    case wire::FrameType::kGetRelease:
      return read_again(frames, wire::decode_get_release);
    case wire::FrameType::kRelease:
      return read_again(frames, wire::decode_release_reply);
    case wire::FrameType::kGetConsistency:
      return read_again(frames, wire::decode_get_consistency);
    case wire::FrameType::kConsistency:
      return read_again(frames, wire::decode_consistency);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView joined(data, size);
  const auto head = wire::split_head(joined);
  require(head.size() <= 2);
  const auto frames = wire::split(joined);
  if (!frames) return 0;
  require(head.size() == std::min<std::size_t>(frames->size(), 2));
  // What is told to whoever sent it is told of what can be read only.
  if (const auto submission = wire::decode_submission(*frames)) {
    require(wire::request_id_in(*frames) == submission->request_id);
  }
  if (frames->empty()) return 0;
  if (const auto type = wire::read_frame_type(frames->front())) read_as(*type, *frames);
  return 0;
}
