// A buffer that holds what its schema names and nothing else: no slot that the schema does not
// have, no byte that nothing refers to. FlatBuffers' own verifier passes both, so that names could
// come into the log, where nothing is ever erased.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <optional>

#include "broker/base/bytes.h"
#include "broker/base/error.h"

namespace rujukan::wire {

// What the texts of a buffer may hold.
enum class Texts {
  kCoded,  // ids and codes: no identity number
  kAny,    // also what a broker says to people
};

// What of the buffer its schema does not name, in words without its bytes; nullopt: nothing. Gets
// the code `malformed`, or identity.number for a text that may be one.
// Objects do not overlap, padding is zero and no more than alignment asks, vtables have no slots
// beyond the schema's, and a number that is 0 is absent, as builders leave it.
// Requires: size-prefixed, and verified with the root table of `type`; every default is 0. Source:
// wire.md section 2.
std::optional<Error> find_inexact(ByteView bytes, const flatbuffers::TypeTable* type, Texts texts,
                                  ErrorCode malformed);

}  // namespace rujukan::wire
