// Asks one HTTP server, as an auditor asks a log and a log asks its witnesses.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::admin {

// What the client trusts and shows.
struct HttpAccess {
  std::filesystem::path ca_file;              // PEM; empty: the system's CAs
  std::filesystem::path certificate;          // PEM, leaf first; empty: none is shown
  std::filesystem::path key;                  // PEM, of the certificate
  std::string token;                          // sent as a bearer token; empty: none
  std::chrono::milliseconds timeout{30'000};  // of one request, connecting included
};

struct HttpAnswer {
  unsigned status = 0;
  std::string content_type;
  Bytes body;
};

// Keeps its connection between requests and makes it anew when the server has closed it. Redirects
// are not followed. One thread at a time.
class HttpClient {
 public:
  // `url` as in parse_url. Errors: config.value (the URL, or a token that would cross a network in
  // the clear), file.unreadable (a certificate, key or CA).
  static Result<std::unique_ptr<HttpClient>> open(std::string_view url, const HttpAccess& access);
  ~HttpClient();

  // `path` is relative to the URL and begins without a slash. An answer of any status is a value.
  // Errors: http.failed, `field` the URL: no answer in time, one that is not HTTP, a certificate
  // that does not verify, or a body of more than `max_bytes`.
  Result<HttpAnswer> get(std::string_view path, std::size_t max_bytes);
  Result<HttpAnswer> post(std::string_view path, std::string_view content_type, ByteView body,
                          std::size_t max_bytes);

  // For an answer that the caller cannot use.
  Error unexpected(std::string_view path, const HttpAnswer& answer) const;

 private:
  class Connection;
  explicit HttpClient(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace rujukan::admin
