#include "broker/wire/buffers.h"
#include "broker/wire/frame_header.h"
#include "broker/wire/frames.h"

namespace rujukan::wire {
namespace {

// A signed checkpoint with many cosignatures is far smaller.
constexpr std::size_t kCheckpointBytes = 16 * 1024;
constexpr std::size_t kDetailBytes = 1024;
// RFC 9162: at most 63 hashes lead to the root of any tree; twice that prove consistency.
constexpr std::size_t kInclusionPath = 64;
constexpr std::size_t kConsistencyProof = 128;

// The header table of frame 1, which may lie anywhere in a message: it is read from a copy unless
// it is aligned. nullptr when the frames are not of the type.
template <typename Table>
class Header {
 public:
  Header(FrameViews frames, FrameType type, std::uint32_t max_tables) {
    if (frames.size() < 2 || frames[1].size() > limits::kHeaderBytes) return;
    const auto actual = read_frame_type(frames[0]);
    if (!actual || *actual != type) return;
    const auto* frame =
        verified_root<fb::Frame>(aligned(frames[1], copy_), kFrameIdentifier, max_tables);
    if (frame == nullptr || frame->header_type() != fb::HeaderTraits<Table>::enum_value) return;
    table_ = static_cast<const Table*>(frame->header());
  }
  bool operator==(std::nullptr_t) const { return table_ == nullptr; }
  const Table* operator->() const { return table_; }

 private:
  Bytes copy_;
  const Table* table_ = nullptr;
};

Error malformed(const char* field, const char* detail) {
  return Error{ErrorCode::kFrameMalformed, field, detail};
}

std::optional<Error> read_refusal(FieldReader& fields, std::uint16_t number,
                                  const flatbuffers::String* field,
                                  const flatbuffers::String* detail) {
  if (number == 0) return std::nullopt;
  const auto code = error_code_from_number(number);
  if (!code) fields.fail("code", "unknown code " + std::to_string(number));
  return Error{code.value_or(ErrorCode::kFrameMalformed), fields.text("field", field, kDetailBytes),
               fields.text("detail", detail, kDetailBytes)};
}

// The checkpoint at `position`, or empty with a failure.
std::string checkpoint_at(FieldReader& fields, const FbStrings* list, std::uint32_t position) {
  if (list == nullptr || position >= list->size()) {
    fields.fail("checkpoint", "outside the list");
    return {};
  }
  return fields.text("checkpoint", list->Get(position), kCheckpointBytes);
}

MessageResult read_result(FieldReader& fields, const fb::Result& table,
                          const FbStrings* checkpoints) {
  MessageResult result;
  if (table.message_id() != nullptr && table.message_id()->size() != 0) {
    result.message_id = MessageId{fields.fixed<16>("message_id", table.message_id())};
  }
  result.refusal = read_refusal(fields, table.code(), table.field(), table.detail());
  result.case_version = table.case_version();
  result.recipients = fields.unit_ids("recipients", table.recipients(), limits::kRecipients);
  if (table.has_entry()) {
    Receipt receipt;
    receipt.index = LogIndex{table.index()};
    receipt.path = fields.digests("path", table.path(), kInclusionPath);
    receipt.checkpoint = checkpoint_at(fields, checkpoints, table.checkpoint());
    result.receipt = std::move(receipt);
  }
  return result;
}

}  // namespace

std::uint64_t request_id_in(FrameViews frames) {
  const Header<fb::Submission> header(frames, FrameType::kSubmission, limits::kFlatBufferTables);
  return header == nullptr ? 0 : header->request_id();
}

Result<Hello> decode_hello(FrameViews frames) {
  const Header<fb::Hello> header(frames, FrameType::kHello, limits::kFlatBufferTables);
  if (header == nullptr || frames.size() != 2) return malformed("hello", "not a hello");
  FieldReader fields(ErrorCode::kFrameMalformed);
  Hello hello{ReleaseVersion{header->release_version()},
              fields.text("checkpoint", header->checkpoint(), kCheckpointBytes)};
  if (header->units() != nullptr) {
    hello.units = fields.unit_ids("units", header->units(), limits::kPartiesEver);
  }
  if (fields.failed()) return fields.error();
  return hello;
}

Result<Welcome> decode_welcome(FrameViews frames) {
  const Header<fb::Welcome> header(frames, FrameType::kWelcome, limits::kFlatBufferTables);
  if (header == nullptr || frames.size() != 2) return malformed("welcome", "not a welcome");
  FieldReader fields(ErrorCode::kFrameMalformed);
  Welcome welcome;
  welcome.station = StationId(fields.id("station", header->station()));
  welcome.release = ReleaseVersion{header->release_version()};
  welcome.checkpoint = fields.text("checkpoint", header->checkpoint(), kCheckpointBytes);
  welcome.consistency = fields.digests("consistency", header->consistency(), kConsistencyProof);
  welcome.now = fields.time("now_us", header->now_us());
  if (fields.failed()) return fields.error();
  return welcome;
}

Result<Submission> decode_submission(FrameViews frames) {
  const Header<fb::Submission> header(frames, FrameType::kSubmission, limits::kFlatBufferTables);
  if (header == nullptr) return malformed("submission", "not a submission");
  FieldReader fields(ErrorCode::kSubmissionMalformed);
  Submission submission;
  submission.request_id = header->request_id();
  submission.unit = UnitId(fields.id("unit", header->unit()));
  submission.key_id = fields.id("key_id", header->key_id());
  submission.signature = fields.fixed<64>("signature", header->signature());
  if (fields.failed()) return fields.error();
  if (header->count() > limits::kSubmissionMessages) {
    return Error{ErrorCode::kSubmissionTooLarge, "count", std::to_string(header->count())};
  }
  const FbBytes* flags = header->has_payload();
  if (header->count() == 0 || flags == nullptr || flags->size() != header->count()) {
    return Error{ErrorCode::kSubmissionMalformed, "count", "not the number of has_payload"};
  }
  std::size_t next = 2;
  for (const std::uint8_t has_payload : *flags) {
    if (has_payload > 1) return Error{ErrorCode::kSubmissionMalformed, "has_payload"};
    if (frames.size() < next + 1 + has_payload) {
      return Error{ErrorCode::kSubmissionMalformed, "frames", "fewer than the header announces"};
    }
    SubmittedMessage message{to_bytes(frames[next++]), std::nullopt};
    if (has_payload == 1) message.payload = to_bytes(frames[next++]);
    submission.messages.push_back(std::move(message));
  }
  if (next != frames.size()) {
    return Error{ErrorCode::kSubmissionMalformed, "frames", "more than the header announces"};
  }
  return submission;
}

Result<SubmissionOutcome> decode_outcome(FrameViews frames) {
  const Header<fb::OutcomeHeader> header(frames, FrameType::kOutcome, limits::kOutcomeTables);
  if (header == nullptr) return malformed("outcome", "not an outcome");
  FieldReader fields(ErrorCode::kFrameMalformed);
  SubmissionOutcome outcome;
  outcome.request_id = header->request_id();
  outcome.refusal = read_refusal(fields, header->code(), header->field(), header->detail());
  std::size_t next = 2;
  if (header->results() != nullptr) {
    for (const fb::Result* table : *header->results()) {
      MessageResult result = read_result(fields, *table, header->checkpoints());
      if (result.receipt) {
        if (next == frames.size()) return malformed("frames", "an entry is missing");
        result.receipt->entry = to_bytes(frames[next++]);
      }
      outcome.results.push_back(std::move(result));
    }
  }
  if (next != frames.size()) return malformed("frames", "more than the header announces");
  if (outcome.refusal && !outcome.results.empty()) {
    return malformed("results", "beside a refusal of the whole");
  }
  if (fields.failed()) return fields.error();
  return outcome;
}

Result<Delivery> decode_delivery(FrameViews frames) {
  const Header<fb::Delivery> header(frames, FrameType::kDelivery, limits::kFlatBufferTables);
  if (header == nullptr || frames.size() != (header->has_payload() ? 4U : 3U)) {
    return malformed("delivery", "not a delivery");
  }
  FieldReader fields(ErrorCode::kFrameMalformed);
  Delivery delivery;
  delivery.unit = UnitId(fields.id("unit", header->unit()));
  delivery.receipt.index = LogIndex{header->index()};
  delivery.receipt.path = fields.digests("path", header->path(), kInclusionPath);
  delivery.receipt.checkpoint = fields.text("checkpoint", header->checkpoint(), kCheckpointBytes);
  delivery.receipt.entry = to_bytes(frames[2]);
  if (header->has_payload()) delivery.payload = to_bytes(frames[3]);
  if (fields.failed()) return fields.error();
  return delivery;
}

Result<GetRelease> decode_get_release(FrameViews frames) {
  const Header<fb::GetRelease> header(frames, FrameType::kGetRelease, limits::kFlatBufferTables);
  if (header == nullptr || frames.size() != 2) return malformed("get_release", "not a get_release");
  return GetRelease{ReleaseVersion{header->version()}};
}

Result<ReleaseReply> decode_release_reply(FrameViews frames) {
  const Header<fb::ReleaseHeader> header(frames, FrameType::kRelease, limits::kFlatBufferTables);
  if (header == nullptr) return malformed("release", "not a release");
  FieldReader fields(ErrorCode::kFrameMalformed);
  ReleaseReply reply;
  reply.version = ReleaseVersion{header->version()};
  reply.refusal = read_refusal(fields, header->code(), nullptr, nullptr);
  if (fields.failed()) return fields.error();
  if (frames.size() != (reply.refusal ? 2U : 3U)) return malformed("release", "frames");
  if (!reply.refusal) reply.signed_release = to_bytes(frames[2]);
  return reply;
}

Result<GetConsistency> decode_get_consistency(FrameViews frames) {
  const Header<fb::GetConsistency> header(frames, FrameType::kGetConsistency,
                                          limits::kFlatBufferTables);
  if (header == nullptr || frames.size() != 2) return malformed("get_consistency", "not one");
  FieldReader fields(ErrorCode::kFrameMalformed);
  GetConsistency request{fields.text("first", header->first(), kCheckpointBytes),
                         fields.text("second", header->second(), kCheckpointBytes)};
  if (fields.failed()) return fields.error();
  return request;
}

Result<Consistency> decode_consistency(FrameViews frames) {
  const Header<fb::Consistency> header(frames, FrameType::kConsistency, limits::kFlatBufferTables);
  const std::size_t steps =
      header == nullptr || header->genesis() == nullptr ? 0 : header->genesis()->size();
  if (header == nullptr || frames.size() != 2 + steps) return malformed("consistency", "not one");
  FieldReader fields(ErrorCode::kFrameMalformed);
  Consistency reply;
  reply.asked = {fields.text("first", header->first(), kCheckpointBytes),
                 fields.text("second", header->second(), kCheckpointBytes)};
  reply.refusal = read_refusal(fields, header->code(), nullptr, header->detail());
  reply.path = fields.digests("path", header->path(), kConsistencyProof);
  for (std::size_t i = 0; i < steps; ++i) {
    const auto* step = header->genesis()->Get(static_cast<flatbuffers::uoffset_t>(i));
    reply.genesis.push_back(
        {to_bytes(frames[2 + i]), fields.digests("genesis.path", step->path(), kInclusionPath)});
  }
  if (fields.failed()) return fields.error();
  return reply;
}

}  // namespace rujukan::wire
