// X25519 key pairs and sealed boxes in libsodium's format (crypto_box_seal), made from a given
// ephemeral seed so that this folder draws no randomness.
#pragma once

#include <array>

#include "broker/base/bytes.h"
#include "broker/base/result.h"
#include "broker/crypto/secret.h"

namespace rujukan {

using X25519PublicKey = std::array<std::uint8_t, 32>;

// Ephemeral public key and authenticator.
inline constexpr std::size_t kSealedBoxOverhead = 48;

// A secret key; wiped when destroyed. Move-only.
class X25519SecretKey {
 public:
  // The seed is the scalar, as in RFC 7748.
  static X25519SecretKey from_seed(const std::array<std::uint8_t, 32>& seed);

  X25519PublicKey public_key() const { return public_key_; }
  // Opens a sealed box of 48 + n bytes. Errors: seal.broken.
  Result<Bytes> open_box(ByteView box) const;

 private:
  X25519SecretKey() = default;
  Secret<32> secret_;
  X25519PublicKey public_key_{};
};

// A sealed box of 48 + plaintext bytes. `ephemeral_seed` must be fresh for every box.
// Errors: key.invalid for a key of small order.
Result<Bytes> seal_box(const X25519PublicKey& recipient, ByteView plaintext,
                       const std::array<std::uint8_t, 32>& ephemeral_seed);

// For a key that is to be registered. Errors: key.invalid when it is of small order or not
// canonical.
Result<void> check_x25519_key(const X25519PublicKey& key);

}  // namespace rujukan
