#include "broker/decide/trust.h"

#include <algorithm>
#include <set>

#include "broker/crypto/ed25519.h"

namespace rujukan::decide {

Trust trust_of(const Release& release) { return {release.threshold, release.administrators}; }

Result<std::size_t> count_signers(const std::vector<wire::AdministratorSignature>& signatures,
                                  const Trust& trust, ByteView signed_bytes, ErrorCode code) {
  std::set<PublicKey> signers;
  for (const wire::AdministratorSignature& signature : signatures) {
    const auto signer = std::find_if(
        trust.administrators.begin(), trust.administrators.end(),
        [&](const Administrator& administrator) { return administrator.key == signature.key; });
    if (signer == trust.administrators.end()) continue;
    if (!ed25519_verify(signature.key, signed_bytes, signature.signature)) {
      return Error{code, signer->name, "the signature does not verify"};
    }
    signers.insert(signature.key);
  }
  return signers.size();
}

}  // namespace rujukan::decide
