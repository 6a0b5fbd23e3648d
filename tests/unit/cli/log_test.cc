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

}  // namespace

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
