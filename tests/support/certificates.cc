#include "tests/support/certificates.h"

#include <stdexcept>
#include <vector>

#include "tests/support/child_process.h"

namespace rujukan::test {

Certificates::Certificates() {
  make("ca", "");
  make("server", "ca");
  make("client", "ca");
  make("other-ca", "");
  make("stranger", "other-ca");
}

void Certificates::make(const std::string& name, const std::string& issuer) const {
  std::vector<std::string> command{"/usr/bin/openssl",
                                   "req",
                                   "-x509",
                                   "-newkey",
                                   "ec",
                                   "-pkeyopt",
                                   "ec_paramgen_curve:P-256",
                                   "-nodes",
                                   "-days",
                                   "2",
                                   "-subj",
                                   "/CN=" + name,
                                   "-keyout",
                                   key(name).string(),
                                   "-out",
                                   pem(name).string()};
  if (!issuer.empty()) {
    for (const std::string& word :
         {std::string("-CA"), pem(issuer).string(), std::string("-CAkey"), key(issuer).string(),
          std::string("-addext"), std::string("basicConstraints=critical,CA:FALSE"),
          std::string("-addext"), std::string("subjectAltName=IP:127.0.0.1")}) {
      command.push_back(word);
    }
  }
  ChildProcess openssl(command, folder_ / "errors");
  if (openssl.wait() != 0) throw std::runtime_error(openssl.errors());
}

std::filesystem::path Certificates::pem(const std::string& name) const {
  return folder_.path() / (name + ".pem");
}
std::filesystem::path Certificates::key(const std::string& name) const {
  return folder_.path() / (name + ".key");
}

}  // namespace rujukan::test
