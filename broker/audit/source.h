// Where an auditor reads a log from: a URL, a broker's data directory, or a folder of the same
// files.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "broker/store/log_files.h"

namespace rujukan::audit {

// Of a URL only.
struct SourceAccess {
  std::filesystem::path token_file;  // one line, sent as a bearer token; empty: none
  std::filesystem::path ca_file;     // PEM; empty: the system's
};

// Whether `source` is a broker's data directory: it holds more than a log's files do.
bool is_data_directory(const std::string& source);

// The log at an "http://" or "https://" prefix, in a data directory (its newest shard, or with "#N"
// after it the N-th, from 0, whose files are all there is of it), or in a folder. One thread at
// a time. Errors: log.not_found, config.value, file.unreadable, store.failed. A server is asked at
// the first read.
Result<std::unique_ptr<store::LogFiles>> open_source(const std::string& source,
                                                     const SourceAccess& access = {});

}  // namespace rujukan::audit
