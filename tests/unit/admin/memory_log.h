// A log's files in memory, served on a port of this machine.
#pragma once

#include <catch2/catch.hpp>
#include <map>

#include "broker/admin/http_client.h"
#include "broker/admin/log_server.h"
#include "broker/crypto/sha256.h"

namespace rujukan::test {

inline const std::string kToken = "a-token-of-an-auditor";

class MemoryLog final : public store::LogFiles {
 public:
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    if (path == broken) return Error{ErrorCode::kStoreFailed, "sqlite", "disk I/O error"};
    const auto at = files.find(path);
    return at == files.end() ? std::nullopt : std::optional(at->second);
  }
  std::map<std::string, Bytes> files;
  std::string broken;
};

struct ServedLog {
  explicit ServedLog(admin::HttpServer::Config config = {}) {
    if (config.listen.empty()) config.listen = "127.0.0.1:0";
    auto opened = admin::HttpServer::open(
        config, admin::log_handler(log, {sha256(as_bytes("another")), sha256(as_bytes(kToken))},
                                   [this] { return Result<admin::LogStatus>(status); }));
    if (!opened) FAIL(to_string(opened.error()));
    server = *std::move(opened);
    server->start();
  }
  std::unique_ptr<admin::HttpClient> client(const admin::HttpAccess& access = {}) const {
    auto opened = admin::HttpClient::open(server->url(), access);
    if (!opened) FAIL(to_string(opened.error()));
    return *std::move(opened);
  }
  std::unique_ptr<admin::HttpClient> member() const {
    admin::HttpAccess access;
    access.token = kToken;
    return client(access);
  }

  MemoryLog log;
  admin::LogStatus status;
  std::unique_ptr<admin::HttpServer> server;
};

inline admin::HttpAnswer get(admin::HttpClient& client, const std::string& path,
                             std::size_t max_bytes = 1 << 20) {
  auto answer = client.get(path, max_bytes);
  if (!answer) FAIL(to_string(answer.error()));
  return *std::move(answer);
}

}  // namespace rujukan::test
