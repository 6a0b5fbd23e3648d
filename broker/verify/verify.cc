#include "broker/verify/verify.h"

#include "broker/base/limits.h"
#include "broker/crypto/ed25519.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/seal/seal.h"
#include "broker/verify/submission_tree.h"
#include "broker/wire/message_codec.h"

namespace rujukan::verify {
namespace {

using Work = decltype(Job::work);

std::vector<ByteView> views_of(const wire::Frames& frames) {
  return {frames.begin(), frames.end()};
}

// A message over its limit cannot be logged, not even as a refusal, so it refuses the whole.
std::optional<Error> check_sizes(const wire::Submission& submission) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < submission.messages.size(); ++i) {
    const wire::SubmittedMessage& submitted = submission.messages[i];
    bytes += submitted.message.size() + (submitted.payload ? submitted.payload->size() : 0);
    if (submitted.message.size() > limits::kMessageBytes) {
      return Error{ErrorCode::kMessageTooLarge, "messages[" + std::to_string(i) + "]",
                   std::to_string(submitted.message.size()) + " bytes"};
    }
  }
  if (bytes <= limits::kSubmissionBytes) return std::nullopt;
  return Error{ErrorCode::kSubmissionTooLarge, "messages", std::to_string(bytes) + " bytes"};
}

std::optional<Error> check_station(const routing::RoutingTable& table, const StationId& id,
                                   const PublicKey& key) {
  const Station* station = table.station(id);
  if (station != nullptr && station->curve_key == key) return std::nullopt;
  return Error{ErrorCode::kStationUnknown, "station", id.str()};
}

std::optional<Error> check_unit(const routing::RoutingTable& table, const StationId& station,
                                const UnitId& unit) {
  if (table.station_serves(station, unit)) return std::nullopt;
  return Error{ErrorCode::kStationUnitNotServed, "unit", unit.str()};
}

SubmissionTree tree_of(const wire::Submission& submission) {
  std::vector<Digest> leaves;
  leaves.reserve(submission.messages.size());
  for (const wire::SubmittedMessage& submitted : submission.messages) {
    leaves.push_back(merkle::leaf_hash(submitted.message));
  }
  return SubmissionTree(std::move(leaves));
}

std::optional<Error> check_signature(const wire::Submission& submission, const Digest& root,
                                     const Ground& ground) {
  const UnitKey* key =
      ground.table.key(submission.unit, submission.key_id, KeyPurpose::kSign, ground.now);
  if (key == nullptr) {
    return Error{ErrorCode::kSubmissionKeyUnknown, "key_id", submission.key_id};
  }
  const auto count = static_cast<std::uint32_t>(submission.messages.size());
  const Bytes signed_bytes =
      wire::submission_signing_bytes(ground.log_origin, submission.unit, count, root);
  if (ed25519_verify(key->key, signed_bytes, submission.signature)) return std::nullopt;
  return Error{ErrorCode::kSubmissionSignature, "signature", ""};
}

std::optional<Error> check_payload(const Message& message, const std::optional<Bytes>& payload,
                                   Edition edition) {
  if (!message.payload) {
    if (!payload) return std::nullopt;
    return Error{ErrorCode::kPayloadUnexpected, "payload", ""};
  }
  if (message.payload->size > limits::kPayloadBytes ||
      (payload && payload->size() > limits::kPayloadBytes)) {
    return Error{ErrorCode::kPayloadTooLarge, "payload", ""};
  }
  if (!payload) return Error{ErrorCode::kPayloadMissing, "payload", ""};
  if (payload->size() != message.payload->size) {
    return Error{ErrorCode::kPayloadDigest, "payload.size", std::to_string(payload->size())};
  }
  if (sha256(*payload) != message.payload->digest) {
    return Error{ErrorCode::kPayloadDigest, "payload.digest", ""};
  }
  if (edition < Edition::kPresentFacts) return std::nullopt;
  const auto plain = check_plain_part(*payload, message.recipients);
  return plain ? std::nullopt : std::optional(plain.error());
}

VerifiedMessage verify_message(wire::SubmittedMessage&& submitted, SenderProof&& proof,
                               Edition edition) {
  Result<Message> message = wire::decode_message(submitted.message);
  std::optional<MessageId> id;
  std::optional<Error> inexact;
  std::optional<Bytes> payload;
  if (message) {
    if (auto exact = wire::check_exact_message(submitted.message); !exact) inexact = exact.error();
    id = message->message_id;
    std::optional<Error> error;
    if (message->sender != proof.unit) {
      error = Error{ErrorCode::kMessageSender, "sender", message->sender.str()};
    } else {
      error = check_payload(*message, submitted.payload, edition);
    }
    if (error) {
      message = *std::move(error);
    } else {
      payload = std::move(submitted.payload);
    }
  }
  return {std::move(submitted.message), std::move(proof),  std::move(message), id,
          std::move(payload),           std::move(inexact)};
}

Work work_of(const Job& job, const Ground& ground) {
  if (job.frames.empty()) return Refused{0, {ErrorCode::kFrameMalformed, "frames", "none"}};
  const auto type = wire::read_frame_type(job.frames.front());
  if (!type) return Refused{0, type.error()};
  if (*type == wire::FrameType::kSubmission) {
    auto verified = verify_submission(job.frames, job.station, job.station_key, ground);
    return std::visit([](auto&& either) -> Work { return std::forward<decltype(either)>(either); },
                      std::move(verified));
  }
  if (auto error = check_station(ground.table, job.station, job.station_key)) {
    return Refused{0, *std::move(error)};
  }
  const auto views = views_of(job.frames);
  if (*type == wire::FrameType::kHello) {
    auto hello = wire::decode_hello(views);
    return hello ? Work(*std::move(hello)) : Work(Refused{0, hello.error()});
  }
  if (*type == wire::FrameType::kGetRelease) {
    auto request = wire::decode_get_release(views);
    return request ? Work(*std::move(request)) : Work(Refused{0, request.error()});
  }
  if (*type == wire::FrameType::kGetConsistency) {
    auto request = wire::decode_get_consistency(views);
    return request ? Work(*std::move(request)) : Work(Refused{0, request.error()});
  }
  return Refused{0, {ErrorCode::kFrameUnknownType, "type", "sent by brokers only"}};
}

}  // namespace

std::variant<VerifiedSubmission, Refused> verify_submission(const wire::Frames& frames,
                                                            const StationId& station,
                                                            const PublicKey& station_key,
                                                            const Ground& ground) {
  auto submission = wire::decode_submission(views_of(frames));
  if (!submission) return Refused{wire::request_id_in(views_of(frames)), submission.error()};
  const auto refuse = [&](Error&& error) {
    return Refused{submission->request_id, std::move(error)};
  };
  if (auto error = check_sizes(*submission)) return refuse(*std::move(error));
  if (auto error = check_station(ground.table, station, station_key)) {
    return refuse(*std::move(error));
  }
  if (auto error = check_unit(ground.table, station, submission->unit)) {
    return refuse(*std::move(error));
  }
  const SubmissionTree tree = tree_of(*submission);
  if (auto error = check_signature(*submission, tree.root(), ground)) {
    return refuse(*std::move(error));
  }
  VerifiedSubmission verified{
      submission->request_id, submission->unit, std::string(ground.log_origin), {}};
  const auto count = static_cast<std::uint32_t>(submission->messages.size());
  verified.messages.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    SenderProof proof{submission->unit, submission->key_id, submission->signature, count, i,
                      tree.path(i)};
    verified.messages.push_back(verify_message(std::move(submission->messages[i]), std::move(proof),
                                               ground.table.release().edition));
  }
  return verified;
}

void verify_job(Job& job, const Ground& ground) {
  // Gone: nothing to verify.
  if (!std::holds_alternative<std::monostate>(job.work)) return;
  job.work = work_of(job, ground);
  job.frames = {};
}

}  // namespace rujukan::verify
