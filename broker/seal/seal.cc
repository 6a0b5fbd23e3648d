#include "broker/seal/seal.h"

#include <algorithm>
#include <bit>

#include "broker/base/invariant.h"
#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/seal/aead.h"
#include "broker/seal/payload.h"
#include "broker/wire/buffers.h"

namespace rujukan {
namespace {

constexpr std::size_t kSaltBytes = 32;
// The salt and the plaintext's length before the plaintext.
constexpr std::size_t kInnerHeader = kSaltBytes + 4;

Bytes associated_data(const SealContext& context) {
  return tuple_bytes({as_bytes("rujukan/seal/v1"), context.message_id.bytes, context.case_id.bytes,
                      as_bytes(context.sender.view())});
}

// Stands beside the key in a unit's box, so that the box serves no other message and no other unit.
Digest box_binding(const SealContext& context, const UnitId& unit, std::string_view key_id) {
  return sha256(
      tuple_bytes({as_bytes("rujukan/box/v1"), context.message_id.bytes, context.case_id.bytes,
                   as_bytes(context.sender.view()), as_bytes(unit.view()), as_bytes(key_id)}));
}

// salt || u32be length || plaintext || zeros
Bytes pad(ByteView salt, ByteView plaintext) {
  Bytes length;
  append_u32be(length, static_cast<std::uint32_t>(plaintext.size()));
  Bytes inner(padme(kInnerHeader + plaintext.size()));
  auto at = std::copy(salt.begin(), salt.end(), inner.begin());
  at = std::copy(length.begin(), length.end(), at);
  std::copy(plaintext.begin(), plaintext.end(), at);
  return inner;
}

struct Opened {
  ByteView salt;
  ByteView plaintext;
};

// Views into `inner`. Only the sender can have made a wrong form.
Result<Opened> unpad(ByteView inner) {
  const Error malformed{ErrorCode::kSealMalformed, "ciphertext", "not padded as it must be"};
  if (inner.size() < kInnerHeader) return malformed;
  const std::size_t length = read_u32be(inner.subspan(kSaltBytes));
  if (length > inner.size() - kInnerHeader) return malformed;
  const ByteView padding = inner.subspan(kInnerHeader + length);
  const bool zeros = std::all_of(padding.begin(), padding.end(), [](auto b) { return b == 0; });
  if (!zeros || inner.size() != padme(kInnerHeader + length)) return malformed;
  return Opened{inner.first(kSaltBytes), inner.subspan(kInnerHeader, length)};
}

Result<SealedBox> seal_key(const std::array<std::uint8_t, 32>& key, const SealContext& context,
                           const SealRecipient& recipient,
                           const std::array<std::uint8_t, 32>& ephemeral_seed) {
  Secret<kBoxPlaintextBytes> plaintext;
  const Digest binding = box_binding(context, recipient.unit, recipient.key_id);
  std::copy(key.begin(), key.end(), plaintext.data());
  std::copy(binding.begin(), binding.end(), plaintext.data() + key.size());
  auto sealed = seal_box(recipient.key, plaintext.view(), ephemeral_seed);
  if (!sealed) {
    return Error{sealed.error().code, recipient.unit.str(), sealed.error().detail};
  }
  SealedBox box{recipient.unit, recipient.key_id};
  INVARIANT(sealed->size() == box.sealed_key.size());
  std::copy(sealed->begin(), sealed->end(), box.sealed_key.begin());
  return box;
}

Result<AeadKey> open_key(const SealedBox& box, const SealContext& context,
                         const X25519SecretKey& key) {
  auto plaintext = key.open_box(box.sealed_key);
  if (!plaintext) return plaintext.error();
  INVARIANT(plaintext->size() == kBoxPlaintextBytes);
  AeadKey content_key;
  Digest binding;
  std::copy_n(plaintext->begin(), content_key.size(), content_key.data());
  std::copy_n(plaintext->begin() + content_key.size(), binding.size(), binding.begin());
  wipe(*plaintext);
  if (binding != box_binding(context, box.unit, box.key_id)) {
    return Error{ErrorCode::kSealBroken, "box", "sealed for another message or unit"};
  }
  return content_key;
}

}  // namespace

Digest commitment_to(ByteView salt, ByteView plaintext) {
  return sha256(tuple_bytes({as_bytes("rujukan/commitment/v1"), salt, plaintext}));
}

std::size_t padme(std::size_t length) {
  if (length < 2) return length;
  const auto exponent = static_cast<std::size_t>(std::bit_width(length)) - 1;
  const auto mantissa_bits = static_cast<std::size_t>(std::bit_width(exponent));
  const std::size_t mask = (std::size_t{1} << (exponent - mantissa_bits)) - 1;
  return (length + mask) & ~mask;
}

Result<SealedPayload> seal(ByteView plaintext, const SealContext& context,
                           std::span<const SealRecipient> recipients,
                           const SealRandomness& randomness) {
  INVARIANT(!recipients.empty() && recipients.size() == randomness.ephemeral_seeds.size());
  if (recipients.size() > limits::kRecipients) {
    return Error{ErrorCode::kPayloadTooLarge, "recipients", "more than a payload may have"};
  }
  // Also keeps the length within its 32 bits.
  if (plaintext.size() > limits::kPayloadBytes) {
    return Error{ErrorCode::kPayloadTooLarge, "plaintext", "over the payload's limit"};
  }
  PayloadParts parts;
  parts.nonce = randomness.nonce;
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    auto box = seal_key(randomness.key, context, recipients[i], randomness.ephemeral_seeds[i]);
    if (!box) return box.error();
    parts.boxes.push_back(std::move(box).value());
  }
  const Bytes ciphertext = aead_seal(AeadKey(randomness.key), parts.nonce,
                                     pad(randomness.salt, plaintext), associated_data(context));
  parts.ciphertext = ciphertext;
  Bytes bytes = encode_payload(parts);
  if (bytes.size() > limits::kPayloadBytes) {
    return Error{ErrorCode::kPayloadTooLarge, "plaintext", "over the payload's limit when sealed"};
  }
  const PayloadRef ref{sha256(bytes), static_cast<std::uint32_t>(bytes.size()),
                       commitment_to(randomness.salt, plaintext)};
  return SealedPayload{std::move(bytes), ref};
}

bool is_announced(const PayloadRef& ref, ByteView payload) {
  return payload.size() == ref.size && sha256(payload) == ref.digest;
}

Result<OpenedSeal> open_seal_for_others(ByteView payload, const PayloadRef& ref,
                                        const SealContext& context, const UnitId& unit,
                                        const X25519SecretKey& key) {
  if (!is_announced(ref, payload)) return Error{ErrorCode::kPayloadDigest, "payload"};
  Bytes copy;
  const auto parts = decode_payload(wire::aligned(payload, copy));
  if (!parts) return parts.error();
  const auto box = std::find_if(parts->boxes.begin(), parts->boxes.end(),
                                [&unit](const SealedBox& b) { return b.unit == unit; });
  if (box == parts->boxes.end()) return Error{ErrorCode::kSealNotRecipient, "boxes", unit.str()};
  const auto content_key = open_key(*box, context, key);
  if (!content_key) return content_key.error();
  const auto inner =
      aead_open(*content_key, parts->nonce, parts->ciphertext, associated_data(context));
  if (!inner) {
    return Error{ErrorCode::kSealBroken, "ciphertext", "altered, or sealed for another message"};
  }
  const auto opened = unpad(*inner);
  if (!opened) return opened.error();
  if (commitment_to(opened->salt, opened->plaintext) != ref.commitment) {
    return Error{ErrorCode::kSealCommitment, "commitment"};
  }
  return OpenedSeal{to_bytes(opened->plaintext), *to_array<kSaltBytes>(opened->salt)};
}

Result<Bytes> open_seal(ByteView payload, const PayloadRef& ref, const SealContext& context,
                        const UnitId& unit, const X25519SecretKey& key) {
  auto opened = open_seal_for_others(payload, ref, context, unit, key);
  if (!opened) return opened.error();
  return std::move(opened->text);
}

Result<void> check_plain_part(ByteView payload, const std::vector<UnitId>& recipients) {
  Bytes copy;
  const ByteView bytes = wire::aligned(payload, copy);
  const auto parts = decode_payload(bytes);
  if (!parts) return parts.error();
  if (auto exact = check_exact_payload(bytes); !exact) return exact;
  const bool same =
      std::equal(parts->boxes.begin(), parts->boxes.end(), recipients.begin(), recipients.end(),
                 [](const SealedBox& box, const UnitId& unit) { return box.unit == unit; });
  if (!same) return Error{ErrorCode::kSealRecipients, "boxes"};
  const std::size_t size = parts->ciphertext.size();
  if (size < kAeadOverhead + kInnerHeader || padme(size - kAeadOverhead) != size - kAeadOverhead) {
    return Error{ErrorCode::kSealMalformed, "ciphertext",
                 "not of a length that texts are padded to"};
  }
  return {};
}

Result<std::vector<UnitId>> sealed_for(ByteView payload) {
  Bytes copy;
  const auto parts = decode_payload(wire::aligned(payload, copy));
  if (!parts) return parts.error();
  std::vector<UnitId> units;
  for (const SealedBox& box : parts->boxes) units.push_back(box.unit);
  return units;
}

}  // namespace rujukan
