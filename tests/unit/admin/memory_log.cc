#include "tests/unit/admin/memory_log.h"

#include "broker/crypto/sha256.h"

namespace rujukan::test {

Result<std::optional<Bytes>> MemoryLog::read(const std::string& path) const {
  if (path == broken) return Error{ErrorCode::kStoreFailed, "sqlite", "disk I/O error"};
  const auto at = files.find(path);
  return at == files.end() ? std::nullopt : std::optional(at->second);
}

ServedLog::ServedLog(admin::HttpServer::Config config) {
  if (config.listen.empty()) config.listen = "127.0.0.1:0";
  auto opened = admin::HttpServer::open(
      config, admin::log_handler(log, {sha256(as_bytes("another")), sha256(as_bytes(kToken))},
                                 [this] { return Result<admin::LogStatus>(status); }));
  if (!opened) FAIL(to_string(opened.error()));
  server = *std::move(opened);
  server->start();
}

std::unique_ptr<admin::HttpClient> ServedLog::client(const admin::HttpAccess& access) const {
  auto opened = admin::HttpClient::open(server->url(), access);
  if (!opened) FAIL(to_string(opened.error()));
  return *std::move(opened);
}

std::unique_ptr<admin::HttpClient> ServedLog::member() const {
  admin::HttpAccess access;
  access.token = kToken;
  return client(access);
}

admin::HttpAnswer get(admin::HttpClient& client, const std::string& path, std::size_t max_bytes) {
  auto answer = client.get(path, max_bytes);
  if (!answer) FAIL(to_string(answer.error()));
  return *std::move(answer);
}

}  // namespace rujukan::test
