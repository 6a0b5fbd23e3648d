#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "broker/admin/url.h"
#include "broker/base/limits.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_http.h"
#include "tests/unit/admin/memory_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// A server of one answer, whatever is asked.
std::unique_ptr<admin::HttpServer> serve(admin::HttpServer::Config config,
                                         admin::HttpServer::Handler handler) {
  config.listen = "127.0.0.1:0";
  auto opened = admin::HttpServer::open(config, std::move(handler));
  if (!opened) FAIL(to_string(opened.error()));
  (*opened)->start();
  return *std::move(opened);
}

admin::HttpServer::Handler echo() {
  return [](const admin::HttpRequest& request) {
    return admin::HttpReply{200, "text/plain", request.body, {}};
  };
}

Error error_of(const Result<admin::HttpAnswer>& answer) {
  REQUIRE_FALSE(answer);
  return answer.error();
}

Result<std::unique_ptr<admin::HttpServer>> listen(const std::string& where) {
  admin::HttpServer::Config config;
  config.listen = where;
  return admin::HttpServer::open(config, echo());
}

}  // namespace

TEST_CASE("a URL is taken apart and put together") {
  const auto url = admin::parse_url("https://log.example.org:8443/a/b//");
  REQUIRE(url);
  CHECK(url->tls);
  CHECK(url->host == "log.example.org");
  CHECK(url->port == "8443");
  CHECK(url->prefix == "/a/b");
  CHECK(url->text() == "https://log.example.org:8443/a/b");
  CHECK(admin::parse_url("http://[::1]:81/")->text() == "http://[::1]:81");
  CHECK(admin::parse_url("http://[::1]:81/")->is_loopback());
  CHECK(admin::parse_url("http://a.example")->port == "80");
  CHECK_FALSE(admin::parse_url("http://a.example")->is_loopback());
  CHECK(admin::parse_url("https://a.example:443")->text() == "https://a.example");
}

TEST_CASE("what is not such a URL is refused") {
  for (const char* text :
       {"", "log.example.org", "ftp://a", "http://", "http:///x", "http://a:b", "http://a:0",
        "http://a:65536", "http://a:", "http://user@a", "http://a/x?y", "http://a/x#y",
        "http://a/ b", "http://a/%41", "http://[::1", "http://[x]", "http://[::1]x", "http://a\n",
        "HTTP://a"}) {
    INFO(text);
    const auto url = admin::parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == ErrorCode::kConfigValue);
  }
}

TEST_CASE("a body goes there and back over one connection") {
  admin::HttpServer::Config config;
  config.max_body = 1 << 20;
  const auto server = serve(config, echo());
  const auto client = admin::HttpClient::open(server->url(), {});
  REQUIRE(client);
  for (const std::size_t size : {0u, 1u, 70'000u, 1u << 20}) {
    const Bytes body(size, 7);
    const auto answer = (*client)->post("x", "text/plain", body, size);
    REQUIRE(answer);
    CHECK(answer->body == body);
    CHECK(answer->content_type == "text/plain");
  }
}

TEST_CASE("an answer over the caller's limit is refused with its URL") {
  const auto server = serve({}, [](const auto&) {
    return admin::HttpReply{200, "text/plain", Bytes(100, 1), {}};
  });
  const auto client = admin::HttpClient::open(server->url() + "/log", {});
  REQUIRE(client);
  CHECK((*client)->get("checkpoint", 100));
  const Error error = error_of((*client)->get("checkpoint", 99));
  CHECK(error.code == ErrorCode::kHttpFailed);
  CHECK(error.field == server->url() + "/log/checkpoint");
  // And the client goes on.
  CHECK((*client)->get("checkpoint", 100));
}

TEST_CASE("a connection that the server closed is made anew") {
  admin::HttpServer::Config config;
  config.patience = std::chrono::milliseconds(50);
  const auto server = serve(config, echo());
  const auto client = admin::HttpClient::open(server->url(), {});
  REQUIRE(client);
  REQUIRE((*client)->get("a", 10));
  // The server's end of this one comes after the kept connection's patience is over.
  raw_http(server->url(), "");
  raw_http(server->url(), "");
  REQUIRE((*client)->get("b", 10));
}

TEST_CASE("a server that does not answer costs the time-out and no more") {
  boost::asio::io_context events;
  boost::asio::ip::tcp::acceptor silent(events, {boost::asio::ip::make_address("127.0.0.1"), 0});
  admin::HttpAccess access;
  access.timeout = std::chrono::milliseconds(100);
  const std::string url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  const auto client = admin::HttpClient::open(url, access);
  REQUIRE(client);
  const Error error = error_of((*client)->get("checkpoint", 10));
  CHECK(error.code == ErrorCode::kHttpFailed);
  CHECK(error.field == url + "/checkpoint");
  silent.close();
  CHECK(error_of((*client)->get("checkpoint", 10)).detail.starts_with("connect: "));
}

TEST_CASE("a token crosses no network in the clear and stands in no error") {
  admin::HttpAccess access;
  access.token = kToken;
  const auto refused = admin::HttpClient::open("http://log.example.org", access);
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error()).find(kToken) == std::string::npos);
  access.token = "two\r\nlines";
  CHECK_FALSE(admin::HttpClient::open("https://log.example.org", access));
}

TEST_CASE("requests that are too large or not HTTP are answered and cut off") {
  const auto server = serve({}, echo());
  const auto status = [&](const std::string& bytes) {
    return raw_http(server->url(), bytes).substr(0, 12);
  };
  CHECK(status("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(limits::kHttpHeaderBytes, 'a') +
               "\r\n\r\n") == "HTTP/1.1 431");
  CHECK(status("GET /" + std::string(limits::kHttpHeaderBytes, 'a') + " HTTP/1.1\r\n\r\n") ==
        "HTTP/1.1 431");
  CHECK(status("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1025\r\n\r\n") == "HTTP/1.1 413");
  CHECK(status("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n" +
               std::string(1025, 'a') + "\r\n0\r\n\r\n") == "HTTP/1.1 413");
  CHECK(status("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n") ==
        "HTTP/1.1 400");
  CHECK(status("GET / HTTP/9.9\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("hello\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("\x16\x03\x01\x02\r\n\r\n") == "HTTP/1.1 400");
}

TEST_CASE("whoever sends too slowly is cut off") {
  admin::HttpServer::Config config;
  config.patience = std::chrono::milliseconds(50);
  const auto server = serve(config, echo());
  CHECK(raw_http(server->url(), "GET / HTTP/1.1\r\nHost: ").empty());
  CHECK(raw_http(server->url(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
            .empty());
}

namespace {

// Connections that ask nothing.
std::vector<boost::asio::ip::tcp::socket> idle_connections(boost::asio::io_context& events,
                                                           const std::string& url,
                                                           std::size_t count) {
  const std::string authority = url.substr(7);
  const auto colon = authority.find(':');
  boost::asio::ip::tcp::resolver resolver(events);
  const auto found = resolver.resolve(authority.substr(0, colon), authority.substr(colon + 1));
  std::vector<boost::asio::ip::tcp::socket> out;
  for (std::size_t i = 0; i < count; ++i) boost::asio::connect(out.emplace_back(events), found);
  return out;
}

}  // namespace

TEST_CASE("connections that wait keep nobody out, and the oldest of them makes room") {
  const auto server = serve({}, echo());
  boost::asio::io_context events;
  auto idle = idle_connections(events, server->url(), 2 * limits::kHttpConnectionsPerAddress);
  CHECK(raw_http(server->url(), "GET / HTTP/1.0\r\n\r\n").substr(0, 12) == "HTTP/1.1 200");
  // The first was closed for a later one, the last is served.
  char byte = 0;
  boost::system::error_code why;
  idle.front().read_some(boost::asio::buffer(&byte, 1), why);
  CHECK(why == boost::asio::error::eof);
  boost::asio::write(idle.back(), boost::asio::buffer(std::string("GET / HTTP/1.0\r\n\r\n")));
  std::string answer;
  boost::asio::read(idle.back(), boost::asio::dynamic_buffer(answer), why);
  CHECK(answer.substr(0, 12) == "HTTP/1.1 200");
}

TEST_CASE(
    "an address whose connections are all busy does not keep those that wait in their places") {
  // Answers that nobody reads: more than what fits on the way.
  const auto server = serve({}, [](const admin::HttpRequest&) {
    admin::HttpReply reply;
    reply.body = Bytes(16U << 20, 'a');
    return reply;
  });
  boost::asio::io_context events;
  std::vector<boost::asio::ip::tcp::socket> held;
  const std::string port = server->url().substr(server->url().rfind(':') + 1);
  const auto connect_from = [&](const std::string& address, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& socket = held.emplace_back(events);
      socket.open(boost::asio::ip::tcp::v4());
      socket.bind({boost::asio::ip::make_address(address), 0});
      socket.connect({boost::asio::ip::make_address("127.0.0.1"),
                      static_cast<std::uint16_t>(std::stoul(port))});
    }
  };
  connect_from("127.0.0.9", limits::kHttpConnectionsPerAddress);
  for (auto& socket : held) {
    boost::asio::write(socket, boost::asio::buffer(std::string("GET / HTTP/1.0\r\n\r\n")));
    // It is being answered.
    char byte = 0;
    boost::asio::read(socket, boost::asio::buffer(&byte, 1));
  }
  for (int other = 10; held.size() < limits::kHttpConnections; ++other) {
    connect_from(
        "127.0.0." + std::to_string(other),
        std::min(limits::kHttpConnectionsPerAddress - 1, limits::kHttpConnections - held.size()));
  }
  CHECK(raw_http(server->url(), "HEAD / HTTP/1.0\r\n\r\n").substr(0, 12) == "HTTP/1.1 200");
}

TEST_CASE("a body that waits for permission gets it, and one that is too large does not") {
  admin::HttpServer::Config config;
  config.max_body = 5;
  const auto server = serve(config, echo());
  boost::asio::io_context events;
  auto socket = std::move(idle_connections(events, server->url(), 1).front());
  const auto say = [&socket](const std::string& text) {
    boost::asio::write(socket, boost::asio::buffer(text));
  };
  const auto hear = [&socket](const char* end) {
    std::string text;
    boost::system::error_code why;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), end, why);
    return text;
  };
  say("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(hear("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  say("hello");
  const std::string answer = hear("hello");
  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(answer.ends_with("hello"));
  // Without a body there is nothing to wait for; the connection goes on.
  say("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n");
  CHECK(hear("\r\n\r\n").starts_with("HTTP/1.1 200"));
  const auto status = [&](const std::string& bytes) {
    return raw_http(server->url(), bytes).substr(0, 12);
  };
  CHECK(status("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n") ==
        "HTTP/1.1 413");
  CHECK(status("POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n") ==
        "HTTP/1.1 417");
}

TEST_CASE("a request of HTTP/1.1 names exactly one host") {
  const auto server = serve({}, echo());
  const auto status = [&](const std::string& bytes) {
    return raw_http(server->url(), bytes).substr(0, 12);
  };
  CHECK(status("GET / HTTP/1.1\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n") == "HTTP/1.1 400");
  CHECK(status("GET / HTTP/1.0\r\n\r\n") == "HTTP/1.1 200");
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == "HTTP/1.1 200");
}

TEST_CASE("a server that stops finishes what it was asked and takes no more") {
  auto server = serve({}, echo());
  const auto client = admin::HttpClient::open(server->url(), {});
  REQUIRE(client);
  REQUIRE((*client)->get("a", 10));
  server->stop();
  CHECK(error_of((*client)->get("a", 10)).code == ErrorCode::kHttpFailed);
}

TEST_CASE("plain HTTP stays on this machine unless it is asked for") {
  CHECK(listen("127.0.0.1:0"));
  CHECK(listen("[::1]:0"));
  for (const char* where : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "127.0.0.1", "localhost:80",
                            "127.0.0.1:65536", "127.0.0.1:x", ":80", "127.0.0.1:+1", ""}) {
    INFO(where);
    const auto refused = listen(where);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kConfigValue);
  }
  admin::HttpServer::Config config;
  config.listen = "0.0.0.0:0";
  config.insecure = true;
  CHECK(admin::HttpServer::open(config, echo()));
}

TEST_CASE("an address that is taken is named") {
  const auto first = listen("127.0.0.1:0");
  REQUIRE(first);
  const std::string where = (*first)->url().substr(7);
  const auto second = listen(where);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kTransportFailed);
  CHECK(second.error().field == where);
}

TEST_CASE("over TLS a client certificate of the CA opens the log") {
  const Certificates certificates;
  admin::HttpServer::Config config;
  config.certificate = certificates.pem("server");
  config.key = certificates.key("server");
  config.client_ca = certificates.pem("ca");
  ServedLog served(config);
  served.log.files = {{"checkpoint", Bytes(3, 1)}, {"tile/0/000", Bytes(8192, 2)}};
  admin::HttpAccess access;
  access.ca_file = certificates.pem("ca");

  SECTION("anyone gets the checkpoint") {
    const auto client = served.client(access);
    CHECK(get(*client, "checkpoint").body == Bytes(3, 1));
    CHECK(get(*client, "tile/0/000").status == 401);
  }
  SECTION("a client of the CA gets a tile") {
    access.certificate = certificates.pem("client");
    access.key = certificates.key("client");
    const auto client = served.client(access);
    CHECK(get(*client, "tile/0/000").body == Bytes(8192, 2));
    CHECK(get(*client, "checkpoint").body == Bytes(3, 1));
  }
  SECTION("a token works as well") {
    access.token = kToken;
    CHECK(get(*served.client(access), "tile/0/000").status == 200);
  }
  SECTION("a client of another CA is not talked to") {
    access.certificate = certificates.pem("stranger");
    access.key = certificates.key("stranger");
    CHECK(error_of(served.client(access)->get("checkpoint", 10)).code == ErrorCode::kHttpFailed);
  }
  SECTION("a server that the client's CA does not know is not asked") {
    access.ca_file = certificates.pem("other-ca");
    access.token = kToken;
    const Error error = error_of(served.client(access)->get("checkpoint", 10));
    CHECK(error.detail.starts_with("TLS: "));
    CHECK(to_string(error).find(kToken) == std::string::npos);
  }
  SECTION("a name that the certificate does not hold is refused") {
    std::string url = served.server->url();
    url.replace(url.find("127.0.0.1"), 9, "localhost");
    const auto client = admin::HttpClient::open(url, access);
    REQUIRE(client);
    CHECK(error_of((*client)->get("checkpoint", 10)).detail.starts_with("TLS: "));
  }
  SECTION("plain HTTP gets nothing") {
    const std::string answer = raw_http(served.server->url(), "GET /checkpoint HTTP/1.0\r\n\r\n");
    CHECK(answer.find("HTTP") == std::string::npos);
  }
}

TEST_CASE("certificates that cannot be read are named") {
  const Certificates certificates;
  admin::HttpServer::Config config;
  config.listen = "127.0.0.1:0";
  config.certificate = certificates.pem("server");
  config.key = certificates.key("client");
  const auto mismatched = admin::HttpServer::open(config, echo());
  REQUIRE_FALSE(mismatched);
  CHECK(mismatched.error().field == certificates.key("client"));
  config.key = certificates.key("nobody");
  CHECK_FALSE(admin::HttpServer::open(config, echo()));
  admin::HttpAccess access;
  access.ca_file = certificates.pem("nobody");
  const auto client = admin::HttpClient::open("https://127.0.0.1:1", access);
  REQUIRE_FALSE(client);
  CHECK(client.error().code == ErrorCode::kFileUnreadable);
}

namespace {

// A log behind TLS, and who gets a tile of it.
struct TlsLog {
  explicit TlsLog(const std::filesystem::path& revoked = {}) : served(config(revoked)) {
    served.log.files = {{"checkpoint", Bytes(3, 1)}, {"tile/0/000", Bytes(8192, 2)}};
  }
  admin::HttpServer::Config config(const std::filesystem::path& revoked) const {
    admin::HttpServer::Config config;
    config.certificate = certificates.pem("server");
    config.key = certificates.key("server");
    config.client_ca = certificates.pem("ca");
    config.client_crl = revoked;
    return config;
  }
  admin::HttpAccess access(const std::string& name) const {
    admin::HttpAccess access;
    access.ca_file = certificates.pem("ca");
    access.certificate = certificates.pem(name);
    access.key = certificates.key(name);
    return access;
  }
  bool opens(const std::string& name) {
    const auto answer = served.client(access(name))->get("tile/0/000", 10'000);
    return answer && answer->status == 200;
  }

  Certificates certificates;
  ServedLog served;
};

}  // namespace

TEST_CASE("only a certificate that was made for a client opens the log") {
  TlsLog log;
  CHECK(log.opens("client"));
  for (const char* name : {"server", "ca", "bare", "server-only", "below", "stranger"}) {
    INFO(name);
    CHECK_FALSE(log.opens(name));
  }
}

TEST_CASE("a certificate that its authority has revoked opens nothing, from the next reading on") {
  TlsLog log;
  const auto list = log.certificates.revoke("list", "ca", {});
  log.served.server->stop();
  ServedLog served(log.config(list));
  served.log.files = log.served.log.files;
  const auto opens = [&](admin::HttpClient& client) {
    const auto answer = client.get("tile/0/000", 10'000);
    return answer && answer->status == 200;
  };
  const auto kept = served.client(log.access("client"));
  REQUIRE(opens(*kept));
  log.certificates.revoke("list", "ca", {"client"});
  CHECK(opens(*kept));

  REQUIRE(served.server->reload());
  CHECK_FALSE(opens(*served.client(log.access("client"))));
  // A connection from before has ended too.
  CHECK_FALSE(opens(*kept));
  admin::HttpAccess token;
  token.ca_file = log.certificates.pem("ca");
  token.token = kToken;
  CHECK(opens(*served.client(token)));
}

TEST_CASE("a list of revoked certificates that is over lets no certificate in") {
  TlsLog log;
  const auto list = log.certificates.revoke("list", "ca", {}, true);
  ServedLog served(log.config(list));
  served.log.files = log.served.log.files;
  const auto client = served.client(log.access("client"));
  CHECK_FALSE(client->get("tile/0/000", 10'000));
  log.certificates.revoke("list", "ca", {});
  REQUIRE(served.server->reload());
  CHECK(client->get("tile/0/000", 10'000)->status == 200);
}

TEST_CASE("a list that cannot be read or is another's is refused at a start and left out later") {
  TlsLog log;
  const auto list = log.certificates.revoke("list", "ca", {});
  auto config = log.config(list);
  config.listen = "127.0.0.1:0";
  const auto server = admin::HttpServer::open(config, echo());
  REQUIRE(server);
  const auto refused = [&](ErrorCode code) {
    const auto again = (*server)->reload();
    REQUIRE_FALSE(again);
    CHECK(again.error().code == code);
    CHECK(again.error().field == list.string());
    CHECK(admin::HttpServer::open(config, echo()).error().code == code);
  };
  log.certificates.revoke("list", "other-ca", {});
  refused(ErrorCode::kConfigValue);
  std::filesystem::remove(list);
  refused(ErrorCode::kFileUnreadable);
  std::filesystem::copy_file(log.certificates.pem("ca"), list);
  refused(ErrorCode::kFileUnreadable);
}
