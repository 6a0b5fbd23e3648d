#include "broker/merkle/receipt.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/base/limits.h"
#include "broker/merkle/proof.h"

using namespace rujukan;
using namespace rujukan::merkle;

namespace {

const Ed25519SecretKey& log_secret() {
  static const auto key = Ed25519SecretKey::from_seed(Seed{9});
  return key;
}
NoteKey log_key() { return {"log.example/main", log_secret().public_key()}; }

Bytes entry(std::size_t n) { return to_bytes(as_bytes("entry " + std::to_string(n))); }

// The receipt of entry `index` in a log of `size` entries.
Receipt receipt_of(std::size_t index, std::size_t size) {
  std::vector<Digest> leaves;
  for (std::size_t n = 0; n < size; ++n) leaves.push_back(leaf_hash(entry(n)));
  const Checkpoint checkpoint{"log.example/main", size, root_of(leaves)};
  return {LogIndex{index}, entry(index), path_of(leaves, index),
          sign_checkpoint(checkpoint, log_secret())};
}

// Which of the two steps refuses is not the point.
bool accepted(const std::string& text) {
  const auto receipt = receipt_from_text(text);
  return receipt.ok() && verify_receipt(*receipt, log_key()).ok();
}

}  // namespace

TEST_CASE("a receipt verifies and gives its checkpoint") {
  for (const std::size_t size : {1, 2, 3, 7, 8}) {
    for (std::size_t index = 0; index < size; ++index) {
      const auto checkpoint = verify_receipt(receipt_of(index, size), log_key());
      REQUIRE(checkpoint.ok());
      CHECK(checkpoint->size == size);
    }
  }
}

TEST_CASE("a receipt for another entry or index or log is refused") {
  const Receipt good = receipt_of(3, 7);
  Receipt other_entry = good;
  other_entry.entry = entry(4);
  CHECK(verify_receipt(other_entry, log_key()).error().code == ErrorCode::kProofInvalid);
  Receipt other_index = good;
  other_index.index = LogIndex{4};
  CHECK(verify_receipt(other_index, log_key()).error().code == ErrorCode::kProofInvalid);
  Receipt other_checkpoint = good;
  other_checkpoint.checkpoint = receipt_of(3, 6).checkpoint;
  CHECK(verify_receipt(other_checkpoint, log_key()).error().code == ErrorCode::kProofInvalid);
  const NoteKey other_log{"log.example/main", Ed25519SecretKey::from_seed(Seed{8}).public_key()};
  CHECK(verify_receipt(good, other_log).error().code == ErrorCode::kSignatureInvalid);
}

TEST_CASE("a receipt verifies under a policy when its checkpoint has the quorum") {
  const auto witness = Ed25519SecretKey::from_seed(Seed{11});
  const CosignerKey key{"witness.example/w", witness.public_key()};
  const auto policy =
      parse_policy("log " + log_key().to_vkey() + "\nwitness w " + key.to_vkey() + "\nquorum w\n");
  REQUIRE(policy.ok());
  const Receipt plain = receipt_of(3, 7);
  CHECK(verify_receipt(plain, *policy).error().code == ErrorCode::kWitnessQuorum);
  Receipt good = plain;
  const std::string text = good.checkpoint.substr(0, good.checkpoint.find("\n\n") + 1);
  good.checkpoint += cosign(text, key.name, witness, 1700000000);
  const auto trusted = verify_receipt(good, *policy);
  REQUIRE(trusted.ok());
  CHECK(trusted->checkpoint.size == 7);
  REQUIRE(trusted->cosigned.size() == 1);
  CHECK(trusted->cosigned[0].time_s == 1700000000);
  // Through the file form, and for another entry, index or time.
  CHECK(verify_receipt(*receipt_from_text(receipt_to_text(good)), *policy).ok());
  Receipt bad = good;
  bad.entry = entry(4);
  CHECK(verify_receipt(bad, *policy).error().code == ErrorCode::kProofInvalid);
  bad = good;
  bad.index = LogIndex{4};
  CHECK(verify_receipt(bad, *policy).error().code == ErrorCode::kProofInvalid);
  bad = plain;
  bad.checkpoint += cosign(text + "more\n", key.name, witness, 1700000000);
  CHECK(verify_receipt(bad, *policy).error().code == ErrorCode::kSignatureInvalid);
}

TEST_CASE("a receipt is written as a tlog-proof with the entry on the extra line") {
  const Receipt receipt = receipt_of(1, 3);
  CHECK(receipt_to_text(receipt) == "c2sp.org/tlog-proof@v1\nextra " + to_base64(receipt.entry) +
                                        "\nindex 1\n" + to_base64(receipt.path[0]) + "\n" +
                                        to_base64(receipt.path[1]) + "\n\n" + receipt.checkpoint);
  const Receipt only = receipt_of(0, 1);
  CHECK(receipt_to_text(only) == "c2sp.org/tlog-proof@v1\nextra " + to_base64(only.entry) +
                                     "\nindex 0\n\n" + only.checkpoint);
}

TEST_CASE("a receipt survives its text form") {
  for (const std::size_t size : {1, 2, 5, 200}) {
    const Receipt receipt = receipt_of(size / 2, size);
    const auto read = receipt_from_text(receipt_to_text(receipt));
    REQUIRE(read.ok());
    CHECK(*read == receipt);
  }
}

TEST_CASE("a receipt's text with any bit flipped or cut anywhere is refused") {
  const std::string text = receipt_to_text(receipt_of(2, 5));
  REQUIRE(accepted(text));
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string bad = text;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    INFO("bit " << bit);
    CHECK_FALSE(accepted(bad));
  }
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(accepted(text.substr(0, size)));
}

TEST_CASE("malformed receipt texts are refused") {
  const Receipt receipt = receipt_of(2, 5);
  const std::string extra = "extra " + to_base64(receipt.entry) + "\n";
  const std::string rest = "\n" + receipt.checkpoint;
  const std::string hash = to_base64(receipt.path[0]) + "\n";
  std::string many;
  for (int i = 0; i < 64; ++i) many += hash;
  const std::string header = "c2sp.org/tlog-proof@v1\n";
  const std::string big = "extra " + to_base64(Bytes(limits::kEntryBytes + 1)) + "\n";
  for (const std::string& text :
       {std::string(), "c2sp.org/tlog-proof@v2\n" + extra + "index 2\n" + hash + rest,
        extra + "index 2\n" + hash + rest, header + "index 2\n" + hash + rest,
        header + "extra \nindex 2\n" + hash + rest, header + big + "index 2\n" + hash + rest,
        header + extra + hash + rest, header + extra + "index 02\n" + hash + rest,
        header + extra + "index -2\n" + hash + rest, header + extra + "index 2\nAAAA\n" + rest,
        header + extra + "index 2\n" + many + rest, header + extra + "index 2\n" + hash,
        header + extra + "index 2\n" + hash + "\n"}) {
    INFO(text.substr(0, 200));
    const auto read = receipt_from_text(text);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::kProofInvalid);
  }
}

TEST_CASE("a proof whose entry lies beside it leaves out a line that is too long") {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{49'000}, std::size_t{49'200}, limits::kEntryBytes}) {
    Receipt receipt = receipt_of(2, 5);
    receipt.entry.assign(size, 7);
    const std::string text = proof_to_text(receipt);
    CHECK((text.find("\nextra ") == std::string::npos) == (size > 49'146));
    const auto read = receipt_from_text(text, receipt.entry);
    REQUIRE(read);
    CHECK(*read == receipt);
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t to = text.find('\n', from);
      CHECK(to - from < 64 * 1024);
      from = to + 1;
    }
  }
}

TEST_CASE("a proof with another entry than the one beside it is refused") {
  const Receipt receipt = receipt_of(2, 5);
  Bytes other = receipt.entry;
  other.push_back(1);
  const auto read = receipt_from_text(proof_to_text(receipt), other);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::kProofInvalid);
  CHECK(read.error().field == "extra");
}
