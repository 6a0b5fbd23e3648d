#include "broker/seal/seal.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/seal/payload.h"

using namespace rujukan;

namespace {

// The number is in the second byte: X25519 ignores the lowest three bits of the first.
X25519SecretKey secret(std::uint8_t n) { return X25519SecretKey::from_seed({0, n}); }

SealRecipient recipient(std::uint8_t n) {
  return {UnitId("unit." + std::to_string(n)), "seal-1", secret(n).public_key()};
}

std::vector<SealRecipient> recipients(std::uint8_t count) {
  std::vector<SealRecipient> out;
  for (std::uint8_t n = 1; n <= count; ++n) out.push_back(recipient(n));
  return out;
}

SealRandomness randomness(std::size_t count, std::uint8_t first = 100) {
  SealRandomness out;
  out.key.fill(first);
  out.nonce.fill(first);
  out.salt.fill(static_cast<std::uint8_t>(first + 1));
  for (std::size_t i = 0; i < count; ++i) {
    out.ephemeral_seeds.push_back({first, static_cast<std::uint8_t>(i)});
  }
  return out;
}

SealContext context() { return {MessageId{{1, 2, 3}}, CaseId{{4, 5, 6}}, UnitId("sender.unit")}; }

const std::string kText = "an invented narrative";

SealedPayload sealed(std::string_view text, std::uint8_t count = 3) {
  return *seal(as_bytes(text), context(), recipients(count), randomness(count));
}

ErrorCode open_code(ByteView payload, const PayloadRef& ref, const SealContext& where = context(),
                    std::uint8_t n = 1) {
  const auto opened = open_seal(payload, ref, where, recipient(n).unit, secret(n));
  REQUIRE_FALSE(opened.ok());
  return opened.error().code;
}

// The reference that a sender gives who did not make the payload with seal().
PayloadRef ref_of(ByteView payload, const Digest& commitment) {
  return {sha256(payload), static_cast<std::uint32_t>(payload.size()), commitment};
}

// A payload of one's own making: `inner` is what the cipher covers.
Bytes crafted(ByteView inner) {
  const SealedPayload honest = sealed(kText);
  PayloadParts parts = *decode_payload(honest.bytes);
  const Bytes data = tuple_bytes({as_bytes("rujukan/seal/v1"), context().message_id.bytes,
                                  context().case_id.bytes, as_bytes(context().sender.view())});
  const Bytes ciphertext = aead_seal(AeadKey(randomness(3).key), parts.nonce, inner, data);
  parts.ciphertext = ciphertext;
  return encode_payload(parts);
}

Bytes inner_of(std::uint32_t length, std::string_view text, std::size_t size) {
  Bytes inner(32, 0x33);
  append_u32be(inner, length);
  inner.insert(inner.end(), text.begin(), text.end());
  inner.resize(size);
  return inner;
}

}  // namespace

TEST_CASE("every recipient opens the seal and nobody else") {
  for (const std::uint8_t count : Bytes{1, 2, 10, 64}) {
    const SealedPayload payload = sealed(kText, count);
    for (std::uint8_t n = 1; n <= count; ++n) {
      const auto opened =
          open_seal(payload.bytes, payload.ref, context(), recipient(n).unit, secret(n));
      REQUIRE(opened.ok());
      CHECK(as_text(*opened) == kText);
    }
    const auto outsider = static_cast<std::uint8_t>(count + 1);
    CHECK(open_code(payload.bytes, payload.ref, context(), outsider) ==
          ErrorCode::kSealNotRecipient);
    const auto with_other_key =
        open_seal(payload.bytes, payload.ref, context(), recipient(1).unit, secret(outsider));
    REQUIRE_FALSE(with_other_key.ok());
    CHECK(with_other_key.error().code == ErrorCode::kSealBroken);
  }
}

TEST_CASE("texts of any length survive the seal") {
  for (const std::size_t size : {0U, 1U, 27U, 28U, 29U, 1000U, 65'536U, 900'000U}) {
    const std::string text(size, 'x');
    const SealedPayload payload = sealed(text);
    const auto opened =
        open_seal(payload.bytes, payload.ref, context(), recipient(2).unit, secret(2));
    REQUIRE(opened.ok());
    CHECK(as_text(*opened) == text);
  }
}

TEST_CASE("the reference of a payload is its digest and size and a salted commitment") {
  const SealedPayload payload = sealed(kText);
  CHECK(payload.ref.digest == sha256(payload.bytes));
  CHECK(payload.ref.size == payload.bytes.size());
  CHECK(payload.ref.commitment == sha256(tuple_bytes({as_bytes("rujukan/commitment/v1"),
                                                      randomness(3).salt, as_bytes(kText)})));
}

TEST_CASE("the payload names its recipients in their order") {
  const auto units = sealed_for(sealed(kText, 3).bytes);
  REQUIRE(units.ok());
  CHECK(*units == std::vector<UnitId>{UnitId("unit.1"), UnitId("unit.2"), UnitId("unit.3")});
}

TEST_CASE("the same randomness gives the same payload and other randomness another") {
  const SealedPayload payload = sealed(kText);
  CHECK(payload.bytes == sealed(kText).bytes);
  const auto other = seal(as_bytes(kText), context(), recipients(3), randomness(3, 150));
  CHECK(other->bytes != payload.bytes);
  CHECK(other->ref.commitment != payload.ref.commitment);
}

TEST_CASE("a payload with any byte flipped or cut or added is refused") {
  const SealedPayload payload = sealed(kText);
  for (std::size_t i = 0; i < payload.bytes.size(); ++i) {
    Bytes bad = payload.bytes;
    bad[i] ^= 0x20;
    CHECK(open_code(bad, payload.ref) == ErrorCode::kPayloadDigest);
    CHECK(open_code(ByteView(payload.bytes).first(i), payload.ref) == ErrorCode::kPayloadDigest);
  }
  Bytes longer = payload.bytes;
  longer.push_back(0);
  CHECK(open_code(longer, payload.ref) == ErrorCode::kPayloadDigest);
}

TEST_CASE("a flipped byte under a digest made to fit never opens to another text") {
  const SealedPayload payload = sealed(kText, 2);
  std::size_t still_open = 0;
  for (std::size_t i = 0; i < payload.bytes.size(); ++i) {
    Bytes bad = payload.bytes;
    bad[i] ^= 0x01;
    const auto opened = open_seal(bad, ref_of(bad, payload.ref.commitment), context(),
                                  recipient(1).unit, secret(1));
    if (!opened.ok()) continue;
    CHECK(as_text(*opened) == kText);
    ++still_open;
  }
  // What is not this recipient's: the other box, alignment, offsets nobody reads.
  CHECK(still_open < 160 + 64);
}

TEST_CASE("trailing bytes and wrong identifiers are malformed") {
  const SealedPayload payload = sealed(kText);
  Bytes longer = payload.bytes;
  longer.resize(longer.size() + 8);
  CHECK(open_code(longer, ref_of(longer, payload.ref.commitment)) == ErrorCode::kSealMalformed);
  Bytes renamed = payload.bytes;
  REQUIRE(as_text(ByteView(renamed).subspan(8, 4)) == "RJS1");
  renamed[8] = 'X';
  CHECK(open_code(renamed, ref_of(renamed, payload.ref.commitment)) == ErrorCode::kSealMalformed);
  CHECK(sealed_for(longer).error().code == ErrorCode::kSealMalformed);
  CHECK(sealed_for(Bytes{}).error().code == ErrorCode::kSealMalformed);
  CHECK(sealed_for(Bytes(1000, 0xFF)).error().code == ErrorCode::kSealMalformed);
}

TEST_CASE("a payload moved to another message or case or sender does not open") {
  const SealedPayload payload = sealed(kText);
  SealContext other_message = context();
  other_message.message_id.bytes[15] ^= 1;
  SealContext other_case = context();
  other_case.case_id.bytes[0] ^= 1;
  SealContext other_sender = context();
  other_sender.sender = UnitId("sender.other");
  for (const SealContext& where : {other_message, other_case, other_sender}) {
    CHECK(open_code(payload.bytes, payload.ref, where) == ErrorCode::kSealBroken);
  }
}

TEST_CASE("a box moved into a payload of another message does not open") {
  SealContext other = context();
  other.message_id.bytes[0] ^= 1;
  // The same content key, so that only the box's binding stands in the way.
  const auto source = seal(as_bytes(kText), other, recipients(1), randomness(1));
  const SealedPayload target = sealed(kText, 1);
  PayloadParts parts = *decode_payload(target.bytes);
  parts.boxes = decode_payload(source->bytes)->boxes;
  const Bytes moved = encode_payload(parts);
  CHECK(open_code(moved, ref_of(moved, target.ref.commitment)) == ErrorCode::kSealBroken);
}

TEST_CASE("a box relabelled for another unit or key does not open") {
  const SealedPayload payload = sealed(kText, 1);
  PayloadParts parts = *decode_payload(payload.bytes);
  parts.boxes[0].unit = UnitId("unit.9");
  const Bytes other_unit = encode_payload(parts);
  const auto opened = open_seal(other_unit, ref_of(other_unit, payload.ref.commitment), context(),
                                UnitId("unit.9"), secret(1));
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == ErrorCode::kSealBroken);
  parts = *decode_payload(payload.bytes);
  parts.boxes[0].key_id = "seal-2";
  const Bytes other_key = encode_payload(parts);
  CHECK(open_code(other_key, ref_of(other_key, payload.ref.commitment)) == ErrorCode::kSealBroken);
}

TEST_CASE("a payload whose text is not the committed one is refused") {
  // As a sender does who shows two recipients two texts under one signed message.
  const SealedPayload payload = sealed(kText);
  const Bytes other = crafted(inner_of(5, "other", padme(41)));
  CHECK(open_code(other, ref_of(other, payload.ref.commitment)) == ErrorCode::kSealCommitment);
  const Digest right =
      sha256(tuple_bytes({as_bytes("rujukan/commitment/v1"), Bytes(32, 0x33), as_bytes("other")}));
  const auto opened =
      open_seal(other, ref_of(other, right), context(), recipient(1).unit, secret(1));
  REQUIRE(opened.ok());
  CHECK(as_text(*opened) == "other");
}

TEST_CASE("a commitment with another salt is refused") {
  const SealedPayload payload = sealed(kText);
  PayloadRef ref = payload.ref;
  ref.commitment =
      sha256(tuple_bytes({as_bytes("rujukan/commitment/v1"), Bytes(32), as_bytes(kText)}));
  CHECK(open_code(payload.bytes, ref) == ErrorCode::kSealCommitment);
}

TEST_CASE("padding of another form is malformed") {
  const std::size_t size = padme(41);
  Bytes not_zero = inner_of(5, "other", size);
  not_zero.back() = 1;
  for (const Bytes& inner :
       {not_zero, inner_of(5, "other", size + 1), inner_of(5, "other", 41 + 40),
        inner_of(0xFFFFFFFF, "other", size), inner_of(static_cast<std::uint32_t>(size), "", size),
        Bytes(35), Bytes{}}) {
    const Bytes payload = crafted(inner);
    CHECK(open_code(payload, ref_of(payload, {})) == ErrorCode::kSealMalformed);
  }
}

TEST_CASE("payloads with wrong parts are malformed") {
  const SealedPayload payload = sealed(kText, 2);
  const PayloadParts good = *decode_payload(payload.bytes);
  PayloadParts no_boxes = good;
  no_boxes.boxes.clear();
  PayloadParts twice = good;
  twice.boxes.push_back(good.boxes[0]);
  PayloadParts bad_unit = good;
  bad_unit.boxes[0].unit = UnitId("Not An Id");
  PayloadParts no_key_id = good;
  no_key_id.boxes[0].key_id.clear();
  PayloadParts long_key_id = good;
  long_key_id.boxes[0].key_id = std::string(limits::kIdBytes + 1, 'k');
  PayloadParts too_many = good;
  too_many.boxes.clear();
  for (std::size_t n = 0; n <= limits::kRecipients; ++n) {
    too_many.boxes.push_back(good.boxes[0]);
    too_many.boxes.back().unit = UnitId("unit.n" + std::to_string(n));
  }
  for (const PayloadParts& parts : {no_boxes, twice, bad_unit, no_key_id, long_key_id, too_many}) {
    const auto decoded = decode_payload(encode_payload(parts));
    REQUIRE_FALSE(decoded.ok());
    CHECK(decoded.error().code == ErrorCode::kSealMalformed);
  }
  too_many.boxes.pop_back();
  CHECK(decode_payload(encode_payload(too_many)).ok());
}

TEST_CASE("a payload opens wherever its bytes lie in memory") {
  const SealedPayload payload = sealed(kText);
  for (std::size_t offset = 0; offset < 8; ++offset) {
    Bytes frame(offset, 0xEE);
    frame.insert(frame.end(), payload.bytes.begin(), payload.bytes.end());
    const ByteView part = ByteView(frame).subspan(offset);
    const auto opened = open_seal(part, payload.ref, context(), recipient(1).unit, secret(1));
    REQUIRE(opened.ok());
    CHECK(as_text(*opened) == kText);
    CHECK(sealed_for(part)->size() == 3);
  }
}

TEST_CASE("texts and recipients over the limit are refused") {
  const auto code = [](const Result<SealedPayload>& result) {
    REQUIRE_FALSE(result.ok());
    return result.error().code;
  };
  const std::string just_over(limits::kPayloadBytes - 64, 'x');
  CHECK(code(seal(as_bytes(just_over), context(), recipients(1), randomness(1))) ==
        ErrorCode::kPayloadTooLarge);
  const std::string far_over(2 * limits::kPayloadBytes, 'x');
  CHECK(code(seal(as_bytes(far_over), context(), recipients(1), randomness(1))) ==
        ErrorCode::kPayloadTooLarge);
  CHECK(code(seal(as_bytes(kText), context(), recipients(65), randomness(65))) ==
        ErrorCode::kPayloadTooLarge);
}

TEST_CASE("a recipient with a key of small order is refused by name") {
  auto units = recipients(2);
  units[1].key = {};
  const auto result = seal(as_bytes(kText), context(), units, randomness(2));
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::kKeyInvalid);
  CHECK(result.error().field == "unit.2");
}

TEST_CASE("Padme sizes are those of the definition") {
  // E = floor(log2 L), S = floor(log2 E) + 1, the last E - S bits are rounded up to zero.
  const std::vector<std::pair<std::size_t, std::size_t>> sizes = {{0, 0},
                                                                  {1, 1},
                                                                  {2, 2},
                                                                  {3, 3},
                                                                  {7, 7},
                                                                  {8, 8},
                                                                  {9, 10},
                                                                  {10, 10},
                                                                  {15, 16},
                                                                  {16, 16},
                                                                  {17, 18},
                                                                  {31, 32},
                                                                  {33, 36},
                                                                  {100, 104},
                                                                  {127, 128},
                                                                  {129, 144},
                                                                  {255, 256},
                                                                  {1000, 1024},
                                                                  {1025, 1088},
                                                                  {10000, 10240},
                                                                  {1048576, 1048576},
                                                                  {1048577, 1081344}};
  for (const auto& [length, padded] : sizes) CHECK(padme(length) == padded);
  for (std::size_t length = 1; length < 100'000; ++length) {
    const std::size_t padded = padme(length);
    REQUIRE(padded >= length);
    // At most 12 per cent, and padding again changes nothing.
    REQUIRE((padded - length) * 100 <= length * 12);
    REQUIRE(padme(padded) == padded);
  }
}

TEST_CASE("texts of nearly equal length give payloads of equal size") {
  const auto size_of = [](std::size_t length) { return sealed(std::string(length, 'x')).ref.size; };
  CHECK(size_of(1000) == size_of(1010));
  CHECK(size_of(30'000) == size_of(30'500));
  CHECK(size_of(1000) != size_of(2000));
}
