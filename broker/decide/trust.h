// Who may sign for the administrators, and how many of them did.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/release.h"
#include "broker/wire/signed_body.h"

namespace rujukan::decide {

// A release, and the lifting of a hold, need `threshold` different administrators of the release
// before, or of the anchor.
struct Trust {
  std::uint32_t threshold = 1;
  std::vector<Administrator> administrators;

  friend bool operator==(const Trust&, const Trust&) = default;
};
Trust trust_of(const Release& release);

// How many different trusted administrators signed `signed_bytes`. Signatures of others are
// ignored. Errors: `code`, for a bad signature under a trusted key.
Result<std::size_t> count_signers(const std::vector<wire::AdministratorSignature>& signatures,
                                  const Trust& trust, ByteView signed_bytes, ErrorCode code);

}  // namespace rujukan::decide
