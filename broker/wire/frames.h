// The messages between station and broker (schemas/protocol.fbs). Frame 0 is 4 bytes: 'R' 'J',
// version, type. Frame 1 is the header. Parts follow.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/entry.h"

namespace rujukan::wire {

// 1, of version 0.3.0, sent each frame as a part of a multipart message.
inline constexpr std::uint8_t kProtocolVersion = 2;

enum class FrameType : std::uint8_t {
  kHello = 1,
  kWelcome = 2,
  kSubmission = 3,
  kOutcome = 4,
  kDelivery = 5,
  kGetRelease = 6,
  kRelease = 7,
  kGetConsistency = 8,
  kConsistency = 9,
};

// The frames of one message.
using Frames = std::vector<Bytes>;
using FrameViews = std::span<const ByteView>;

// One ZeroMQ frame of them: for each its length as u32be and its bytes.
Bytes join(const Frames& frames);
std::size_t joined_bytes(const Frames& frames);
// Views into `joined`. Errors: frame.malformed; frame.too_large for more than limits::kFrames.
Result<std::vector<ByteView>> split(ByteView joined);
// Its first two at most, as far as they can be read.
std::vector<ByteView> split_head(ByteView joined);

struct Hello {
  ReleaseVersion release{};
  std::string checkpoint;
  // Of the station's units, those that it can take mail for; not set: all.
  std::optional<std::vector<UnitId>> units = {};
};
struct Welcome {
  StationId station;
  ReleaseVersion release{};
  std::string checkpoint;
  std::vector<Digest> consistency;
  TimeUs now;
};
struct SubmittedMessage {
  Bytes message;
  std::optional<Bytes> payload;
};
struct Submission {
  std::uint64_t request_id = 0;
  UnitId unit;
  std::string key_id;
  std::array<std::uint8_t, 64> signature{};
  std::vector<SubmittedMessage> messages;
};
struct MessageResult {
  std::optional<MessageId> message_id;
  std::optional<Error> refusal;
  std::uint32_t case_version = 0;
  std::vector<UnitId> recipients;
  std::optional<Receipt> receipt;  // refusals that are logged have one as well
};
struct SubmissionOutcome {
  std::uint64_t request_id = 0;
  std::optional<Error> refusal;        // of the whole; then there are no results
  std::vector<MessageResult> results;  // in the order of the messages
};
struct Delivery {
  UnitId unit;
  Receipt receipt;
  std::optional<Bytes> payload;  // present when the unit is a recipient and it is not erased
};
struct GetRelease {
  ReleaseVersion version{};
};
struct ReleaseReply {
  ReleaseVersion version{};
  std::optional<Error> refusal;
  Bytes signed_release;
};
// Two checkpoints of the log, as signed notes.
struct GetConsistency {
  std::string first;
  std::string second;
  friend bool operator==(const GetConsistency&, const GetConsistency&) = default;
};
// The first entry of a shard, and its proof in that shard's last checkpoint before the next one, or
// in the second checkpoint that was asked for.
struct Genesis {
  Bytes entry;
  std::vector<Digest> path;
};
struct Consistency {
  GetConsistency asked;
  std::optional<Error> refusal;
  std::vector<Digest> path;  // to the second, or to the last checkpoint of the first one's shard
  std::vector<Genesis> genesis;  // of every shard after the first one's, up to the second one's
};

// Errors: frame.malformed, frame.version, frame.unknown_type. `first` is frame 0.
Result<FrameType> read_frame_type(ByteView first);

Frames encode(const Hello& hello);
Frames encode(const Welcome& welcome);
Frames encode(const Submission& submission);
Frames encode(const SubmissionOutcome& outcome);
Frames encode(const Delivery& delivery);
Frames encode(const GetRelease& request);
Frames encode(const ReleaseReply& reply);
Frames encode(const GetConsistency& request);
Frames encode(const Consistency& reply);

// The request id of a submission, as far as its header can be read; else 0.
std::uint64_t request_id_in(FrameViews frames);

// `frames` include frame 0. Errors: frame.malformed, frame.too_large, submission.*.
Result<Hello> decode_hello(FrameViews frames);
Result<Welcome> decode_welcome(FrameViews frames);
Result<Submission> decode_submission(FrameViews frames);
Result<SubmissionOutcome> decode_outcome(FrameViews frames);
Result<Delivery> decode_delivery(FrameViews frames);
Result<GetRelease> decode_get_release(FrameViews frames);
Result<ReleaseReply> decode_release_reply(FrameViews frames);
Result<GetConsistency> decode_get_consistency(FrameViews frames);
Result<Consistency> decode_consistency(FrameViews frames);

// The bytes that a submission's signature covers: the tuple ("rujukan/submission/v1", log origin,
// unit, u32be count, root), where root is the RFC 6962 root over the messages' raw bytes.
Bytes submission_signing_bytes(std::string_view log_origin, const UnitId& unit, std::uint32_t count,
                               const Digest& root);

}  // namespace rujukan::wire
