// What rujukand's own HTTP listener answers: the newest checkpoint to anyone, everything else of
// the log to its members and auditors.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/admin/http_server.h"
#include "broker/base/time.h"
#include "broker/routing/expiry.h"
#include "broker/store/log_files.h"
#include "broker/store/reader.h"

namespace rujukan::admin {

// How far the log is, how far behind its witnesses are, and what ends soon.
struct LogStatus {
  std::uint64_t size = 0;
  TimeUs now;                                   // of the broker's clock
  std::optional<TimeUs> time;                   // of the last entry
  std::chrono::microseconds deadlines_later{};  // for which no answers were taken, in all
  struct InForce {
    ReleaseVersion version{};
    std::optional<TimeUs> expires;
    std::vector<routing::Expiry> ends;  // within 60 days, the earliest first
  };
  std::optional<InForce> release;
  struct Witnessed {
    std::uint64_t size = 0;       // of the newest checkpoint with a quorum; 0: none yet
    std::chrono::seconds lag{0};  // since the oldest entry that it does not cover
  };
  std::optional<Witnessed> witnessed;  // nullopt: no witnesses are configured
};
// `witnessed`: whether witnesses are configured. Errors: store.*
Result<LogStatus> log_status(const store::Reader& reader, bool witnessed, TimeUs now);
using StatusSource = std::function<Result<LogStatus>()>;

//   GET /checkpoint              text/plain, to anyone
//   GET /tile/..., /release/...  as store::LogFiles names them; to members and auditors
//   GET /status                  JSON of LogStatus; to members and auditors
// A member or auditor shows a client certificate of the configured CA or a bearer token whose
// SHA-256 is one of `tokens`. Everything is read in the server's thread; `files` outlives it.
HttpServer::Handler log_handler(const store::LogFiles& files, std::vector<Digest> tokens,
                                StatusSource status);

}  // namespace rujukan::admin
