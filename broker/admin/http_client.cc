#include "broker/admin/http_client.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>

#include "broker/admin/tls.h"
#include "broker/admin/url.h"
#include "broker/base/limits.h"

namespace rujukan::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Request = http::request<http::span_body<const std::uint8_t>>;
using Parser = http::response_parser<http::vector_body<std::uint8_t>>;

Result<void> trust(asio::ssl::context& tls, const HttpAccess& access) {
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  tls.set_verify_mode(asio::ssl::verify_peer);
  if (access.ca_file.empty()) {
    error_code why;
    tls.set_default_verify_paths(why);
    if (why) return Error{ErrorCode::kFileUnreadable, "CAs of the system", why.message()};
  } else {
    if (auto trusted = trust_servers_of(tls, access.ca_file); !trusted) return trusted;
  }
  if (access.certificate.empty()) return {};
  return use_certificate(tls, access.certificate, access.key);
}

}  // namespace

class HttpClient::Connection {
 public:
  Connection(Url url, const HttpAccess& access)
      : url_(std::move(url)), token_(access.token), timeout_(access.timeout) {}

  Result<void> prepare(const HttpAccess& access) {
    return url_.tls ? trust(tls_, access) : Result<void>();
  }

  std::string url_of(std::string_view path) const { return url_.text() + "/" + std::string(path); }

  Result<HttpAnswer> ask(Request& request, std::string_view path, std::size_t max_bytes) {
    request.version(11);
    request.target(url_.prefix + "/" + std::string(path));
    request.set(http::field::host, url_.authority());
    request.set(http::field::user_agent, "rujukan");
    if (!token_.empty()) request.set(http::field::authorization, "Bearer " + token_);
    until_ = std::chrono::steady_clock::now() + timeout_;
    // A server may close a kept connection at any time: then, and only when no byte of an answer
    // came, the request goes over a fresh one.
    for (bool kept = connected();; kept = false) {
      std::optional<Parser> parser(std::in_place);
      parser->body_limit(max_bytes);
      parser->header_limit(limits::kHttpHeaderBytes);
      std::string step;
      const error_code why = exchange(request, *parser, step);
      if (!why) return answer_of(*parser);
      close();
      if (kept && !parser->got_some() && why != beast::error::timeout) continue;
      return Error{ErrorCode::kHttpFailed, url_of(path), step + ": " + why.message()};
    }
  }

 private:
  bool connected() const { return plain_ || secure_; }
  void close() {
    plain_.reset();
    secure_.reset();
    received_.clear();
  }
  beast::tcp_stream& lowest() { return secure_ ? beast::get_lowest_layer(*secure_) : *plain_; }

  // Starts one operation and runs it to its end or to the time-out.
  template <typename Start>
  error_code finish(const Start& start) {
    error_code result = asio::error::would_block;
    lowest().expires_at(until_);
    start([&result](const error_code& why, const auto&...) { result = why; });
    events_.restart();
    events_.run();
    return result;
  }

  error_code connect(std::string& step) {
    step = "resolve";
    error_code why;
    asio::ip::tcp::resolver resolver(events_);
    const auto found = resolver.resolve(url_.host, url_.port, why);
    if (why) return why;
    step = "connect";
    if (url_.tls) {
      secure_.emplace(events_, tls_);
    } else {
      plain_.emplace(events_);
    }
    why = finish([&](auto done) { lowest().async_connect(found, std::move(done)); });
    if (why || !url_.tls) return why;
    step = "TLS";
    error_code not_an_address;
    asio::ip::make_address(url_.host, not_an_address);
    if (not_an_address && !SSL_set_tlsext_host_name(secure_->native_handle(), url_.host.c_str())) {
      return asio::error::invalid_argument;
    }
    secure_->set_verify_callback(asio::ssl::host_name_verification(url_.host));
    return finish([&](auto done) {
      secure_->async_handshake(asio::ssl::stream_base::client, std::move(done));
    });
  }

  error_code exchange(Request& request, Parser& parser, std::string& step) {
    if (!connected()) {
      if (const error_code why = connect(step)) return why;
    }
    const auto talk = [&](auto& stream) {
      step = "send";
      const error_code why =
          finish([&](auto done) { http::async_write(stream, request, std::move(done)); });
      if (why) return why;
      step = "receive";
      return finish(
          [&](auto done) { http::async_read(stream, received_, parser, std::move(done)); });
    };
    return secure_ ? talk(*secure_) : talk(*plain_);
  }

  HttpAnswer answer_of(Parser& parser) {
    auto message = parser.release();
    if (!message.keep_alive()) close();
    return {message.result_int(), std::string(message[http::field::content_type]),
            std::move(message.body())};
  }

  const Url url_;
  const std::string token_;
  const std::chrono::milliseconds timeout_;
  std::chrono::steady_clock::time_point until_;
  asio::io_context events_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::optional<beast::tcp_stream> plain_;
  std::optional<TlsStream> secure_;
  beast::flat_buffer received_;
};

HttpClient::HttpClient(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::open(std::string_view url,
                                                     const HttpAccess& access) {
  auto parsed = parse_url(url);
  if (!parsed) return parsed.error();
  if (!access.token.empty() && !parsed->tls && !parsed->is_loopback()) {
    return Error{ErrorCode::kConfigValue, parsed->text(), "a token is sent over https only"};
  }
  if (std::any_of(access.token.begin(), access.token.end(), [](char c) { return c <= ' '; })) {
    return Error{ErrorCode::kConfigValue, "token", "holds a space or a control character"};
  }
  auto connection = std::make_unique<Connection>(*std::move(parsed), access);
  if (auto ready = connection->prepare(access); !ready) return ready.error();
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(connection)));
}

Result<HttpAnswer> HttpClient::get(std::string_view path, std::size_t max_bytes) {
  Request request;
  request.method(http::verb::get);
  return connection_->ask(request, path, max_bytes);
}

Result<HttpAnswer> HttpClient::post(std::string_view path, std::string_view content_type,
                                    ByteView body, std::size_t max_bytes) {
  Request request;
  request.method(http::verb::post);
  request.set(http::field::content_type, content_type);
  request.body() = {body.data(), body.size()};
  request.content_length(body.size());
  return connection_->ask(request, path, max_bytes);
}

Error HttpClient::unexpected(std::string_view path, const HttpAnswer& answer) const {
  return {ErrorCode::kHttpFailed, connection_->url_of(path),
          "status " + std::to_string(answer.status)};
}

}  // namespace rujukan::admin
