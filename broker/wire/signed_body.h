// Bytes that administrators signed: a release or an order in its envelope.
#pragma once

#include <array>
#include <vector>

#include "broker/model/release.h"

namespace rujukan::wire {

struct AdministratorSignature {
  PublicKey key{};
  std::array<std::uint8_t, 64> signature{};
};
// `body` is opaque: it is decoded only after its signatures were counted.
struct SignedBody {
  Bytes body;
  std::vector<AdministratorSignature> signatures;
};

}  // namespace rujukan::wire
