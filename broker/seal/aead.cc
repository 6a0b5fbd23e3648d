#include "broker/seal/aead.h"

#include <sodium.h>

#include "broker/base/invariant.h"
#include "broker/crypto/sodium_ready.h"

namespace rujukan {

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == AeadKey::size() &&
              crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == std::tuple_size_v<AeadNonce> &&
              crypto_aead_xchacha20poly1305_ietf_ABYTES == kAeadOverhead);

Bytes aead_seal(const AeadKey& key, const AeadNonce& nonce, ByteView plaintext,
                ByteView associated_data) {
  ensure_sodium();
  Bytes ciphertext(plaintext.size() + kAeadOverhead);
  INVARIANT(crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext.data(), nullptr, plaintext.data(),
                                                       plaintext.size(), associated_data.data(),
                                                       associated_data.size(), nullptr,
                                                       nonce.data(), key.data()) == 0);
  return ciphertext;
}

std::optional<Bytes> aead_open(const AeadKey& key, const AeadNonce& nonce, ByteView ciphertext,
                               ByteView associated_data) {
  ensure_sodium();
  if (ciphertext.size() < kAeadOverhead) return std::nullopt;
  Bytes plaintext(ciphertext.size() - kAeadOverhead);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          plaintext.data(), nullptr, nullptr, ciphertext.data(), ciphertext.size(),
          associated_data.data(), associated_data.size(), nonce.data(), key.data()) != 0) {
    return std::nullopt;
  }
  return plaintext;
}

}  // namespace rujukan
