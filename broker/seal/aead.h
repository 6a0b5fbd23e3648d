// XChaCha20-Poly1305 through libsodium (the IETF construction).
#pragma once

#include <array>
#include <optional>

#include "broker/base/bytes.h"
#include "broker/crypto/secret.h"

namespace rujukan {

using AeadKey = Secret<32>;
using AeadNonce = std::array<std::uint8_t, 24>;

inline constexpr std::size_t kAeadOverhead = 16;

// kAeadOverhead bytes more than the plaintext.
Bytes aead_seal(const AeadKey& key, const AeadNonce& nonce, ByteView plaintext,
                ByteView associated_data);
// Errors: nullopt when the ciphertext or the associated data is not what was sealed.
std::optional<Bytes> aead_open(const AeadKey& key, const AeadNonce& nonce, ByteView ciphertext,
                               ByteView associated_data);

}  // namespace rujukan
