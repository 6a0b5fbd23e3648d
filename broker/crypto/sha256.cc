#include "broker/crypto/sha256.h"

#include <openssl/evp.h>

#include <memory>

#include "broker/base/invariant.h"

namespace rujukan {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// OpenSSL 3.0 looks a digest up by name at every one-shot call, which costs three times as much as
// hashing one tree node; so the digest is fetched once and each thread keeps its context.
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  INVARIANT(method != nullptr);
  return method;
}

EVP_MD_CTX* started_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  INVARIANT(context != nullptr);
  INVARIANT(EVP_DigestInit_ex2(context.get(), sha256_method(), nullptr) == 1);
  return context.get();
}

Digest finished(EVP_MD_CTX* context) {
  Digest digest;
  unsigned int size = 0;
  INVARIANT(EVP_DigestFinal_ex(context, digest.data(), &size) == 1 && size == digest.size());
  return digest;
}

}  // namespace

Digest sha256(ByteView bytes) { return sha256({bytes}); }

Digest sha256(std::initializer_list<ByteView> parts) {
  EVP_MD_CTX* const context = started_context();
  for (const ByteView part : parts) {
    INVARIANT(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
  }
  return finished(context);
}

}  // namespace rujukan
