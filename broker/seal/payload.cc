#include "broker/seal/payload.h"

#include <set>

#include "broker/base/invariant.h"
#include "broker/base/limits.h"
#include "broker/wire/buffers.h"
#include "broker/wire/exact.h"
#include "schemas/payload_generated.h"

namespace rujukan {
namespace {

// X25519 sealed boxes, XChaCha20-Poly1305, Padmé.
constexpr std::uint8_t kSuite = 1;
// The root and its boxes.
constexpr std::uint32_t kPayloadTables = 1 + limits::kRecipients;

Error malformed(std::string_view field, std::string_view detail) {
  return Error{ErrorCode::kSealMalformed, std::string(field), std::string(detail)};
}

SealedBox read_box(wire::FieldReader& read, const fb::Box& box) {
  SealedBox out;
  out.unit = UnitId(read.id("unit", box.unit()));
  out.key_id = read.text("key_id", box.key_id(), limits::kIdBytes);
  if (out.key_id.empty()) read.fail("key_id", "missing");
  out.sealed_key =
      read.fixed<std::tuple_size_v<decltype(out.sealed_key)>>("sealed_key", box.sealed_key());
  return out;
}

std::vector<SealedBox> read_boxes(wire::FieldReader& read, const fb::SealedPayload& payload) {
  std::vector<SealedBox> boxes;
  if (payload.boxes() == nullptr || payload.boxes()->size() == 0) {
    read.fail("boxes", "none");
    return boxes;
  }
  std::set<UnitId> seen;
  for (const fb::Box* box : *payload.boxes()) {
    boxes.push_back(read_box(read, *box));
    if (!seen.insert(boxes.back().unit).second) read.fail("boxes", "a unit stands twice");
  }
  return boxes;
}

}  // namespace

Bytes encode_payload(const PayloadParts& parts) {
  flatbuffers::FlatBufferBuilder builder(parts.ciphertext.size() + 256 * parts.boxes.size() + 256);
  std::vector<flatbuffers::Offset<fb::Box>> boxes;
  for (const SealedBox& box : parts.boxes) {
    const auto unit = builder.CreateString(box.unit.str());
    const auto key_id = builder.CreateString(box.key_id);
    boxes.push_back(fb::CreateBox(builder, unit, key_id, wire::put_bytes(builder, box.sealed_key)));
  }
  const auto nonce = wire::put_bytes(builder, parts.nonce);
  const auto box_vector = builder.CreateVector(boxes);
  const auto ciphertext = wire::put_bytes(builder, parts.ciphertext);
  const auto root = fb::CreateSealedPayload(builder, kSuite, nonce, box_vector, ciphertext);
  return wire::finish(builder, root, fb::SealedPayloadIdentifier());
}

Result<PayloadParts> decode_payload(ByteView bytes) {
  if (bytes.size() > limits::kPayloadBytes) return malformed("payload", "over its limit");
  const auto* payload =
      wire::verified_root<fb::SealedPayload>(bytes, fb::SealedPayloadIdentifier(), kPayloadTables);
  if (payload == nullptr) return malformed("payload", "not a valid buffer of its schema");
  if (payload->suite() != kSuite) return malformed("suite", "not known");
  wire::FieldReader read(ErrorCode::kSealMalformed);
  PayloadParts parts;
  parts.nonce = read.fixed<std::tuple_size_v<AeadNonce>>("nonce", payload->nonce());
  parts.boxes = read_boxes(read, *payload);
  if (payload->ciphertext() == nullptr) {
    read.fail("ciphertext", "missing");
  } else {
    parts.ciphertext = ByteView(payload->ciphertext()->data(), payload->ciphertext()->size());
  }
  if (read.failed()) return read.error();
  return parts;
}

Result<void> check_exact_payload(ByteView bytes) {
  auto extra = wire::find_inexact(bytes, fb::SealedPayloadTypeTable(), wire::Texts::kCoded,
                                  ErrorCode::kSealMalformed);
  return extra ? Result<void>(*std::move(extra)) : Result<void>();
}

}  // namespace rujukan
