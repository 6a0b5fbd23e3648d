// Bytes to an HTTP server, whatever they are, and what comes back.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <iterator>
#include <string>

namespace rujukan::test {

// Sends `bytes` to "http://HOST:PORT" and reads until the server closes; nothing when it does not
// within 10 s.
inline std::string raw_http(const std::string& url, const std::string& bytes) {
  const std::string authority = url.substr(url.rfind('/') + 1);
  const auto colon = authority.rfind(':');
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(std::chrono::seconds(10));
  stream.connect(authority.substr(0, colon), authority.substr(colon + 1));
  stream << bytes << std::flush;
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace rujukan::test
