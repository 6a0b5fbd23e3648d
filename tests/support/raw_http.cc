#include "tests/support/raw_http.h"

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <iterator>

namespace rujukan::test {

std::string raw_http(const std::string& url, const std::string& bytes, AfterSending after) {
  const std::string authority = url.substr(url.rfind('/') + 1);
  const auto colon = authority.rfind(':');
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(std::chrono::seconds(10));
  stream.connect(authority.substr(0, colon), authority.substr(colon + 1));
  stream << bytes << std::flush;
  boost::system::error_code closed_before;
  if (after == AfterSending::kEnd) {
    stream.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, closed_before);
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace rujukan::test
