// Where a server is: the part of a URL that stays the same for all its files.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace rujukan::admin {

struct Url {
  bool tls = false;
  std::string host;    // without the brackets of an IPv6 address
  std::string port;    // decimal; the scheme's own when the text has none
  std::string prefix;  // "" or "/a/b", without a slash at its end

  // What the Host field of a request says.
  std::string authority() const;
  std::string text() const;
  // Whether packets to it stay on this machine.
  bool is_loopback() const;
};

// "http://HOST[:PORT][/PREFIX]" or https. Errors: config.value for anything else, such as a user's
// name, a query, or a character that would need an escape.
Result<Url> parse_url(std::string_view text);

}  // namespace rujukan::admin
