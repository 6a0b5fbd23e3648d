#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "broker/merkle/note.h"
#include "broker/store/store.h"
#include "tests/support/log_folder.h"
#include "tests/unit/cli/run_cli.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

// A broker's data directory and a mirror of its log: a release, a referral, its acceptance.
class BrokersLog {
 public:
  BrokersLog() {
    const Message opening = referral_message(offline_facts(), 1);
    REQUIRE_FALSE(broker_.submit(opening).refusal);
    broker_.does(opening, "polres.a", Accept{Need::kInvestigation});
    broker_.stop();
    std::ofstream(policy()) << policy_in_test();
  }

  std::string data() const { return broker_.folder.path().string(); }
  std::string policy() const { return files_ / "policy"; }
  std::string state() const { return files_ / "state"; }
  std::string log_key() const { return broker_.note_key().to_vkey(); }
  void sql(const std::string& statement) { execute_sql(broker_.folder.path(), statement.c_str()); }
  // Replaces a stored checkpoint by one that the log signs.
  void sign(std::uint64_t stored_at, const merkle::Checkpoint& checkpoint) {
    const std::string note = merkle::sign_checkpoint(checkpoint, broker_.log_key);
    sql("UPDATE checkpoints SET note = '" + note + "' WHERE size = " + std::to_string(stored_at));
  }
  // The log as a folder, with entries changed.
  std::string mirror(const std::function<void(LogBytes&)>& change = [](LogBytes&) {}) {
    const auto opened = store::ReadOnlyStore::open(data());
    REQUIRE(opened);
    LogBytes log;
    REQUIRE((*opened)->reader().entries(LogIndex{0}, 100, [&](LogIndex, ByteView bytes) {
      log.entries.push_back(to_bytes(bytes));
      return true;
    }));
    log.releases = {signed_small_release()};
    change(log);
    write_log_folder(files_ / "mirror", log);
    return files_ / "mirror";
  }

 private:
  SequencerInTest broker_;
  TemporaryFolder files_;
};

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
  return out;
}

// The data directory does not verify, and the first finding is this one.
void check_found(const BrokersLog& log, int position, const char* code, const char* words) {
  const Ran ran = run_cli({"log", "verify", log.data(), "--log-key", log.log_key(), "--json"});
  CAPTURE(ran.out, ran.err);
  CHECK(ran.exit_code == 1);
  const auto lines = lines_of(ran.out);
  REQUIRE(lines.size() > 1);
  CHECK(lines.back()["verifies"] == false);
  CHECK(lines[0]["position"] == position);
  CHECK(lines[0]["code"] == code);
  CHECK(lines[0]["reason"].get<std::string>().find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("a log as the broker writes it verifies") {
  const BrokersLog log;
  const Ran ran = run_cli({"log", "verify", log.data(), "--policy", log.policy(), "--json"});
  INFO(ran.out << ran.err);
  CHECK(ran.exit_code == 0);
  const auto lines = lines_of(ran.out);
  REQUIRE(lines.size() == 1);
  const json& summary = lines[0];
  CHECK(summary["verifies"] == true);
  CHECK(summary["findings"] == 0);
  CHECK(summary["origin"] == kOrigin);
  CHECK(summary["entries"] == 3);
  CHECK(summary["checkpoints"] == 3);
  CHECK(summary["signatures_checked"] == true);
  CHECK(summary["cases"] == 1);
  CHECK(summary["cases_with_one_owner_at_every_entry"] == 1);
  CHECK(summary["open"] == 1);
  CHECK(summary["closed"] == 0);
}

TEST_CASE("a mirror of a log verifies") {
  BrokersLog log;
  const Ran ran = run_cli({"log", "verify", log.mirror(), "--policy", log.policy()});
  INFO(ran.out << ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("log verifies: 3 entries, 1 checkpoints (signatures and roots), root ") == 0);
  CHECK(ran.out.find("\ncases: 1 of 1 had exactly one owner at every entry; 1 open, 0 closed\n") !=
        std::string::npos);
}

TEST_CASE("without a key the roots of a data directory are checked and the answer says so") {
  const BrokersLog log;
  const Ran ran = run_cli({"log", "verify", log.data()});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("log verifies: 3 entries, 3 checkpoints (roots only") == 0);
}

TEST_CASE("a mirror is not verified without a key") {
  BrokersLog log;
  const Ran ran = run_cli({"log", "verify", log.mirror()});
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("--policy") != std::string::npos);
}

TEST_CASE("a finding is a line with its position and code and reason") {
  BrokersLog log;
  const std::string mirror = log.mirror([](LogBytes& files) { files.entries[2] = {}; });
  const Ran ran = run_cli({"log", "verify", mirror, "--policy", log.policy()});
  CHECK(ran.exit_code == 1);
  CHECK(ran.out.find("2: entry.malformed: ") == 0);
  CHECK(ran.out.find("\nlog DOES NOT VERIFY: 3 entries") != std::string::npos);
  CHECK(ran.out.find("\nentries: 1 damaged or missing") != std::string::npos);
}

TEST_CASE("a checkpoint with another root is found") {
  BrokersLog log;
  log.sign(2, {kOrigin, 2, Digest{1}});
  check_found(log, 1, "log.root", "checkpoint of size 2");
}

TEST_CASE("a newest checkpoint with another root is found") {
  BrokersLog log;
  log.sign(3, {kOrigin, 3, Digest{1}});
  check_found(log, 2, "log.root", "checkpoint of size 3");
}

TEST_CASE("a checkpoint that says another size is found") {
  BrokersLog log;
  log.sign(3, {kOrigin, 4, Digest{1}});
  check_found(log, 2, "checkpoint.invalid", "it says size 4");
}

TEST_CASE("a checkpoint of another log is found") {
  BrokersLog log;
  log.sign(2, {"example.org/other", 2, Digest{1}});
  check_found(log, 1, "signature.invalid", "checkpoint of size 2");
}

TEST_CASE("an entry that no checkpoint covers is found") {
  BrokersLog log;
  log.sql("DELETE FROM checkpoints WHERE size = 3");
  check_found(log, 2, "checkpoint.invalid", "no checkpoint covers this entry");
}

TEST_CASE("a payload that is gone is found") {
  BrokersLog log;
  log.sql("DELETE FROM payloads");
  check_found(log, 1, "payload.lost", "payload");
}

TEST_CASE("a log signed by another key does not verify") {
  BrokersLog log;
  const merkle::NoteKey other{kOrigin, Ed25519SecretKey::from_seed({5}).public_key()};
  for (const std::string& source : {log.data(), log.mirror()}) {
    const Ran ran = run_cli({"log", "verify", source, "--log-key", other.to_vkey()});
    CHECK(ran.exit_code == 1);
    CHECK(ran.out.find("signature.invalid") != std::string::npos);
    CHECK(ran.out.find("log DOES NOT VERIFY") != std::string::npos);
  }
}

TEST_CASE("a saved state is gone on from and one of something else is bad input") {
  BrokersLog log;
  const std::string mirror = log.mirror();
  const auto verify = [&](const std::string& state) {
    return run_cli({"log", "verify", mirror, "--policy", log.policy(), "--state", state});
  };
  CHECK(verify(log.state()).exit_code == 0);
  CHECK(verify(log.state()).exit_code == 0);
  const Ran ran = verify(log.policy());
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("state.invalid") != std::string::npos);
}

TEST_CASE("a folder without a log is bad input") {
  const TemporaryFolder empty;
  const BrokersLog log;
  const Ran ran = run_cli({"log", "verify", empty.path(), "--policy", log.policy()});
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("log.not_found") != std::string::npos);
}

TEST_CASE("a policy and a log key at once are bad usage") {
  const BrokersLog log;
  const Ran ran =
      run_cli({"log", "verify", log.data(), "--policy", log.policy(), "--log-key", log.log_key()});
  CHECK(ran.exit_code == 2);
}

}  // namespace rujukan::test
