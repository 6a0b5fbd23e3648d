// A log as the files of c2sp.org/tlog-tiles, cut on demand from a data directory: what the broker
// serves, what export writes, and what auditors read.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::store {

// Names below a log's prefix:
//   checkpoint              the newest one, witnessed where witnesses are configured
//   tile/<L>/<N>[.p/<W>]    32 x W bytes
//   tile/entries/<N>[.p/<W>]
//   release/<64 hex>        a signed release; SHA-256 of its body
class LogFiles {
 public:
  virtual ~LogFiles() = default;
  // nullopt: there is no such file. Errors: store.*, file.unreadable, http.failed.
  virtual Result<std::optional<Bytes>> read(const std::string& path) const = 0;
};

// "release/" and the digest in hex.
std::string release_path(const Digest& body_digest);

}  // namespace rujukan::store
