#include "tests/support/certificates.h"

#include <fstream>
#include <stdexcept>

#include "tests/support/child_process.h"

namespace rujukan::test {

Certificates::Certificates() {
  make("ca", "", "", true);
  make("server", "ca", "serverAuth,clientAuth");
  make("client", "ca", "clientAuth");
  make("bare", "ca", "");
  make("server-only", "ca", "serverAuth");
  make("below", "ca", "clientAuth", true);
  make("other-ca", "", "", true);
  make("stranger", "other-ca", "clientAuth");
}

void Certificates::make(const std::string& name, const std::string& issuer,
                        const std::string& usage, bool is_authority) const {
  std::vector<std::string> command{"req",
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
  const auto add = [&command](const std::string& option, const std::string& value) {
    command.push_back(option);
    command.push_back(value);
  };
  if (!issuer.empty()) {
    add("-CA", pem(issuer).string());
    add("-CAkey", key(issuer).string());
    add("-addext",
        is_authority ? "basicConstraints=critical,CA:TRUE" : "basicConstraints=critical,CA:FALSE");
    add("-addext", "subjectAltName=IP:127.0.0.1");
  }
  if (!usage.empty()) add("-addext", "extendedKeyUsage=" + usage);
  run(std::move(command));
}

std::filesystem::path Certificates::revoke(const std::string& name, const std::string& authority,
                                           const std::vector<std::string>& revoked,
                                           bool over) const {
  const auto index = folder_.path() / (authority + ".index");
  const auto settings = folder_.path() / (authority + ".cnf");
  std::ofstream(index, std::ios::app).flush();
  std::ofstream(settings) << "[ca]\ndefault_ca = x\n[x]\ndatabase = " << index.string()
                          << "\ndefault_md = sha256\n";
  const std::vector<std::string> common{"ca",
                                        "-config",
                                        settings.string(),
                                        "-keyfile",
                                        key(authority).string(),
                                        "-cert",
                                        pem(authority).string()};
  for (const std::string& one : revoked) {
    auto command = common;
    command.insert(command.end(), {"-revoke", pem(one).string()});
    run(std::move(command));
  }
  auto command = common;
  command.insert(command.end(), {"-gencrl", "-out", pem(name).string()});
  if (over) {
    command.insert(command.end(),
                   {"-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"});
  } else {
    command.insert(command.end(), {"-crldays", "2"});
  }
  run(std::move(command));
  return pem(name);
}

void Certificates::run(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "/usr/bin/openssl");
  ChildProcess openssl(arguments, folder_ / "errors");
  if (openssl.wait() != 0) throw std::runtime_error(openssl.errors());
}

std::filesystem::path Certificates::pem(const std::string& name) const {
  return folder_.path() / (name + ".pem");
}
std::filesystem::path Certificates::key(const std::string& name) const {
  return folder_.path() / (name + ".key");
}

}  // namespace rujukan::test
