#include "broker/admin/http_server.h"

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/vector_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <exception>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "broker/admin/tls.h"
#include "broker/base/limits.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/rare_trace.h"

namespace rujukan::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

using Body = http::vector_body<std::uint8_t>;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// An answer of 16 MiB at 140 kB/s.
constexpr std::chrono::seconds kWritePatience{120};
constexpr std::chrono::seconds kDrainPatience{3};
// Without file descriptors accepting fails at once, for a while.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr const char* kContinue = "100-continue";

Result<tcp::endpoint> parse_listen(const std::string& text) {
  const Error refused{ErrorCode::kConfigValue, "listen",
                      "must be ADDRESS:PORT, such as 127.0.0.1:8443"};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return refused;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code why;
  const auto address = asio::ip::make_address(host, why);
  if (why) return refused;
  const std::string port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos || std::stoul(port) > 65'535) {
    return refused;
  }
  return tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(port)));
}

Result<void> secure(asio::ssl::context& tls, const HttpServer::Config& config) {
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  // Every connection shows its certificate itself.
  SSL_CTX_set_session_cache_mode(tls.native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(tls.native_handle(), 0);
  if (auto shown = use_certificate(tls, config.certificate, config.key); !shown) return shown;
  if (config.client_ca.empty()) return {};
  auto authorities = client_authorities(config.client_ca, config.client_crl);
  if (!authorities) return authorities.error();
  verify_clients(tls, *std::move(authorities));
  return {};
}

// What is counted together, so that nobody gains by changing the last bits: an IPv6 network.
std::string origin_of(const tcp::socket& socket) {
  error_code gone;
  asio::ip::address from = socket.remote_endpoint(gone).address();
  if (gone) return "";
  if (from.is_v4()) return from.to_string();
  if (from.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, from.to_v6()).to_string();
  }
  const auto bytes = from.to_v6().to_bytes();
  return to_hex(ByteView(bytes).first(8));
}

// What a request must not lack before its body is read. RFC 9112 §3.2, RFC 9110 §10.1.1.
std::optional<HttpReply> objection_to(const http::request<Body>& head) {
  const bool current = head.version() >= 11;
  if (head.count(http::field::host) > 1 || (current && head.count(http::field::host) == 0)) {
    return problem(400, "a request names one host");
  }
  const auto expect = head[http::field::expect];
  if (current && !expect.empty() && !beast::iequals(expect, kContinue)) {
    return problem(417, "only 100-continue can be expected");
  }
  return std::nullopt;
}

// What the reader of a request stumbled over, when an answer is of use.
std::optional<HttpReply> answer_to(const error_code& why) {
  if (why == http::error::header_limit) return problem(431, "the header fields are too large");
  if (why == http::error::body_limit) return problem(413, "the body is too large");
  if (why == http::error::end_of_stream || why == http::error::partial_message) return std::nullopt;
  if (why.category() == make_error_code(http::error::bad_method).category()) {
    return problem(400, why.message());
  }
  return std::nullopt;
}

HttpRequest to_request(http::request<Body>& in, bool certified) {
  HttpRequest out;
  out.method = in.method() == http::verb::head ? "GET" : std::string(in.method_string());
  out.target = std::string(in.target());
  out.authorization = std::string(in[http::field::authorization]);
  out.certified = certified;
  out.body = std::move(in.body());
  return out;
}

http::response<Body> to_response(HttpReply reply, bool with_body, bool keep_alive) {
  http::response<Body> out(static_cast<http::status>(reply.status), 11);
  out.set(http::field::server, "rujukan");
  out.set("X-Content-Type-Options", "nosniff");
  if (!reply.content_type.empty()) out.set(http::field::content_type, reply.content_type);
  for (const auto& [name, value] : reply.fields) out.set(name, value);
  out.content_length(reply.body.size());
  if (with_body) out.body() = std::move(reply.body);
  out.keep_alive(keep_alive);
  return out;
}

}  // namespace

HttpReply problem(unsigned status, std::string_view detail) {
  const nlohmann::json body{{"type", "about:blank"},
                            {"title", http::obsolete_reason(static_cast<http::status>(status))},
                            {"status", status},
                            {"detail", detail}};
  return {status,
          "application/problem+json",
          to_bytes(as_bytes(body.dump() + "\n")),
          {{"Cache-Control", "no-store"}}};
}

// Everything below runs in the server's thread, start and stop excepted.
class HttpServer::Sessions {
 public:
  Sessions(const Config& config, Handler handler)
      : config_(config), handler_(std::move(handler)), acceptor_(events_), drain_timer_(events_) {}

  Result<void> bind() {
    const auto endpoint = parse_listen(config_.listen);
    if (!endpoint) return endpoint.error();
    const bool tls = !config_.certificate.empty();
    if (!tls && !config_.insecure && !endpoint->address().is_loopback()) {
      return Error{ErrorCode::kConfigValue, "listen",
                   "plain HTTP on an address that is not loopback; configure a certificate"};
    }
    if (tls) {
      if (auto ready = secure(tls_, config_); !ready) return ready;
    }
    error_code why;
    const auto check = [&](const char*) { return !why; };
    acceptor_.open(endpoint->protocol(), why);
    if (check("open")) acceptor_.set_option(tcp::acceptor::reuse_address(true), why);
    if (check("option")) acceptor_.bind(*endpoint, why);
    if (check("bind")) acceptor_.listen(tcp::acceptor::max_listen_connections, why);
    if (why) return Error{ErrorCode::kTransportFailed, config_.listen, why.message()};
    const tcp::endpoint bound = acceptor_.local_endpoint();
    const std::string host = bound.address().to_string();
    url_ = (tls ? "https://" : "http://") + (bound.address().is_v6() ? "[" + host + "]" : host) +
           ":" + std::to_string(bound.port());
    return {};
  }

  const std::string& url() const { return url_; }

  void run() {
    spawn(accept());
    events_.run();
  }

  // Thread: any.
  Result<void> reload() {
    if (config_.client_crl.empty()) return {};
    auto fresh = client_authorities(config_.client_ca, config_.client_crl);
    if (!fresh) return fresh.error();
    // A function that can be copied owns nothing that cannot.
    auto store = std::make_shared<CertificateStore>(*std::move(fresh));
    asio::post(events_, [this, store] {
      replace_authorities(tls_, std::move(*store));
      for (Open& open : open_) {
        if (open.certified) end(open);
      }
    });
    return {};
  }

  // Thread: any.
  void drain() {
    asio::post(events_, [this] {
      draining_ = true;
      error_code ignored;  // closing what may be closed
      acceptor_.close(ignored);
      for (Open& open : open_) {
        if (open.idle) open.stream->close();
      }
      drain_timer_.expires_after(kDrainPatience);
      drain_timer_.async_wait([this](const error_code&) { events_.stop(); });
      stop_if_drained();
    });
  }

 private:
  // A connection; idle while it waits for a request or for the rest of one.
  struct Open {
    beast::tcp_stream* stream;
    std::string origin;
    SteadyTime idle_since = steady_now();
    bool idle = true;
    bool certified = false;
    bool last = false;  // no request after this one
  };

  void spawn(asio::awaitable<void> work) {
    asio::co_spawn(events_, std::move(work), [this](const std::exception_ptr& thrown) {
      if (!thrown) return;
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& why) {
        failed_trace_.happened({{"why", why.what()}});
      }
    });
  }

  void end(Open& open) {
    open.last = true;
    if (open.idle) open.stream->close();
  }

  // True when there is room for one more of this origin. It is made by closing who waits longest:
  // of the same origin when that has its share, else of the one that has most, of those that wait.
  bool make_room(const std::string& origin) {
    std::map<std::string, std::size_t> counts;
    std::size_t total = 0;
    for (const Open& open : open_) {
      if (open.last) continue;
      ++counts[open.origin];
      ++total;
    }
    const bool has_its_share = counts[origin] >= limits::kHttpConnectionsPerAddress;
    if (!has_its_share && total < limits::kHttpConnections) return true;
    Open* first = nullptr;
    const auto goes_before = [&counts](const Open& one, const Open& other) {
      const std::size_t of_one = counts[one.origin];
      const std::size_t of_other = counts[other.origin];
      return of_one != of_other ? of_one > of_other : one.idle_since < other.idle_since;
    };
    for (Open& open : open_) {
      if (!open.idle || open.last || (has_its_share && open.origin != origin)) continue;
      if (first == nullptr || goes_before(open, *first)) first = &open;
    }
    if (first != nullptr) end(*first);
    return first != nullptr;
  }

  void stop_if_drained() {
    if (draining_ && open_.empty()) drain_timer_.cancel();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      error_code why;
      tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, why));
      if (draining_ || why == asio::error::operation_aborted) co_return;
      if (why) {
        trace::warning("http.accept", {{"why", why.message()}});
        asio::steady_timer pause(events_, kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, why));
        continue;
      }
      const std::string origin = origin_of(socket);
      // Dropped with the socket: whoever waits would only hold memory.
      if (!make_room(origin)) continue;
      socket.set_option(tcp::no_delay(true), why);
      if (config_.certificate.empty()) {
        spawn(serve_plain(beast::tcp_stream(std::move(socket)), origin));
      } else {
        spawn(serve_secure(TlsStream(std::move(socket), tls_), origin));
      }
    }
  }

  asio::awaitable<void> serve_plain(beast::tcp_stream stream, std::string origin) {
    const auto at = open_.insert(open_.end(), {&stream, std::move(origin)});
    co_await serve(stream, *at);
    close(at);
  }

  asio::awaitable<void> serve_secure(TlsStream stream, std::string origin) {
    const auto at =
        open_.insert(open_.end(), {&beast::get_lowest_layer(stream), std::move(origin)});
    at->stream->expires_after(config_.patience);
    error_code why;
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, why));
    if (!why) {
      // One that did not verify has ended the handshake.
      at->certified = SSL_get0_peer_certificate(stream.native_handle()) != nullptr;
      co_await serve(stream, *at);
      at->stream->expires_after(kDrainPatience);
      co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, why));
    } else {
      trace::debug("http.handshake", {{"why", why.message()}});
    }
    close(at);
  }

  void close(std::list<Open>::iterator at) {
    at->stream->close();
    open_.erase(at);
    stop_if_drained();
  }

  // Requests of one connection, one after the other.
  template <typename Stream>
  asio::awaitable<void> serve(Stream& stream, Open& open) {
    beast::flat_buffer received;
    for (;;) {
      http::request_parser<Body> parser;
      parser.header_limit(limits::kHttpHeaderBytes);
      parser.body_limit(config_.max_body);
      open.idle = true;
      open.idle_since = steady_now();
      open.stream->expires_after(config_.patience);
      error_code why;
      std::optional<HttpReply> refusal;
      co_await read(stream, received, parser, refusal, why);
      open.idle = false;
      if (why) refusal = answer_to(why);
      if (why && !refusal) co_return;
      bool keep = false;
      bool with_body = true;
      std::optional<HttpReply> reply = refusal;
      if (!refusal) {
        http::request<Body> request = parser.release();
        keep = request.keep_alive();
        with_body = request.method() != http::verb::head;
        reply = handler_(to_request(request, open.certified));
      }
      keep = keep && !draining_ && !open.last;
      const http::response<Body> response = to_response(*std::move(reply), with_body, keep);
      open.stream->expires_after(kWritePatience);
      error_code unsent;
      co_await http::async_write(stream, response,
                                 asio::redirect_error(asio::use_awaitable, unsent));
      if (refusal && !unsent) co_await discard(stream, *open.stream);
      if (unsent || !keep || draining_ || open.last) co_return;
    }
  }

  // A whole request, or why it was not read: `refusal` when its head says so.
  template <typename Stream>
  asio::awaitable<void> read(Stream& stream, beast::flat_buffer& received,
                             http::request_parser<Body>& parser, std::optional<HttpReply>& refusal,
                             error_code& why) {
    co_await http::async_read_header(stream, received, parser,
                                     asio::redirect_error(asio::use_awaitable, why));
    if (why) co_return;
    refusal = objection_to(parser.get());
    if (refusal || parser.is_done()) co_return;
    if (parser.get().version() >= 11 && parser.get().count(http::field::expect) > 0) {
      http::response<http::empty_body> go_on(http::status::continue_, 11);
      co_await http::async_write(stream, go_on, asio::redirect_error(asio::use_awaitable, why));
      if (why) co_return;
    }
    co_await http::async_read(stream, received, parser,
                              asio::redirect_error(asio::use_awaitable, why));
  }

  // What is left of a request that was refused: closing over unread bytes would reset the
  // connection before the answer is read.
  template <typename Stream>
  asio::awaitable<void> discard(Stream& stream, beast::tcp_stream& lowest) {
    lowest.expires_after(kDrainPatience);
    error_code why;
    lowest.socket().shutdown(tcp::socket::shutdown_send, why);
    std::array<char, 4096> unread;
    std::size_t left = limits::kHttpHeaderBytes * 16;
    while (!why && left > 0) {
      const std::size_t count = co_await stream.async_read_some(
          asio::buffer(unread), asio::redirect_error(asio::use_awaitable, why));
      left -= std::min(left, count);
    }
  }

  const Config config_;
  const Handler handler_;
  std::string url_;
  asio::io_context events_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_;
  asio::steady_timer drain_timer_;
  bool draining_ = false;
  std::list<Open> open_;
  trace::RareTrace failed_trace_{"http.session"};
};

HttpServer::HttpServer(std::unique_ptr<Sessions> sessions) : sessions_(std::move(sessions)) {}
HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::open(const Config& config, Handler handler) {
  auto sessions = std::make_unique<Sessions>(config, std::move(handler));
  if (auto bound = sessions->bind(); !bound) return bound.error();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(sessions)));
}

const std::string& HttpServer::url() const { return sessions_->url(); }

Result<void> HttpServer::reload() { return sessions_->reload(); }

void HttpServer::start() {
  thread_ = std::thread([this] { sessions_->run(); });
}

void HttpServer::stop() {
  if (!thread_.joinable()) return;
  sessions_->drain();
  thread_.join();
}

}  // namespace rujukan::admin
