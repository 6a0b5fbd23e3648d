#include "tests/support/small_station.h"

#include "adapters/sdk/anchor.h"
#include "broker/decide/release_trust.h"
#include "broker/runtime/key_files.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

sdk::Anchor small_anchor() {
  const Release release = small_release();
  sdk::Anchor anchor;
  anchor.log = {kOrigin, Ed25519SecretKey::from_seed(seed_of("log")).public_key()};
  anchor.endpoints = {"tcp://127.0.0.1:1"};
  anchor.trust = decide::trust_of(release);
  return anchor;
}

std::vector<UnitSecret> small_secrets(const std::string& station) {
  std::vector<UnitSecret> out;
  for (const Station& row : small_release().stations) {
    if (row.id.str() != station) continue;
    for (const UnitId& unit : row.units) {
      out.push_back({unit, "sign-1", KeyPurpose::kSign, seed_of("sign " + unit.str())});
      out.push_back({unit, "seal-1", KeyPurpose::kSeal, seed_of("seal " + unit.str())});
    }
  }
  return out;
}

}  // namespace rujukan::test
