// Entry <-> bytes (schemas/entry.fbs).
#pragma once

#include "broker/base/result.h"
#include "broker/model/entry.h"

namespace rujukan::wire {

// Errors: entry.too_large.
Result<Bytes> encode_entry(const Entry& entry);
// Errors: entry.malformed (field named).
Result<Entry> decode_entry(ByteView bytes);
// As check_exact_message(), of the entry and of what an order or a carried case brings; not of its
// message. Requires: it decodes. Errors: entry.malformed.
Result<void> check_exact_entry(ByteView bytes);

}  // namespace rujukan::wire
