// Bytes of whoever can reach the HTTP port, over a real socket, to the server and its handler of
// the log's files. Whatever they are, each answer is one of HTTP, nothing of the log goes to
// whoever shows no token, and the server is there afterwards.
#include <algorithm>

#include "broker/admin/log_server.h"
#include "broker/crypto/sha256.h"
#include "broker/runtime/trace.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/raw_http.h"

namespace {

using namespace rujukan;
using fuzz::require;

constexpr std::string_view kToken = "a-token-of-an-auditor";
constexpr std::string_view kTile = "thirty-two bytes of a hash tile.";
constexpr std::size_t kMaxBody = 1024;

// Every tile there is, all with the same bytes, and checkpoints, which are for anyone.
class OneTile final : public store::LogFiles {
 public:
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    require(path.find("..") == std::string::npos && !path.starts_with('/'));
    return std::optional(to_bytes(as_bytes(path.ends_with("checkpoint") ? "checkpoint" : kTile)));
  }
};

class Server {
 public:
  Server() {
    trace::start("fuzz", trace::Level::kOff);
    admin::HttpServer::Config config;
    config.listen = "127.0.0.1:0";
    config.max_body = kMaxBody;
    auto handler = admin::log_handler(files_, {sha256(as_bytes(kToken))},
                                      [] { return Result<admin::LogStatus>(admin::LogStatus{}); });
    auto opened = admin::HttpServer::open(config, [handler](const admin::HttpRequest& request) {
      require(!request.target.empty() && request.body.size() <= kMaxBody);
      require(request.method.find_first_of("\r\n \t") == std::string::npos);
      require(request.target.find_first_of("\r\n ") == std::string::npos);
      return handler(request);
    });
    require(opened.ok());
    server_ = *std::move(opened);
    server_->start();
  }
  const std::string& url() const { return server_->url(); }

 private:
  const OneTile files_;
  std::unique_ptr<admin::HttpServer> server_;
};

// While connections from before are still ending, one more may be over their number.
bool serves(const std::string& url) {
  static const std::string kPlain =
      "GET /checkpoint HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    if (test::raw_http(url, kPlain).starts_with("HTTP/1.1 200 ")) return true;
  }
  return false;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Server kServer;
  const std::string request(as_text({data, size}));
  const std::string answer = test::raw_http(kServer.url(), request, test::AfterSending::kEnd);
  require(answer.empty() || answer.starts_with("HTTP/1."));
  require(!contains(answer, kTile) || contains(request, kToken));
  require(serves(kServer.url()));
  return 0;
}
