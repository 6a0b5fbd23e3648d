#include "broker/merkle/note.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"

using namespace rujukan;
using namespace rujukan::merkle;

namespace {

// The worked example of the signed-note specification.
const std::string kVkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string kText = "This is an example message.\n";
const std::string kExampleLine =
    "\xE2\x80\x94 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";
const std::string kExample = kText + "\n" + kExampleLine;

Ed25519SecretKey secret(std::uint8_t n) { return Ed25519SecretKey::from_seed(Seed{n}); }

NoteKey log_key() { return {"log.example/main", secret(1).public_key()}; }

std::string note_of(std::string_view text) {
  return sign_note(text, "log.example/main", secret(1));
}

// A signature line of a key that nobody knows.
std::string grease(std::uint8_t n, const std::string& name = "grease.invalid") {
  return "\xE2\x80\x94 " + name + " " + to_base64(Bytes{0xDB, 0xD4, n, n, 1, 2, 3}) + "\n";
}

ErrorCode code_of(const std::string& note) {
  const auto text = verify_note(note, log_key());
  REQUIRE_FALSE(text.ok());
  return text.error().code;
}

ErrorCode checkpoint_code(const std::string& text) {
  const auto parsed = parse_checkpoint_text(text);
  REQUIRE_FALSE(parsed.ok());
  return parsed.error().code;
}

const std::string kRoot = "f3cZm9sKgUw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6Q=";

}  // namespace

TEST_CASE("the worked example of the specification verifies") {
  const auto key = NoteKey::from_vkey(kVkey);
  REQUIRE(key.ok());
  CHECK(key->name == "example.com/foo");
  CHECK(key->id() == 0x530d903a);
  CHECK(key->to_vkey() == kVkey);
  const auto text = verify_note(kExample, *key);
  REQUIRE(text.ok());
  CHECK(*text == kText);
}

TEST_CASE("a signed note verifies and gives its text") {
  for (const std::string text : {"one line\n", "two\nlines\n", "an empty\n\nline\n", "\n",
                                 "letters: \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\xB3\n"}) {
    const auto verified = verify_note(note_of(text), log_key());
    REQUIRE(verified.ok());
    CHECK(*verified == text);
  }
}

TEST_CASE("a note with any bit flipped is refused") {
  const std::string note = note_of("origin\n5\ntext\n");
  for (std::size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string bad = note;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    INFO("bit " << bit);
    CHECK_FALSE(verify_note(bad, log_key()).ok());
  }
}

TEST_CASE("a note cut anywhere is refused") {
  const std::string note = note_of("origin\n5\ntext\n");
  for (std::size_t size = 0; size < note.size(); ++size) {
    CHECK_FALSE(verify_note(note.substr(0, size), log_key()).ok());
  }
}

TEST_CASE("malformed notes are refused") {
  const std::string good = note_of("text\n");
  REQUIRE(verify_note(good, log_key()).ok());
  const std::string line = good.substr(6);
  std::string crlf;
  for (const char c : good) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const std::vector<std::string> malformed = {
      "",
      "text\n",
      "text\n\n",
      "text\n" + line,
      line,
      crlf,
      good.substr(0, good.size() - 1),
      good + "\n",
      good + "more\n",
      good + " ",
      "te\x01xt\n\n" + line,
      "te\txt\n\n" + line,
      "te\xFFxt\n\n" + line,
      "te\xC0\x80xt\n\n" + line,
      "te\xED\xA0\x80xt\n\n" + line,
      "te\xF4\x90\x80\x80xt\n\n" + line,
      "te\xE2\x82\n\n" + line,
      "text\n\n- " + line.substr(4),
      "text\n\n\xE2\x80\x94" + line.substr(4),
      good + "\xE2\x80\x94 name\n",
      good + "\xE2\x80\x94  AAAAAAA=\n",
      good + "\xE2\x80\x94 na+me AAAAAAA=\n",
      good + "\xE2\x80\x94 na\xC2\xA0me AAAAAAA=\n",
      good + "\xE2\x80\x94 name AAAAAA==\n",
      good + "\xE2\x80\x94 name AAAAAAE=x\n",
      good + "\xE2\x80\x94 name AAAAAAB=\n",
      good + "\xE2\x80\x94 name AAAAAAA\n",
      good + "\xE2\x80\x94 name AAAAAAA= \n",
      good + "\xE2\x80\x94 name\n",
  };
  for (const std::string& note : malformed) {
    INFO(note);
    CHECK(code_of(note) == ErrorCode::kNoteMalformed);
  }
}

TEST_CASE("base64 that is not canonical is refused in the trusted line too") {
  const std::string good = note_of("text\n");
  // 68 bytes leave two unused bits in the last character but one.
  std::string other = good;
  char& last = other[other.size() - 3];
  REQUIRE(other[other.size() - 2] == '=');
  last = static_cast<char>(last + 1);
  CHECK(code_of(other) == ErrorCode::kNoteMalformed);
}

TEST_CASE("signatures of unknown keys are ignored wherever they stand") {
  const std::string good = note_of("text\n");
  const std::string own = good.substr(6);
  CHECK(verify_note(good + grease(1) + grease(2), log_key()).ok());
  CHECK(verify_note("text\n\n" + grease(1) + own + grease(2), log_key()).ok());
  CHECK(verify_note("text\n\n" + grease(1, "log.example/main") + own, log_key()).ok());
  CHECK(verify_note("text\n\n" + grease(1, "andere.\xC3\xBC") + own, log_key()).ok());
}

TEST_CASE("a note without a signature of the key is refused") {
  CHECK(code_of("text\n\n" + grease(1)) == ErrorCode::kSignatureInvalid);
  const std::string other_name = sign_note("text\n", "log.example/other", secret(1));
  CHECK(code_of(other_name) == ErrorCode::kSignatureInvalid);
  const std::string other_key = sign_note("text\n", "log.example/main", secret(2));
  CHECK(code_of(other_key) == ErrorCode::kSignatureInvalid);
}

TEST_CASE("a bad signature of the key refuses the note") {
  const std::string other_text = "other\n\n" + note_of("text\n").substr(6);
  CHECK(code_of(other_text) == ErrorCode::kSignatureInvalid);
  Bytes short_signature;
  append_u32be(short_signature, log_key().id());
  short_signature.push_back(7);
  CHECK(code_of("text\n\n\xE2\x80\x94 log.example/main " + to_base64(short_signature) + "\n") ==
        ErrorCode::kSignatureInvalid);
}

TEST_CASE("a repeated name and key id refuses the note") {
  const std::string good = note_of("text\n");
  CHECK(code_of(good + good.substr(6)) == ErrorCode::kNoteMalformed);
  CHECK(code_of(good + grease(1) + grease(1)) == ErrorCode::kNoteMalformed);
  CHECK(verify_note(good + grease(1) + grease(1, "other.invalid"), log_key()).ok());
}

TEST_CASE("100 signatures are read and 101 refuse the note") {
  std::string note = note_of("text\n");
  for (std::uint8_t n = 1; n < 100; ++n) note += grease(n);
  CHECK(verify_note(note, log_key()).ok());
  CHECK(code_of(note + grease(200)) == ErrorCode::kNoteMalformed);
}

TEST_CASE("verification keys survive their text form even with a plus in the base64") {
  bool seen_plus = false;
  for (std::uint8_t n = 1; n < 60; ++n) {
    const NoteKey key{"log.example", secret(n).public_key()};
    const std::string vkey = key.to_vkey();
    seen_plus = seen_plus || vkey.find('+', 21) != std::string::npos;
    const auto read = NoteKey::from_vkey(vkey);
    REQUIRE(read.ok());
    CHECK(read->name == key.name);
    CHECK(read->key == key.key);
  }
  CHECK(seen_plus);
}

TEST_CASE("malformed verification keys are refused") {
  const std::string base64 = kVkey.substr(25);
  for (const std::string& text :
       {std::string(), std::string("example.com/foo"), std::string("example.com/foo+530d903a"),
        "+530d903a+" + base64, "exa mple+530d903a+" + base64, "example.com/foo+530d903b+" + base64,
        "example.com/foo+530D903A+" + base64, "example.com/foo+0530d903a+" + base64,
        "example.com/bar+530d903a+" + base64, kVkey + "=", kVkey.substr(0, kVkey.size() - 1),
        std::string("example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")}) {
    INFO(text);
    const auto key = NoteKey::from_vkey(text);
    REQUIRE_FALSE(key.ok());
    CHECK(key.error().code == ErrorCode::kNoteMalformed);
  }
}

TEST_CASE("a verification key of small order is refused") {
  const NoteKey key{"log.example", Ed25519PublicKey{1}};
  const auto read = NoteKey::from_vkey(key.to_vkey());
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::kKeyInvalid);
}

TEST_CASE("origins are ASCII names without spaces") {
  CHECK(is_valid_origin("rujukan.example/log-1_A"));
  CHECK(is_valid_origin(std::string(255, 'a')));
  for (const std::string& name :
       {std::string(), std::string(256, 'a'), std::string("a b"), std::string("a+b"),
        std::string("a\n"), std::string("\xC3\xA9")}) {
    CHECK_FALSE(is_valid_origin(name));
  }
}

TEST_CASE("a checkpoint has three lines") {
  const Checkpoint checkpoint{"log.example/main", 42, sha256(as_bytes("root"))};
  CHECK(checkpoint_text(checkpoint) ==
        "log.example/main\n42\n" + to_base64(checkpoint.root) + "\n");
  const Checkpoint empty{"log.example/main", 0, empty_root()};
  CHECK(checkpoint_text(empty) ==
        "log.example/main\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  for (const Checkpoint& c : {checkpoint, empty}) {
    const auto parsed = parse_checkpoint_text(checkpoint_text(c));
    REQUIRE(parsed.ok());
    CHECK(*parsed == c);
  }
}

TEST_CASE("sizes of checkpoints are canonical decimals below 2 to the 63") {
  const auto text = [](const std::string& size) { return "log\n" + size + "\n" + kRoot + "\n"; };
  CHECK(parse_checkpoint_text(text("9223372036854775807"))->size == 9223372036854775807U);
  CHECK(parse_checkpoint_text(text("7"))->size == 7);
  for (const std::string size : {"007", "+5", "-0", "-1", "", " 5", "5 ", "0x5", "5.0", "00",
                                 "9223372036854775808", "18446744073709551616", "5\r"}) {
    INFO(size);
    CHECK(checkpoint_code(text(size)) == ErrorCode::kCheckpointInvalid);
  }
}

TEST_CASE("malformed checkpoints are refused") {
  const std::string good = "log\n5\n" + kRoot + "\n";
  REQUIRE(parse_checkpoint_text(good).ok());
  for (const std::string& text :
       {std::string(), std::string("log\n"), std::string("log\n5\n"), "\n5\n" + kRoot + "\n",
        "lo g\n5\n" + kRoot + "\n", good.substr(0, good.size() - 1), good + "extension\n",
        good + "\n", "log\n5\n" + kRoot.substr(4) + "\n", "log\n5\nAAAA" + kRoot + "\n",
        "log\n5\n" + kRoot.substr(0, 42) + "R=\n", "log\r\n5\r\n" + kRoot + "\r\n",
        "log\n0\n" + kRoot + "\n"}) {
    INFO(text);
    CHECK(checkpoint_code(text) == ErrorCode::kCheckpointInvalid);
  }
}

TEST_CASE("a signed checkpoint verifies for its log only") {
  const Checkpoint checkpoint{"log.example/main", 3, sha256(as_bytes("root"))};
  const std::string note = sign_checkpoint(checkpoint, secret(1));
  REQUIRE(verify_checkpoint(note, log_key()).ok());
  CHECK(*verify_checkpoint(note, log_key()) == checkpoint);
  const NoteKey other{"log.example/main", secret(2).public_key()};
  CHECK(verify_checkpoint(note, other).error().code == ErrorCode::kSignatureInvalid);
}

TEST_CASE("a checkpoint of another origin signed by the log is refused") {
  const Checkpoint other{"log.example/other", 3, sha256(as_bytes("root"))};
  const std::string note = sign_note(checkpoint_text(other), "log.example/main", secret(1));
  CHECK(verify_checkpoint(note, log_key()).error().code == ErrorCode::kCheckpointInvalid);
  const std::string text = note_of("not a checkpoint\n");
  CHECK(verify_checkpoint(text, log_key()).error().code == ErrorCode::kCheckpointInvalid);
}
