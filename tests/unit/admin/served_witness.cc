#include "tests/unit/admin/served_witness.h"

#include "broker/base/limits.h"
#include "broker/merkle/note.h"

namespace rujukan::test {

Ed25519SecretKey witness_secret(const std::string& name) {
  return Ed25519SecretKey::from_seed(seed_of("witness " + name));
}

merkle::CosignerKey witness_key(const std::string& name) {
  return {name, witness_secret(name).public_key()};
}

std::unique_ptr<admin::HttpServer> serve_witness(admin::HttpServer::Handler handler) {
  admin::HttpServer::Config config;
  config.listen = "127.0.0.1:0";
  config.max_body = limits::kWitnessRequestBytes;
  auto opened = admin::HttpServer::open(config, std::move(handler));
  if (!opened) FAIL(to_string(opened.error()));
  (*opened)->start();
  return *std::move(opened);
}

ServedWitness::ServedWitness(const std::filesystem::path& state_file, const std::string& name,
                             const merkle::NoteKey& log) {
  auto opened = admin::Witness::open(state_file.string(), {name, witness_secret(name)}, {log},
                                     clock, [this](const Error&) { failed = true; });
  if (!opened) FAIL(to_string(opened.error()));
  witness = *std::move(opened);
  server =
      serve_witness([this](const admin::HttpRequest& request) { return witness->answer(request); });
}

}  // namespace rujukan::test
