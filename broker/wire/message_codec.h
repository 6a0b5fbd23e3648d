// Message <-> bytes (schemas/message.fbs). Decoding is complete: what it accepts has every field
// checked that can be checked without a release.
#pragma once

#include "broker/base/result.h"
#include "broker/model/message.h"

namespace rujukan::wire {

Bytes encode_message(const Message& message);
// Errors: message.too_large, message.malformed (not a valid buffer, trailing bytes),
// message.invalid (field named).
Result<Message> decode_message(ByteView bytes);
// That the buffer holds what its schema names and nothing else, as edition 2 asks; decoding takes
// others too, because older logs have them. Requires: it decodes. Errors: message.malformed,
// identity.number.
Result<void> check_exact_message(ByteView bytes);

}  // namespace rujukan::wire
