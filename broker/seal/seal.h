// Seals a narrative for the units that may have to read a case, and opens it. The broker does
// neither: it only compares digests.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/crypto/x25519.h"
#include "broker/model/message.h"

namespace rujukan {

// What a seal is bound to; a payload moved to another message does not open.
struct SealContext {
  MessageId message_id;
  CaseId case_id;
  UnitId sender;
};

struct SealRecipient {
  UnitId unit;
  std::string key_id;
  X25519PublicKey key{};
};

// Fresh random bytes for one seal; `ephemeral_seeds` has one per recipient.
struct SealRandomness {
  std::array<std::uint8_t, 32> key{};
  std::array<std::uint8_t, 24> nonce{};
  std::array<std::uint8_t, 32> salt{};
  std::vector<std::array<std::uint8_t, 32>> ephemeral_seeds;
};

struct SealedPayload {
  Bytes bytes;     // SealedPayload of schemas/payload.fbs
  PayloadRef ref;  // digest, size and commitment for the message
};

// XChaCha20-Poly1305 over salt || u32be length || plaintext || zeros up to the Padmé size;
// associated data = the context; the key in one sealed box per recipient, bound to the context.
// Errors: payload.too_large, key.invalid (field: the unit). Requires: at least one recipient, no
// unit twice, a seed per recipient.
Result<SealedPayload> seal(ByteView plaintext, const SealContext& context,
                           std::span<const SealRecipient> recipients,
                           const SealRandomness& randomness);

// What was sealed, and the salt with which anyone can check the commitment.
struct OpenedSeal {
  Bytes text;
  std::array<std::uint8_t, 32> salt{};
};
// Checks size, digest, seal, context and commitment. Errors: payload.digest, seal.malformed,
// seal.not_recipient, seal.broken, seal.commitment.
Result<OpenedSeal> open_seal_for_others(ByteView payload, const PayloadRef& ref,
                                        const SealContext& context, const UnitId& unit,
                                        const X25519SecretKey& key);
// Its text alone. Errors: as above.
Result<Bytes> open_seal(ByteView payload, const PayloadRef& ref, const SealContext& context,
                        const UnitId& unit, const X25519SecretKey& key);

// Binds the sender to one plaintext: the cipher alone would let two keys open one ciphertext to two
// texts.
Digest commitment_to(ByteView salt, ByteView plaintext);

// Whether it is what the message announces.
bool is_announced(const PayloadRef& ref, ByteView payload);
// What everybody can check of a payload: its form, its suite, that its boxes are for the recipients
// in their order, and that its length is one to which texts are padded. Errors: seal.malformed,
// seal.recipients.
Result<void> check_plain_part(ByteView payload, const std::vector<UnitId>& recipients);
// The units of a payload's boxes, in their order. Errors: seal.malformed.
Result<std::vector<UnitId>> sealed_for(ByteView payload);

// The smallest size that leaks at most O(log log n) bits of the length. Source: Padmé,
// "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PETS 2019.
std::size_t padme(std::size_t length);

}  // namespace rujukan
