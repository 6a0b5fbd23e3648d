#include <catch2/catch.hpp>

#include "broker/merkle/policy.h"
#include "broker/runtime/file.h"
#include "tests/unit/cli/data_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

Ed25519SecretKey witness_secret() { return Ed25519SecretKey::from_seed({7, 7}); }
const std::string kWitness = "witness.example/w";

// A policy that asks for the witness, and a receipt file with its line or without.
struct Witnessed {
  Witnessed(const DataFolder& data, bool cosigned) {
    const merkle::CosignerKey key{kWitness, witness_secret().public_key()};
    write("policy",
          "log " + data.log_key() + "\nwitness north " + key.to_vkey() + "\nquorum north\n");
    std::string text = *read_file(data.receipt_file(), 100'000);
    // The checkpoint follows the first empty line.
    const std::string note = text.substr(text.find("\n\n") + 2);
    const std::string checkpoint = note.substr(0, note.find("\n\n") + 1);
    if (cosigned) text += merkle::cosign(checkpoint, kWitness, witness_secret(), 1'770'000'007);
    write("receipt", text);
  }
  void write(const char* name, const std::string& text) const {
    REQUIRE(write_file_durably(folder / name, as_bytes(text)));
  }
  Ran verify() const {
    return run_cli({"receipt", "verify", folder / "receipt", "--policy", folder / "policy"});
  }
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("a receipt with its witness verifies offline and says who saw it when") {
  const DataFolder data;
  const Witnessed witnessed(data, true);
  const Ran ran = witnessed.verify();
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find(": verifies: entry 1 of ") != std::string::npos);
  CHECK(ran.out.find("\n  logged 2026-02-02T02:40:00.000001Z\n") != std::string::npos);
  CHECK(ran.out.find("\n  witnessed 2026-02-02T02:40:07.000000Z by north\n") != std::string::npos);
}

TEST_CASE("a receipt below the quorum does not verify") {
  const DataFolder data;
  const Ran ran = Witnessed(data, false).verify();
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.find("witness.quorum") != std::string::npos);
  CHECK(ran.out.empty());
}

TEST_CASE("a receipt verifies under a log key alone") {
  const DataFolder data;
  const Ran ran = run_cli({"receipt", "verify", data.receipt_file(), "--log-key", data.log_key()});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("witnessed") == std::string::npos);
}

TEST_CASE("a receipt is proven anew against the newest checkpoint of its log") {
  const DataFolder data;
  const TemporaryFolder folder;
  const std::string renewed = folder / "renewed";
  const Ran made = run_cli({"receipt", "renew", data.receipt_file(), data.path(), "--log-key",
                            data.log_key(), "-o", renewed});
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  CHECK(std::filesystem::status(renewed).permissions() == std::filesystem::perms(0600));
  const Ran ran = run_cli({"receipt", "verify", renewed, "--log-key", data.log_key()});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find(": verifies: entry 1 of ") != std::string::npos);
  // The opening's own receipt is against the tree of two entries.
  CHECK(ran.out.find(" at size 3\n") != std::string::npos);
}

TEST_CASE("a receipt of another log is not proven anew") {
  const DataFolder data;
  const TemporaryFolder folder;
  std::string text = *read_file(data.receipt_file(), 100'000);
  const auto index = text.find("\nindex 1\n");
  REQUIRE(index != std::string::npos);
  text.replace(index, 9, "\nindex 0\n");
  REQUIRE(write_file_durably(folder / "moved", as_bytes(text)));
  const Ran ran = run_cli({"receipt", "renew", folder / "moved", data.path(), "--log-key",
                           data.log_key(), "-o", folder / "renewed"});
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.find("proof.invalid") != std::string::npos);
  CHECK_FALSE(read_file(folder / "renewed", 100));
}

TEST_CASE("a policy that is missing or not of its form is bad input") {
  const DataFolder data;
  const Witnessed witnessed(data, true);
  CHECK(run_cli({"receipt", "verify", data.receipt_file()}).exit_code == 2);
  CHECK(run_cli({"receipt", "verify", data.receipt_file(), "--policy", "/nothing"}).exit_code == 2);
  witnessed.write("policy", "log " + data.log_key() + "\n");
  const Ran ran = witnessed.verify();
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("policy.invalid") != std::string::npos);
}

}  // namespace rujukan::test
