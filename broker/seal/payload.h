// The parts of a sealed payload and their bytes (schemas/payload.fbs).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/crypto/x25519.h"
#include "broker/model/ids.h"
#include "broker/seal/aead.h"

namespace rujukan {

// The content key and the digest of what it may be used for.
inline constexpr std::size_t kBoxPlaintextBytes = 64;

// The content key, sealed for one unit.
struct SealedBox {
  UnitId unit;
  std::string key_id;
  std::array<std::uint8_t, kSealedBoxOverhead + kBoxPlaintextBytes> sealed_key{};
};

struct PayloadParts {
  AeadNonce nonce{};
  std::vector<SealedBox> boxes;
  ByteView ciphertext;  // owned by others
};

Bytes encode_payload(const PayloadParts& parts);
// The ciphertext is a view into `bytes`. Requires: aligned bytes. Errors: seal.malformed (field
// named).
Result<PayloadParts> decode_payload(ByteView bytes);
// That it holds what its schema names and nothing else. Requires: it decodes. Errors:
// seal.malformed, identity.number.
Result<void> check_exact_payload(ByteView bytes);

}  // namespace rujukan
