// A log's files in memory, served on a port of this machine.
#pragma once

#include <catch2/catch.hpp>
#include <map>

#include "broker/admin/http_client.h"
#include "broker/admin/log_server.h"

namespace rujukan::test {

inline const std::string kToken = "a-token-of-an-auditor";

class MemoryLog final : public store::LogFiles {
 public:
  Result<std::optional<Bytes>> read(const std::string& path) const override;
  std::map<std::string, Bytes> files;
  std::string broken;
};

struct ServedLog {
  explicit ServedLog(admin::HttpServer::Config config = {});
  std::unique_ptr<admin::HttpClient> client(const admin::HttpAccess& access = {}) const;
  std::unique_ptr<admin::HttpClient> member() const;

  MemoryLog log;
  admin::LogStatus status;
  std::unique_ptr<admin::HttpServer> server;
};

admin::HttpAnswer get(admin::HttpClient& client, const std::string& path,
                      std::size_t max_bytes = 1 << 20);

}  // namespace rujukan::test
