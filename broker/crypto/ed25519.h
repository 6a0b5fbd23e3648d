// Ed25519 through libsodium (RFC 8032). Pure: keys are made from seeds that the caller draws.
#pragma once

#include <array>

#include "broker/base/bytes.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"

namespace rujukan {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;
using Seed = std::array<std::uint8_t, 32>;

// A secret key; wiped when destroyed. Move-only.
class Ed25519SecretKey {
 public:
  static Ed25519SecretKey from_seed(const Seed& seed);

  Ed25519PublicKey public_key() const { return public_key_; }
  Ed25519Signature sign(ByteView message) const;

 private:
  Ed25519SecretKey() = default;
  Secret<64> secret_;
  Ed25519PublicKey public_key_{};
};

// False for a bad signature and for keys and points of small order.
bool ed25519_verify(const Ed25519PublicKey& key, ByteView message,
                    const Ed25519Signature& signature);

// For a key that is to be registered. Errors: key.invalid when it is not the canonical encoding of
// a point of the main subgroup.
Result<void> check_ed25519_key(const Ed25519PublicKey& key);

}  // namespace rujukan
