// A small HTTP/1.1 server in a thread of its own, for what rujukand and a witness show.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::admin {

struct HttpRequest {
  std::string method;         // HEAD is given as GET
  std::string target;         // as sent
  std::string authorization;  // the field; empty: none
  bool certified = false;     // a certificate of a client of the configured CA was shown
  Bytes body;
};

struct HttpReply {
  unsigned status = 200;
  std::string content_type;
  Bytes body;
  // Further fields, such as Cache-Control.
  std::vector<std::pair<std::string, std::string>> fields;
};

// RFC 9457, application/problem+json; nobody may keep it.
HttpReply problem(unsigned status, std::string_view detail);

class HttpServer {
 public:
  struct Config {
    std::string listen;                 // "127.0.0.1:8443", "[::1]:0"; the system chooses port 0
    std::filesystem::path certificate;  // PEM, leaf first; empty: plain HTTP
    std::filesystem::path key;          // PEM
    std::filesystem::path client_ca;    // PEM; empty: no client certificates
    std::filesystem::path client_crl;   // PEM; empty: none of them is revoked
    bool insecure = false;              // plain HTTP on an address that is not loopback
    std::size_t max_body = 1024;        // of a request
    // For a whole request, from the end of the one before on: whoever sends slower is cut off.
    std::chrono::milliseconds patience{30'000};
    friend bool operator==(const Config&, const Config&) = default;
  };
  // Called in the server's thread, one request at a time.
  using Handler = std::function<HttpReply(const HttpRequest&)>;

  // Binds. Errors: config.value (listen, or plain HTTP where others can listen in),
  // file.unreadable (certificate, key, CA), transport.failed (the address is taken).
  static Result<std::unique_ptr<HttpServer>> open(const Config& config, Handler handler);
  // Stops as stop() does.
  ~HttpServer();

  // "http://127.0.0.1:4711", as bound.
  const std::string& url() const;
  // Serves in a thread of its own.
  void start();
  // Reads client_crl again, for new connections; those of clients that showed a certificate end
  // with the request that they are at. On an error the lists stay as they were. Errors:
  // file.unreadable, config.value.
  Result<void> reload();
  // Takes no more requests, finishes those that were read, at most 3 s. Idempotent.
  void stop();

 private:
  class Sessions;
  explicit HttpServer(std::unique_ptr<Sessions> sessions);
  std::unique_ptr<Sessions> sessions_;
  std::thread thread_;
};

}  // namespace rujukan::admin
