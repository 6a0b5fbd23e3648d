#include "broker/crypto/ed25519.h"

#include <sodium.h>

#include "broker/base/invariant.h"
#include "broker/crypto/sodium_ready.h"

namespace rujukan {

static_assert(crypto_sign_SECRETKEYBYTES == 64 && crypto_sign_PUBLICKEYBYTES == 32 &&
              crypto_sign_BYTES == 64 && crypto_sign_SEEDBYTES == 32);

Ed25519SecretKey Ed25519SecretKey::from_seed(const Seed& seed) {
  ensure_sodium();
  Ed25519SecretKey key;
  INVARIANT(crypto_sign_seed_keypair(key.public_key_.data(), key.secret_.data(), seed.data()) == 0);
  return key;
}

Ed25519Signature Ed25519SecretKey::sign(ByteView message) const {
  Ed25519Signature signature;
  INVARIANT(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                                 secret_.data()) == 0);
  return signature;
}

bool ed25519_verify(const Ed25519PublicKey& key, ByteView message,
                    const Ed25519Signature& signature) {
  ensure_sodium();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

Result<void> check_ed25519_key(const Ed25519PublicKey& key) {
  ensure_sodium();
  if (crypto_core_ed25519_is_valid_point(key.data()) != 1) {
    return Error{ErrorCode::kKeyInvalid, "key", "not a canonical Ed25519 key"};
  }
  return {};
}

}  // namespace rujukan
