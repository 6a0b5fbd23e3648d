#include "broker/admin/url.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace rujukan::admin {
namespace {

bool all_of_letters(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size() && number > 0 && number <= 65'535;
}

// Takes "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT" apart.
bool split_authority(std::string_view text, Url& url) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    url.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    boost::system::error_code why;
    boost::asio::ip::make_address_v6(url.host, why);
    if (why) return false;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    rest = text.substr(colon);
    if (url.host.empty() || !all_of_letters(url.host, ".-_")) return false;
  }
  url.port = url.tls ? "443" : "80";
  if (rest.empty()) return true;
  url.port = rest.substr(1);
  return rest.starts_with(':') && is_port(url.port);
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? "443" : "80") ? name : name + ":" + port;
}

std::string Url::text() const { return (tls ? "https://" : "http://") + authority() + prefix; }

bool Url::is_loopback() const {
  boost::system::error_code why;
  const auto address = boost::asio::ip::make_address(host, why);
  return why ? host == "localhost" : address.is_loopback();
}

Result<Url> parse_url(std::string_view text) {
  const Error refused{ErrorCode::kConfigValue, "url",
                      "must be http://HOST[:PORT][/PATH] or https, without a query or escapes"};
  Url url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) return refused;
  text.remove_prefix(url.tls ? 8 : 7);
  const auto slash = std::min(text.find('/'), text.size());
  url.prefix = text.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  if (!split_authority(text.substr(0, slash), url)) return refused;
  if (!all_of_letters(url.prefix, "/.-_~+")) return refused;
  return url;
}

}  // namespace rujukan::admin
