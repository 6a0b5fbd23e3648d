// Release <-> bytes (schemas/release.fbs), and its signed form (schemas/signed_release.fbs).
#pragma once

#include "broker/base/result.h"
#include "broker/model/release.h"
#include "broker/wire/signed_body.h"

namespace rujukan::wire {

// Canonical: one release has one encoding.
Bytes encode_release(const Release& release);
// Errors: release.invalid (field named).
Result<Release> decode_release(ByteView body);

using SignedRelease = SignedBody;
Bytes encode_signed_release(const SignedRelease& release);
// Errors: release.invalid.
Result<SignedRelease> decode_signed_release(ByteView bytes);

// The bytes an administrator signs: the tuple ("rujukan/release/v1", body digest).
Bytes release_signing_bytes(const Digest& body_digest);

}  // namespace rujukan::wire
