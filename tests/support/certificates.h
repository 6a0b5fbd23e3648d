// Certificates of one test: a CA, a server at 127.0.0.1, a client, and a client of another CA.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace rujukan::test {

// Files NAME.pem and NAME.key, made by the openssl command: "ca", "server", "client", "other-ca",
// "stranger".
class Certificates {
 public:
  Certificates();
  std::filesystem::path pem(const std::string& name) const;
  std::filesystem::path key(const std::string& name) const;

 private:
  void make(const std::string& name, const std::string& issuer) const;
  TemporaryFolder folder_;
};

}  // namespace rujukan::test
