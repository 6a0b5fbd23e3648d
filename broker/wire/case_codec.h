// Case record <-> bytes (schemas/record.fbs). Derived data of one store, never on the wire.
#pragma once

#include "broker/base/result.h"
#include "broker/model/case_record.h"

namespace rujukan::wire {

// Whatever the record's shift is, the same bytes: deadlines are written less it.
Bytes encode_case(const CaseRecord& record);
// `shift`: of the log, under which the deadlines are given back. Errors: store.corrupt (field
// named).
Result<CaseRecord> decode_case(ByteView bytes, std::chrono::microseconds shift = {});
// As check_exact_message(). Errors: store.corrupt, also when it is no buffer.
Result<void> check_exact_case(ByteView bytes);

}  // namespace rujukan::wire
