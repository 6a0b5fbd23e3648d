// Reads a case file out of a log. Nothing is verified.
#pragma once

#include "broker/audit/case_file.h"
#include "broker/store/log_files.h"
#include "broker/store/reader.h"

namespace rujukan::audit {

// The accepted entries of the case among the first `size` of the log; reads all of these. Errors:
// those of for_each_entry; entry.malformed, `field` the position.
Result<std::vector<CaseStep>> case_steps(const store::LogFiles& files, std::uint64_t size,
                                         const CaseId& id);
// Errors: also case.unknown.
Result<CaseFile> read_case_file(const store::LogFiles& files, std::uint64_t size, const CaseId& id);

// The same through the index of a data directory; positions are those of Entry.index, through all
// shards. Errors: store.*, case.unknown, entry.malformed.
Result<CaseFile> read_case_file(const store::Reader& reader, const CaseId& id);

// The entry at a position. Errors: those of for_each_entry, entry.malformed.
Result<CaseStep> step_at(const store::LogFiles& files, std::uint64_t position, std::uint64_t size);

}  // namespace rujukan::audit
