#include "broker/merkle/policy.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"

using namespace rujukan;
using namespace rujukan::merkle;

namespace {

const std::string kOrigin = "log.example/main";
const Checkpoint kCheckpoint{kOrigin, 7, sha256(as_bytes("root"))};

Ed25519SecretKey secret(std::uint8_t n) { return Ed25519SecretKey::from_seed(Seed{n}); }
std::string log_vkey(std::uint8_t n, const std::string& name = kOrigin) {
  return NoteKey{name, secret(n).public_key()}.to_vkey();
}
std::string key_name(std::uint8_t n) { return "witness.example/" + std::to_string(n); }
std::string witness_vkey(std::uint8_t n) {
  return CosignerKey{key_name(n), secret(n).public_key()}.to_vkey();
}
std::string log_line(std::uint8_t n = 1) { return "log " + log_vkey(n) + "\n"; }
std::string witness_line(const std::string& name, std::uint8_t n) {
  return "witness " + name + " " + witness_vkey(n) + "\n";
}

// The example of the specification: two of the Xs and any of the Ys. Keys 11..13 and 21..23.
std::string example() {
  return log_line() + "\n# witnesses of one house\n" + witness_line("X1", 11) +
         witness_line("X2", 12) + witness_line("X3", 13) + "group X-witnesses 2 X1 X2 X3\n\n" +
         witness_line("Y1", 21) + witness_line("Y2", 22) + witness_line("Y3", 23) +
         "group Y-witnesses any Y1 Y2 Y3\n" +
         "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";
}

Policy policy_of(const std::string& text) {
  auto policy = parse_policy(text);
  INFO(text);
  REQUIRE(policy.ok());
  return std::move(policy).value();
}

std::string note_by(const std::vector<std::uint8_t>& witnesses) {
  std::string note = sign_checkpoint(kCheckpoint, secret(1));
  for (const std::uint8_t n : witnesses) {
    note += cosign(checkpoint_text(kCheckpoint), key_name(n), secret(n), 1000 + n);
  }
  return note;
}

ErrorCode code_of(const std::string& note, const Policy& policy) {
  const auto trusted = verify_checkpoint(note, policy);
  REQUIRE_FALSE(trusted.ok());
  return trusted.error().code;
}

}  // namespace

TEST_CASE("the example of the specification is read") {
  const Policy policy = policy_of(example());
  REQUIRE(policy.logs.size() == 1);
  CHECK(policy.logs[0].key.name == kOrigin);
  REQUIRE(policy.witnesses.size() == 6);
  CHECK(policy.witnesses[3].name == "Y1");
  CHECK(policy.witnesses[3].key.name == key_name(21));
  REQUIRE(policy.groups.size() == 3);
  CHECK(policy.groups[0].threshold == 2);
  CHECK(policy.groups[1].threshold == 1);
  CHECK(policy.groups[2].threshold == 2);
  CHECK(policy.groups[2].members == std::vector<std::string>{"X-witnesses", "Y-witnesses"});
  CHECK(policy.quorum == "X-and-Y");
  CHECK(policy.log(kOrigin) == policy.logs.data());
  CHECK(policy.log("log.example/other") == nullptr);
}

TEST_CASE("spaces and tabs and comments and other orders are read") {
  const Policy policy =
      policy_of("  \t\n\t# comment: \xE9 any bytes\n#\n \twitness\tK\xE9 " + witness_vkey(11) +
                "  https://w.example/ \t\nquorum \t K\xE9\n" + "log " + log_vkey(1) +
                " https://log.example/\n" + witness_line("none-of-them", 12) + "\n");
  CHECK(policy.witnesses[0].name == "K\xE9");
  CHECK(policy.witnesses[0].url == "https://w.example/");
  CHECK(policy.logs[0].url == "https://log.example/");
  CHECK(policy.quorum == "K\xE9");
  CHECK(policy_of("quorum none\n").quorum.empty());
}

TEST_CASE("a policy survives its text form") {
  for (const std::string& text :
       {example(), std::string("quorum none\n"),
        "log " + log_vkey(1) + " https://log.example/\n" + log_line(2) + "witness w " +
            witness_vkey(11) + " https://w.example/\nquorum w\n"}) {
    const Policy policy = policy_of(text);
    const std::string canonical = to_text(policy);
    const Policy again = policy_of(canonical);
    CHECK(to_text(again) == canonical);
    CHECK(again.logs.size() == policy.logs.size());
    CHECK(again.witnesses.size() == policy.witnesses.size());
    CHECK(again.groups.size() == policy.groups.size());
    CHECK(again.quorum == policy.quorum);
  }
  CHECK(to_text(policy_of("log " + log_vkey(1) + "  u\n# c\nquorum none\n")) ==
        "log " + log_vkey(1) + " u\nquorum none\n");
}

TEST_CASE("lines that are not of the grammar are refused with their number") {
  const std::string two = witness_line("a", 11) + witness_line("b", 12);
  const std::string log_key_of_witness = NoteKey{key_name(11), secret(11).public_key()}.to_vkey();
  std::vector<std::string> third_lines = {
      "quorum\n", "quorum a b\n", "quorum c\n", "quorum a", "Quorum a\n", "quorum a\r\n",
      "quorum a # comment\n", "group g any\n", "group g\n", "group g 0 a b\n", "group g 3 a b\n",
      "group g 01 a b\n", "group g +1 a b\n", "group g -1 a b\n", "group g most a b\n",
      "group g 18446744073709551617 a b\n", "group g any c\n", "group g any g\n",
      "group g any none\n", "group g any a a\n", "group a any b\n", "group none any a\n", "log\n",
      "log " + log_vkey(1) + " url more\n", "log " + witness_vkey(13) + "\n",
      "log " + log_vkey(1) + "x\n", "witness c\n", "witness c " + log_key_of_witness + "\n",
      "witness a " + witness_vkey(13) + "\n", "witness none " + witness_vkey(13) + "\n",
      "witness c " + witness_vkey(13) + " url more\n", "witness c " + witness_vkey(11) + "\n",
      // The same key under another name, and as a log's.
      "witness c " + CosignerKey{"other.example", secret(11).public_key()}.to_vkey() + "\n",
      "log " + log_vkey(11) + "\n", "logs\n", "x\n", "a\x01z\n", "# a\x7Fz\n",
      std::string("# a\0z\n", 6)};
  for (const std::string& third : third_lines) {
    INFO(third);
    const auto policy = parse_policy(two + third + "quorum none\n");
    REQUIRE_FALSE(policy.ok());
    CHECK(policy.error().code == ErrorCode::kPolicyInvalid);
    CHECK(policy.error().field == "line 3");
  }
  REQUIRE(parse_policy(two + "group g any a b\nquorum none\n").ok());
}

TEST_CASE("a policy has exactly one quorum line and ends in a newline") {
  const std::string two = witness_line("a", 11) + witness_line("b", 12);
  for (const std::string& text :
       {std::string(), std::string("\n"), two, two + "quorum a\nquorum a\n",
        two + "quorum none\nquorum a\n", two + "quorum a", std::string("quorum none\r\n"),
        "quorum none\n" + std::string(limits::kPolicyBytes, '\n')}) {
    const auto policy = parse_policy(text);
    REQUIRE_FALSE(policy.ok());
    CHECK(policy.error().code == ErrorCode::kPolicyInvalid);
  }
}

TEST_CASE("a name is a member of one group only") {
  const std::string two = witness_line("a", 11) + witness_line("b", 12);
  CHECK_FALSE(parse_policy(two + "group g any a\ngroup h any a\nquorum g\n").ok());
  CHECK_FALSE(parse_policy(two + "group g any a\ngroup h any g\ngroup i any g\nquorum i\n").ok());
  CHECK(parse_policy(two + "group g any a\ngroup h all g b\nquorum h\n").ok());
}

TEST_CASE("a log key stands once though two logs may have one origin") {
  CHECK_FALSE(parse_policy(log_line(1) + log_line(1) + "quorum none\n").ok());
  CHECK_FALSE(
      parse_policy(log_line(1) + "log " + log_vkey(1, "log.example/b") + "\nquorum none\n").ok());
  const Policy policy = policy_of(log_line(1) + log_line(2) + "quorum none\n");
  for (const std::uint8_t n : Bytes{1, 2}) {
    CHECK(verify_checkpoint(sign_checkpoint(kCheckpoint, secret(n)), policy).ok());
  }
}

TEST_CASE("a quorum is what the groups say for every set of witnesses") {
  const Policy policy = policy_of(example());
  const std::vector<std::string> names = {"X1", "X2", "X3", "Y1", "Y2", "Y3"};
  for (unsigned set = 0; set < 64; ++set) {
    std::vector<std::string> witnesses;
    for (unsigned i = 0; i < 6; ++i) {
      if ((set >> i & 1U) != 0) witnesses.push_back(names[i]);
    }
    const int xs = __builtin_popcount(set & 7U);
    const int ys = __builtin_popcount(set >> 3U);
    INFO(set);
    CHECK(is_quorum(policy, witnesses) == (xs >= 2 && ys >= 1));
  }
  CHECK_FALSE(is_quorum(policy, {"X-witnesses", "Y-witnesses"}));
  CHECK_FALSE(is_quorum(policy, {"X1", "X1", "Y1"}));
  CHECK_FALSE(is_quorum(policy, {"X-and-Y"}));
}

TEST_CASE("a checkpoint with its quorum is trusted with the witnesses' times") {
  const Policy policy = policy_of(example());
  const auto trusted = verify_checkpoint(note_by({22, 13, 11}), policy);
  REQUIRE(trusted.ok());
  CHECK(trusted->checkpoint == kCheckpoint);
  REQUIRE(trusted->cosigned.size() == 3);
  CHECK(trusted->cosigned[0].witness == "X1");
  CHECK(trusted->cosigned[0].time_s == 1011);
  CHECK(trusted->cosigned[2].witness == "Y2");
}

TEST_CASE("a checkpoint below its quorum is not trusted and the answer names who cosigned") {
  const Policy policy = policy_of(example());
  for (const auto& witnesses : std::vector<std::vector<std::uint8_t>>{
           {}, {11, 12}, {11, 21}, {11, 21, 22, 23}, {99, 98, 97}}) {
    CHECK(code_of(note_by(witnesses), policy) == ErrorCode::kWitnessQuorum);
  }
  CHECK(verify_checkpoint(note_by({11, 21}), policy).error().detail == "2 of 6 witnesses: X1, Y1");
}

TEST_CASE("signatures of unknown keys are ignored and a bad one of a known key is not") {
  const Policy policy = policy_of(example());
  const std::string good = note_by({11, 12, 21});
  const std::string grease = "\xE2\x80\x94 grease.invalid 29QMAQID\n";
  CHECK(verify_checkpoint(good + grease, policy).ok());
  // Of a witness that the quorum does not need.
  const std::string bad = cosign("other\n", key_name(23), secret(23), 5);
  CHECK(code_of(good + bad, policy) == ErrorCode::kSignatureInvalid);
  CHECK(code_of(good + grease + grease, policy) == ErrorCode::kNoteMalformed);
  const Policy none = policy_of(log_line() + "quorum none\n");
  CHECK(verify_checkpoint(good + bad, none).ok());
}

TEST_CASE("a checkpoint of a log that the policy does not name is not trusted") {
  const Policy policy = policy_of("log " + log_vkey(2) + "\nquorum none\n");
  CHECK(code_of(note_by({}), policy) == ErrorCode::kSignatureInvalid);
  CHECK(code_of(note_by({}), policy_of("quorum none\n")) == ErrorCode::kSignatureInvalid);
  // A log of the policy signs for another origin, or no checkpoint.
  const Policy two =
      policy_of(log_line(1) + "log " + log_vkey(2, "log.example/b") + "\nquorum none\n");
  const std::string foreign = sign_note(checkpoint_text(kCheckpoint), "log.example/b", secret(2));
  CHECK(code_of(foreign, two) == ErrorCode::kCheckpointInvalid);
  CHECK(code_of(sign_note("text\n", kOrigin, secret(1)), two) == ErrorCode::kCheckpointInvalid);
  CHECK(code_of("text\n", two) == ErrorCode::kNoteMalformed);
}

TEST_CASE("a witness's signature as a log or a log's as a witness counts for nothing") {
  const Policy policy = policy_of(log_line() + witness_line("w", 11) + "quorum w\n");
  const std::string text = checkpoint_text(kCheckpoint);
  const std::string as_log = sign_note(text, key_name(11), secret(11)).substr(text.size() + 1);
  CHECK(code_of(note_by({}) + as_log, policy) == ErrorCode::kWitnessQuorum);
  const std::string as_witness = text + "\n" + cosign(text, kOrigin, secret(1), 5);
  CHECK(code_of(as_witness, policy) == ErrorCode::kSignatureInvalid);
}
