// Certificates of one test: a CA, a server at 127.0.0.1, a client, and what must not pass for one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace rujukan::test {

// Files NAME.pem and NAME.key, made by the openssl command:
//   ca, other-ca              authorities
//   server                    of ca, for servers and clients; the test's server shows it
//   client                    of ca, for clients
//   bare, server-only, below  of ca: for nothing in particular, for servers, an authority below ca
//   that
//                             may also be a client
//   stranger                  of other-ca, for clients
class Certificates {
 public:
  Certificates();
  std::filesystem::path pem(const std::string& name) const;
  std::filesystem::path key(const std::string& name) const;
  // Replaces NAME.pem by `authority`'s list of what it revoked, which it then has revoked for good.
  std::filesystem::path revoke(const std::string& name, const std::string& authority,
                               const std::vector<std::string>& revoked, bool over = false) const;

 private:
  void make(const std::string& name, const std::string& issuer, const std::string& usage,
            bool is_authority = false) const;
  void run(std::vector<std::string> arguments) const;
  TemporaryFolder folder_;
};

}  // namespace rujukan::test
