#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "broker/crypto/ed25519.h"
#include "tests/unit/cli/data_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Ran verify_log(const DataFolder& data) {
  return run_cli({"log", "verify", data.path(), "--log-key", data.log_key(), "--json"});
}

// The log does not verify, and a finding has this index and these words.
void check_found(const DataFolder& data, int index, const std::string& words) {
  const Ran ran = verify_log(data);
  CAPTURE(ran.out, ran.err);
  CHECK(ran.exit_code == 1);
  const json report = json::parse(ran.out);
  CHECK(report["verifies"] == false);
  REQUIRE_FALSE(report["findings"].empty());
  CHECK(report["findings"][0]["index"] == index);
  CHECK(report["findings"][0]["reason"].get<std::string>().find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("a log as the broker writes it verifies") {
  const DataFolder data;
  const Ran ran = verify_log(data);
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  const json report = json::parse(ran.out);
  CHECK(report["entries"] == 3);
  CHECK(report["checkpoints"] == 2);
  CHECK(report["signatures_checked"] == true);
  CHECK(report["cases"] == 1);
  CHECK(report["cases_with_one_owner_at_every_entry"] == 1);
  CHECK(report["open"] == 1);
  CHECK(report["closed"] == 0);
  CHECK(report["findings"].empty());
}

TEST_CASE("without a key the roots are checked and the answer says so") {
  const DataFolder data;
  const Ran ran = run_cli({"log", "verify", data.path()});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("log verifies: 3 entries, 2 checkpoints (roots only") == 0);
  CHECK(ran.out.find("\ncases: 1 of 1 had exactly one owner at every entry; 1 open, 0 closed\n") !=
        std::string::npos);
}

TEST_CASE("a checkpoint with another root is found") {
  check_found(DataFolder({.checkpoint =
                              [](auto& c) {
                                if (c.size == 3) c.root[0] ^= 1;
                              }}),
              2, "checkpoint of size 3: its root");
}

TEST_CASE("a checkpoint that says another size is found") {
  check_found(DataFolder({.checkpoint =
                              [](auto& c) {
                                if (c.size == 3) c.size = 4;
                              }}),
              2, "it says size 4");
}

TEST_CASE("a checkpoint of another log is found") {
  check_found(DataFolder({.checkpoint = [](auto& c) { c.origin = "example.org/other"; }}), 1,
              "checkpoint of size 2");
}

TEST_CASE("an entry that no checkpoint covers is found") {
  Tampering tampering;
  tampering.last_checkpoint = false;
  check_found(DataFolder(tampering), 2, "no checkpoint covers this entry");
}

TEST_CASE("time that does not advance is found") {
  check_found(DataFolder({.entry =
                              [](Entry& e) {
                                if (to_number(e.index) == 2) e.time -= std::chrono::microseconds(1);
                              }}),
              2, "not after the entry before");
}

TEST_CASE("an entry that says another index is found") {
  check_found(DataFolder({.entry =
                              [](Entry& e) {
                                if (to_number(e.index) == 1) e.index = LogIndex{5};
                              }}),
              1, "says that its index is 5");
}

TEST_CASE("an owner that does not follow from the events is found") {
  check_found(DataFolder({.entry =
                              [](Entry& e) {
                                if (to_number(e.index) == 2) e.outcome.owner = UnitId("kpai");
                              }}),
              2, "owner kpai, by the events it is polri.polda.metro-jaya.siber");
}

TEST_CASE("a log signed by another key does not verify") {
  const DataFolder data;
  const merkle::NoteKey other{"example.org/log", Ed25519SecretKey::from_seed({5}).public_key()};
  const Ran ran = run_cli({"log", "verify", data.path(), "--log-key", other.to_vkey()});
  CHECK(ran.exit_code == 1);
  CHECK(ran.out.find("log DOES NOT VERIFY") != std::string::npos);
}

TEST_CASE("a folder without a database is bad input") {
  const TemporaryFolder empty;
  const Ran ran = run_cli({"log", "verify", empty.path()});
  CHECK(ran.exit_code == 2);
  CHECK_FALSE(ran.err.empty());
}

TEST_CASE("a receipt verifies and one with a changed byte does not") {
  const DataFolder data;
  const auto verify = [&] {
    return run_cli({"receipt", "verify", data.receipt_file(), "--log-key", data.log_key()});
  };
  CHECK(verify().exit_code == 0);
  std::string text = text_of(data.receipt_file());
  const std::size_t hash = text.find("\nindex 1\n") + 9;
  text[hash] = text[hash] == 'A' ? 'B' : 'A';
  std::ofstream(data.receipt_file(), std::ios::trunc) << text;
  const Ran ran = verify();
  CHECK(ran.exit_code == 1);
  CHECK(ran.err.find("proof.invalid") != std::string::npos);
}

TEST_CASE("the table of cases says whether a receipt was found") {
  const DataFolder data;
  const auto cases = [&](const std::string& receipts) {
    return run_cli({"cases", "--data", data.path(), "--receipts", receipts, "--log-key",
                    data.log_key(), "--json"});
  };
  const Ran found = cases(data.receipts());
  INFO(found.err);
  CHECK(found.exit_code == 0);
  const json rows = json::parse(found.out);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["case"] == to_string(data.case_id()));
  CHECK(rows[0]["owner"] == "polri.polda.metro-jaya.siber");
  CHECK(rows[0]["index"] == 1);
  CHECK(rows[0]["receipt_verified"] == true);
  const TemporaryFolder empty;
  const Ran missing = cases(empty.path());
  CHECK(missing.exit_code == 1);
  CHECK(json::parse(missing.out)[0]["receipt_verified"] == false);
}

TEST_CASE("the table of cases names units and needs for people") {
  const DataFolder data;
  const Ran ran = run_cli({"cases", "--data", data.path()});
  CHECK(ran.exit_code == 0);
  for (const char* words :
       {"polri.polda.metro-jaya.siber", "protection uptd-ppa.31", "victim 31.71", "accepted"}) {
    CHECK(ran.out.find(words) != std::string::npos);
  }
}

TEST_CASE("the cases for scripts are lines of nine fields") {
  const DataFolder data;
  const Ran ran = run_cli({"cases", "--data", data.path(), "--tsv"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.out == to_string(data.case_id()) +
                       "\tkpai\tonline\tpolri.polda.metro-jaya.siber\t0\topen\taccepted\t1\t-\n");
}

TEST_CASE("a case is shown with its chain and its timeline") {
  const DataFolder data;
  const Ran ran = run_cli({"case", to_string(data.case_id()), "--data", data.path(), "--json"});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const json shown = json::parse(ran.out);
  CHECK(shown["assignments"][1]["chain"] == json({"uptd-ppa.31", "kemenpppa.sapa"}));
  REQUIRE(shown["timeline"].size() == 2);
  CHECK(shown["timeline"][0]["cause"]["message"]["kind"] == "referral");
  CHECK(shown["timeline"][1]["outcome"]["events"][0]["event"] == "accepted");
}

TEST_CASE("a case that is not there is a negative answer and a bad id is bad input") {
  const DataFolder data;
  const std::string other = "0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44";
  CHECK(run_cli({"case", other, "--data", data.path()}).exit_code == 1);
  CHECK(run_cli({"case", "not-a-case", "--data", data.path()}).exit_code == 2);
}

}  // namespace rujukan::test
