// A witness on a port of this machine.
#pragma once

#include <atomic>

#include "broker/admin/witness_server.h"
#include "broker/merkle/cosignature.h"
#include "tests/support/test_clock.h"
#include "tests/unit/admin/stored_log.h"

namespace rujukan::test {

Ed25519SecretKey witness_secret(const std::string& name);
merkle::CosignerKey witness_key(const std::string& name);

std::unique_ptr<admin::HttpServer> serve_witness(admin::HttpServer::Handler handler);

struct ServedWitness {
  ServedWitness(const std::filesystem::path& state_file, const std::string& name,
                const merkle::NoteKey& log);

  TestClock clock;
  std::atomic<bool> failed = false;
  std::unique_ptr<admin::Witness> witness;
  std::unique_ptr<admin::HttpServer> server;
};

}  // namespace rujukan::test
