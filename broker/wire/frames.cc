#include "broker/wire/frames.h"

#include <map>

#include "broker/wire/buffers.h"
#include "broker/wire/frame_header.h"

namespace rujukan::wire {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;

template <typename Table>
Frames frames_of(Builder& builder, FrameType type, flatbuffers::Offset<Table> header) {
  const auto frame = fb::CreateFrame(builder, fb::HeaderTraits<Table>::enum_value, header.Union());
  return {Bytes{'R', 'J', kProtocolVersion, static_cast<std::uint8_t>(type)},
          finish(builder, frame, kFrameIdentifier)};
}

std::uint16_t code_number(const std::optional<Error>& error) {
  return error ? static_cast<std::uint16_t>(error->code) : 0;
}

// Numbers the distinct checkpoints of an outcome, so that each is sent once.
class CheckpointList {
 public:
  std::uint32_t position_of(const std::string& checkpoint) {
    const auto [at, fresh] =
        positions_.emplace(checkpoint, static_cast<std::uint32_t>(list_.size()));
    if (fresh) list_.push_back(checkpoint);
    return at->second;
  }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::map<std::string, std::uint32_t> positions_;
  std::vector<std::string> list_;
};

flatbuffers::Offset<fb::Result> put_result(Builder& builder, const MessageResult& result,
                                           CheckpointList& checkpoints) {
  flatbuffers::Offset<FbBytes> message_id;
  if (result.message_id) message_id = put_bytes(builder, result.message_id->bytes);
  const auto field = builder.CreateString(result.refusal ? result.refusal->field : "");
  const auto detail = builder.CreateString(result.refusal ? result.refusal->detail : "");
  const auto recipients = put_strings(builder, result.recipients);
  flatbuffers::Offset<FbBytes> path;
  if (result.receipt) path = put_digests(builder, result.receipt->path);
  fb::ResultBuilder out(builder);
  if (result.message_id) out.add_message_id(message_id);
  out.add_code(code_number(result.refusal));
  out.add_field(field);
  out.add_detail(detail);
  out.add_case_version(result.case_version);
  out.add_recipients(recipients);
  if (result.receipt) {
    out.add_index(to_number(result.receipt->index));
    out.add_path(path);
    out.add_checkpoint(checkpoints.position_of(result.receipt->checkpoint));
    out.add_has_entry(true);
  }
  return out.Finish();
}

// Taken off the front of `joined`; nullopt when it is not whole.
std::optional<ByteView> next_frame(ByteView& joined) {
  if (joined.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | joined[i];
  if (size > joined.size() - 4) return std::nullopt;
  const ByteView frame = joined.subspan(4, size);
  joined = joined.subspan(4 + size);
  return frame;
}

}  // namespace

std::size_t joined_bytes(const Frames& frames) {
  std::size_t bytes = 0;
  for (const Bytes& frame : frames) bytes += 4 + frame.size();
  return bytes;
}

Bytes join(const Frames& frames) {
  Bytes out;
  out.reserve(joined_bytes(frames));
  for (const Bytes& frame : frames) {
    append_u32be(out, static_cast<std::uint32_t>(frame.size()));
    out.insert(out.end(), frame.begin(), frame.end());
  }
  return out;
}

Result<std::vector<ByteView>> split(ByteView joined) {
  std::vector<ByteView> frames;
  while (!joined.empty()) {
    if (frames.size() == limits::kFrames) return Error{ErrorCode::kFrameTooLarge, "frames"};
    const auto frame = next_frame(joined);
    if (!frame) return Error{ErrorCode::kFrameMalformed, "frames", "shorter than its length says"};
    frames.push_back(*frame);
  }
  if (frames.empty()) return Error{ErrorCode::kFrameMalformed, "frames", "none"};
  return frames;
}

std::vector<ByteView> split_head(ByteView joined) {
  std::vector<ByteView> frames;
  while (frames.size() < 2) {
    const auto frame = next_frame(joined);
    if (!frame) break;
    frames.push_back(*frame);
  }
  return frames;
}

Result<FrameType> read_frame_type(ByteView first) {
  if (first.size() != 4 || first[0] != 'R' || first[1] != 'J') {
    return Error{ErrorCode::kFrameMalformed, "frame 0", "not 'R' 'J' version type"};
  }
  if (first[2] != kProtocolVersion) {
    return Error{ErrorCode::kFrameVersion, "frame 0", "version " + std::to_string(first[2])};
  }
  if (first[3] < static_cast<std::uint8_t>(FrameType::kHello) ||
      first[3] > static_cast<std::uint8_t>(FrameType::kConsistency)) {
    return Error{ErrorCode::kFrameUnknownType, "frame 0", "type " + std::to_string(first[3])};
  }
  return static_cast<FrameType>(first[3]);
}

Frames encode(const Hello& hello) {
  Builder builder(512);
  const auto checkpoint = builder.CreateString(hello.checkpoint);
  flatbuffers::Offset<FbStrings> units;
  if (hello.units) units = put_strings(builder, *hello.units);
  const auto header = fb::CreateHello(builder, to_number(hello.release), checkpoint, units);
  return frames_of(builder, FrameType::kHello, header);
}

Frames encode(const Welcome& welcome) {
  Builder builder(1024);
  const auto station = builder.CreateString(welcome.station.str());
  const auto checkpoint = builder.CreateString(welcome.checkpoint);
  const auto consistency = put_digests(builder, welcome.consistency);
  const auto header = fb::CreateWelcome(builder, station, to_number(welcome.release), checkpoint,
                                        consistency, to_us(welcome.now));
  return frames_of(builder, FrameType::kWelcome, header);
}

Frames encode(const Submission& submission) {
  Builder builder(512);
  const auto unit = builder.CreateString(submission.unit.str());
  const auto key_id = builder.CreateString(submission.key_id);
  const auto signature = put_bytes(builder, submission.signature);
  std::vector<std::uint8_t> has_payload;
  for (const SubmittedMessage& message : submission.messages) {
    has_payload.push_back(message.payload.has_value() ? 1 : 0);
  }
  const auto flags = builder.CreateVector(has_payload);
  const auto header = fb::CreateSubmission(builder, submission.request_id, unit, key_id,
                                           static_cast<std::uint32_t>(submission.messages.size()),
                                           signature, flags);
  Frames frames = frames_of(builder, FrameType::kSubmission, header);
  for (const SubmittedMessage& message : submission.messages) {
    frames.push_back(message.message);
    if (message.payload) frames.push_back(*message.payload);
  }
  return frames;
}

Frames encode(const SubmissionOutcome& outcome) {
  Builder builder(4096);
  CheckpointList checkpoints;
  std::vector<flatbuffers::Offset<fb::Result>> results;
  for (const MessageResult& result : outcome.results) {
    results.push_back(put_result(builder, result, checkpoints));
  }
  const auto list = builder.CreateVector(results);
  const auto notes = builder.CreateVectorOfStrings(checkpoints.list());
  const auto field = builder.CreateString(outcome.refusal ? outcome.refusal->field : "");
  const auto detail = builder.CreateString(outcome.refusal ? outcome.refusal->detail : "");
  const auto header = fb::CreateOutcomeHeader(
      builder, outcome.request_id, code_number(outcome.refusal), field, detail, list, notes);
  Frames frames = frames_of(builder, FrameType::kOutcome, header);
  for (const MessageResult& result : outcome.results) {
    if (result.receipt) frames.push_back(result.receipt->entry);
  }
  return frames;
}

Frames encode(const Delivery& delivery) {
  Builder builder(1024);
  const auto unit = builder.CreateString(delivery.unit.str());
  const auto path = put_digests(builder, delivery.receipt.path);
  const auto checkpoint = builder.CreateString(delivery.receipt.checkpoint);
  const auto header = fb::CreateDelivery(builder, unit, to_number(delivery.receipt.index), path,
                                         checkpoint, delivery.payload.has_value());
  Frames frames = frames_of(builder, FrameType::kDelivery, header);
  frames.push_back(delivery.receipt.entry);
  if (delivery.payload) frames.push_back(*delivery.payload);
  return frames;
}

Frames encode(const GetRelease& request) {
  Builder builder(64);
  const auto header = fb::CreateGetRelease(builder, to_number(request.version));
  return frames_of(builder, FrameType::kGetRelease, header);
}

Frames encode(const ReleaseReply& reply) {
  Builder builder(64);
  const auto header =
      fb::CreateReleaseHeader(builder, to_number(reply.version), code_number(reply.refusal));
  Frames frames = frames_of(builder, FrameType::kRelease, header);
  if (!reply.refusal) frames.push_back(reply.signed_release);
  return frames;
}

Frames encode(const GetConsistency& request) {
  Builder builder(1024);
  const auto first = builder.CreateString(request.first);
  const auto second = builder.CreateString(request.second);
  const auto header = fb::CreateGetConsistency(builder, first, second);
  return frames_of(builder, FrameType::kGetConsistency, header);
}

Frames encode(const Consistency& reply) {
  Builder builder(2048);
  const auto first = builder.CreateString(reply.asked.first);
  const auto second = builder.CreateString(reply.asked.second);
  const auto detail = builder.CreateString(reply.refusal ? reply.refusal->detail : "");
  const auto path = put_digests(builder, reply.path);
  std::vector<flatbuffers::Offset<fb::Genesis>> genesis;
  for (const Genesis& step : reply.genesis) {
    genesis.push_back(fb::CreateGenesis(builder, put_digests(builder, step.path)));
  }
  const auto steps = builder.CreateVector(genesis);
  const auto header = fb::CreateConsistency(builder, first, second, code_number(reply.refusal),
                                            detail, path, steps);
  Frames frames = frames_of(builder, FrameType::kConsistency, header);
  for (const Genesis& step : reply.genesis) frames.push_back(step.entry);
  return frames;
}

Bytes submission_signing_bytes(std::string_view log_origin, const UnitId& unit, std::uint32_t count,
                               const Digest& root) {
  Bytes count_bytes;
  append_u32be(count_bytes, count);
  return tuple_bytes({as_bytes("rujukan/submission/v1"), as_bytes(log_origin),
                      as_bytes(unit.view()), count_bytes, root});
}

}  // namespace rujukan::wire
