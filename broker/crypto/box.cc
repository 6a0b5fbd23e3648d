#include "broker/crypto/box.h"

#include <sodium.h>

#include <algorithm>

#include "broker/base/invariant.h"
#include "broker/crypto/sodium_ready.h"

namespace rujukan {

static_assert(crypto_box_NONCEBYTES == kBoxNonceBytes && crypto_box_BEFORENMBYTES == 32 &&
              crypto_box_NONCEBYTES + crypto_box_MACBYTES == kBoxOverhead);

Result<Box> Box::between(const std::array<std::uint8_t, 32>& own_secret,
                         const X25519PublicKey& other) {
  ensure_sodium();
  Box box;
  if (crypto_box_beforenm(box.shared_.data(), other.data(), own_secret.data()) != 0) {
    return Error{ErrorCode::kKeyInvalid, "key", "an X25519 key of small order"};
  }
  return box;
}

Bytes Box::seal(ByteView plaintext, const std::array<std::uint8_t, kBoxNonceBytes>& nonce) const {
  Bytes out(kBoxOverhead + plaintext.size());
  std::copy(nonce.begin(), nonce.end(), out.begin());
  INVARIANT(crypto_box_easy_afternm(out.data() + nonce.size(), plaintext.data(), plaintext.size(),
                                    nonce.data(), shared_.data()) == 0);
  return out;
}

Result<Bytes> Box::open(ByteView box) const {
  if (box.size() < kBoxOverhead) return Error{ErrorCode::kSealBroken, "box", "too short"};
  const ByteView ciphertext = box.subspan(kBoxNonceBytes);
  Bytes out(box.size() - kBoxOverhead);
  if (crypto_box_open_easy_afternm(out.data(), ciphertext.data(), ciphertext.size(), box.data(),
                                   shared_.data()) != 0) {
    return Error{ErrorCode::kSealBroken, "box", "sealed between other keys, or altered"};
  }
  return out;
}

}  // namespace rujukan
