// Authenticated encryption between two X25519 keys (libsodium's crypto_box), with the shared secret
// computed once. The caller gives the nonces.
#pragma once

#include <array>

#include "broker/crypto/x25519.h"

namespace rujukan {

inline constexpr std::size_t kBoxNonceBytes = 24;
// Nonce and authenticator, before the ciphertext.
inline constexpr std::size_t kBoxOverhead = kBoxNonceBytes + 16;

// What two keys share; wiped when destroyed. Move-only. Thread: any.
class Box {
 public:
  // Errors: key.invalid for a key of small order.
  static Result<Box> between(const std::array<std::uint8_t, 32>& own_secret,
                             const X25519PublicKey& other);

  // nonce || authenticator || ciphertext. A nonce must not come twice between two keys.
  Bytes seal(ByteView plaintext, const std::array<std::uint8_t, kBoxNonceBytes>& nonce) const;
  // Errors: seal.broken.
  Result<Bytes> open(ByteView box) const;

 private:
  Box() = default;
  Secret<32> shared_;
};

}  // namespace rujukan
