#include "broker/crypto/x25519.h"

#include <sodium.h>

#include <algorithm>

#include "broker/base/invariant.h"
#include "broker/crypto/sodium_ready.h"

namespace rujukan {
namespace {

static_assert(crypto_box_SECRETKEYBYTES == 32 && crypto_box_PUBLICKEYBYTES == 32 &&
              crypto_box_SEEDBYTES == 32 && crypto_box_SEALBYTES == kSealedBoxOverhead);

using BoxNonce = std::array<std::uint8_t, crypto_box_NONCEBYTES>;

// As crypto_box_seal derives it: BLAKE2b-192 of both public keys.
BoxNonce box_nonce(const X25519PublicKey& ephemeral, const X25519PublicKey& recipient) {
  BoxNonce nonce;
  crypto_generichash_state state;
  INVARIANT(crypto_generichash_init(&state, nullptr, 0, nonce.size()) == 0);
  INVARIANT(crypto_generichash_update(&state, ephemeral.data(), ephemeral.size()) == 0);
  INVARIANT(crypto_generichash_update(&state, recipient.data(), recipient.size()) == 0);
  INVARIANT(crypto_generichash_final(&state, nonce.data(), nonce.size()) == 0);
  return nonce;
}

// Below 2^255 - 19, little-endian, the unused top bit clear.
bool is_canonical(const X25519PublicKey& key) {
  if (key[31] != 0x7F) return key[31] < 0x7F;
  const bool middle_full =
      std::all_of(key.begin() + 1, key.begin() + 31, [](std::uint8_t b) { return b == 0xFF; });
  return !middle_full || key[0] < 0xED;
}

// Every clamped scalar is a multiple of 8, so any one takes a point of small order to zero.
bool is_of_small_order(const X25519PublicKey& key) {
  const std::array<std::uint8_t, 32> scalar{1};
  Secret<32> shared;
  return crypto_scalarmult(shared.data(), scalar.data(), key.data()) != 0;
}

}  // namespace

X25519SecretKey X25519SecretKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
  ensure_sodium();
  X25519SecretKey key;
  key.secret_ = Secret<32>(seed);
  INVARIANT(crypto_scalarmult_base(key.public_key_.data(), key.secret_.data()) == 0);
  return key;
}

Result<Bytes> X25519SecretKey::open_box(ByteView box) const {
  if (box.size() < kSealedBoxOverhead) {
    return Error{ErrorCode::kSealBroken, "box", "too short for a sealed box"};
  }
  Bytes plaintext(box.size() - kSealedBoxOverhead);
  if (crypto_box_seal_open(plaintext.data(), box.data(), box.size(), public_key_.data(),
                           secret_.data()) != 0) {
    return Error{ErrorCode::kSealBroken, "box", "sealed for another key, or altered"};
  }
  return plaintext;
}

Result<Bytes> seal_box(const X25519PublicKey& recipient, ByteView plaintext,
                       const std::array<std::uint8_t, 32>& ephemeral_seed) {
  ensure_sodium();
  Secret<32> ephemeral_secret;
  X25519PublicKey ephemeral;
  INVARIANT(crypto_box_seed_keypair(ephemeral.data(), ephemeral_secret.data(),
                                    ephemeral_seed.data()) == 0);
  const BoxNonce nonce = box_nonce(ephemeral, recipient);
  Bytes box(kSealedBoxOverhead + plaintext.size());
  std::copy(ephemeral.begin(), ephemeral.end(), box.begin());
  if (crypto_box_easy(box.data() + ephemeral.size(), plaintext.data(), plaintext.size(),
                      nonce.data(), recipient.data(), ephemeral_secret.data()) != 0) {
    return Error{ErrorCode::kKeyInvalid, "key", "an X25519 key of small order"};
  }
  return box;
}

Result<void> check_x25519_key(const X25519PublicKey& key) {
  ensure_sodium();
  if (!is_canonical(key) || is_of_small_order(key)) {
    return Error{ErrorCode::kKeyInvalid, "key", "not a canonical X25519 key"};
  }
  return {};
}

}  // namespace rujukan
