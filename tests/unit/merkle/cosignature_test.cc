#include "broker/merkle/cosignature.h"

#include <catch2/catch.hpp>
#include <string>

#include "broker/crypto/sha256.h"

using namespace rujukan;
using namespace rujukan::merkle;

namespace {

const std::string kDash = "\xE2\x80\x94 ";
const std::string kText =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const std::string kName = "witness.example.com/w1";
constexpr std::uint64_t kTime = 1679315147;

// Seed 00 01 .. 1f. Both made with another implementation of Ed25519.
const std::string kVkey =
    "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const std::string kLine =
    kDash + kName +
    " oAWfEQAAAABkGFDLBuRDazBLVac2NE+Y+IjbjQOcXLfF9CSDZVUIoS83rE1nFZsVE8YiWV6Ngr7lV8H6bdoBQGP/"
    "l73euDMQ9k+bBQ==\n";

Ed25519SecretKey witness_secret() {
  Seed seed;
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(i);
  return Ed25519SecretKey::from_seed(seed);
}
CosignerKey witness_key() { return {kName, witness_secret().public_key()}; }

Ed25519SecretKey log_secret() { return Ed25519SecretKey::from_seed(Seed{1}); }
std::string log_note() { return sign_note(kText, "example.com/behind-the-sofa", log_secret()); }

// A signature line over any message, in the form of a cosignature.
std::string line_of(const CosignerKey& key, const Ed25519SecretKey& secret, std::uint64_t time_s,
                    const std::string& message) {
  Bytes bytes;
  append_u32be(bytes, key.id());
  append_u64be(bytes, time_s);
  const auto signature = secret.sign(as_bytes(message));
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return kDash + key.name + " " + to_base64(bytes) + "\n";
}

std::string line_of_bytes(const CosignerKey& key, const Bytes& signature) {
  Bytes bytes;
  append_u32be(bytes, key.id());
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return kDash + key.name + " " + to_base64(bytes) + "\n";
}

ErrorCode code_of(const std::string& note) {
  const auto time_s = cosigned_at(note, witness_key());
  REQUIRE_FALSE(time_s.ok());
  return time_s.error().code;
}

}  // namespace

TEST_CASE("a cosigner key has type 4 in its id and its text") {
  CHECK(witness_key().to_vkey() == kVkey);
  const auto read = CosignerKey::from_vkey(kVkey);
  REQUIRE(read.ok());
  CHECK(*read == witness_key());
  Bytes hashed = to_bytes(as_bytes(kName + "\n\x04"));
  const auto key = witness_secret().public_key();
  hashed.insert(hashed.end(), key.begin(), key.end());
  CHECK(witness_key().id() == read_u32be(sha256(hashed)));
}

TEST_CASE("a log key is no cosigner key and the reverse") {
  const NoteKey log{kName, witness_secret().public_key()};
  CHECK(log.id() != witness_key().id());
  const auto as_cosigner = CosignerKey::from_vkey(log.to_vkey());
  REQUIRE_FALSE(as_cosigner.ok());
  CHECK(as_cosigner.error().code == ErrorCode::kNoteMalformed);
  const auto as_log = NoteKey::from_vkey(kVkey);
  REQUIRE_FALSE(as_log.ok());
  CHECK(as_log.error().code == ErrorCode::kNoteMalformed);
}

TEST_CASE("verifier keys of other types are refused") {
  for (const std::uint8_t type : Bytes{0x00, 0x01, 0x02, 0x05, 0x06, 0xFF}) {
    Bytes bytes{type};
    const auto key = witness_secret().public_key();
    bytes.insert(bytes.end(), key.begin(), key.end());
    Bytes hashed = to_bytes(as_bytes(kName + "\n"));
    hashed.insert(hashed.end(), bytes.begin(), bytes.end());
    const std::string id = to_hex(ByteView(sha256(hashed)).first(4));
    CHECK_FALSE(CosignerKey::from_vkey(kName + "+" + id + "+" + to_base64(bytes)).ok());
  }
}

TEST_CASE("a cosignature is the line that another implementation makes") {
  CHECK(cosign(kText, kName, witness_secret(), kTime) == kLine);
  const auto time_s = cosigned_at(log_note() + kLine, witness_key());
  REQUIRE(time_s.ok());
  CHECK(*time_s == kTime);
}

TEST_CASE("a cosignature signs a header and the time and the whole text") {
  const std::string message =
      "cosignature/v1\n"
      "time 1679315147\n"
      "example.com/behind-the-sofa\n"
      "20852163\n"
      "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  CHECK(line_of(witness_key(), witness_secret(), kTime, message) == kLine);
  const std::string extended = kText + "an extension line\n";
  const std::string note = sign_note(extended, "example.com/behind-the-sofa", log_secret());
  CHECK(code_of(note + kLine) == ErrorCode::kSignatureInvalid);
  CHECK(*cosigned_at(note + cosign(extended, kName, witness_secret(), 5), witness_key()) == 5U);
}

TEST_CASE("a note without the cosigner's line has no time") {
  const auto none = cosigned_at(log_note(), witness_key());
  REQUIRE(none.ok());
  CHECK_FALSE(none->has_value());
  // The cosigner's key as a log key of the same name has another id.
  const std::string as_log = sign_note(kText, kName, witness_secret());
  CHECK_FALSE(cosigned_at(as_log, witness_key())->has_value());
}

TEST_CASE("a cosignature is not taken for the signature of a log with the same key") {
  const NoteKey log{kName, witness_secret().public_key()};
  const auto read = verify_note(kText + "\n" + kLine, log);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == ErrorCode::kSignatureInvalid);
}

TEST_CASE("a bad cosignature is refused and not overlooked") {
  const CosignerKey key = witness_key();
  const std::string message = "cosignature/v1\ntime 7\n" + kText;
  CHECK(code_of(log_note() + line_of(key, witness_secret(), 8, message)) ==
        ErrorCode::kSignatureInvalid);
  CHECK(code_of(log_note() + line_of(key, log_secret(), 7, message)) ==
        ErrorCode::kSignatureInvalid);
  CHECK(code_of(log_note() + line_of(key, witness_secret(), 7, kText)) ==
        ErrorCode::kSignatureInvalid);
  for (const std::size_t size : {1, 7, 8, 64, 71, 73}) {
    CHECK(code_of(log_note() + line_of_bytes(key, Bytes(size))) == ErrorCode::kSignatureInvalid);
  }
}

TEST_CASE("a time above 2 to the 63 is refused though it is signed") {
  const auto at = [](std::uint64_t time_s) {
    return log_note() + line_of(witness_key(), witness_secret(), time_s,
                                "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + kText);
  };
  CHECK(*cosigned_at(at((1ULL << 63) - 1), witness_key()) == (1ULL << 63) - 1);
  CHECK(code_of(at(1ULL << 63)) == ErrorCode::kSignatureInvalid);
}

TEST_CASE("any bit flipped in a cosigned note is refused or leaves no cosignature") {
  const std::string note = log_note() + kLine;
  for (std::size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string bad = note;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto time_s = cosigned_at(bad, witness_key());
    // The log's own line is not what cosigned_at checks.
    const bool in_log_line = bit / 8 >= kText.size() + 1 && bit / 8 < log_note().size();
    INFO("bit " << bit);
    CHECK((in_log_line || !time_s.ok() || !time_s->has_value()));
  }
}

TEST_CASE("a signature line is added at the end and replaces one of the same key in its place") {
  const std::string other = cosign(kText, "witness.example.com/w2", log_secret(), 1);
  const auto one = add_signature_line(log_note(), kLine);
  REQUIRE(one.ok());
  CHECK(*one == log_note() + kLine);
  const auto two = add_signature_line(*one, other);
  REQUIRE(two.ok());
  CHECK(*two == log_note() + kLine + other);
  const std::string later = cosign(kText, kName, witness_secret(), kTime + 9);
  const auto replaced = add_signature_line(*two, later);
  REQUIRE(replaced.ok());
  CHECK(*replaced == log_note() + later + other);
}

TEST_CASE("only one whole signature line is added and no 101st") {
  for (const std::string& line :
       {std::string(), std::string("\n"), kLine + kLine, kLine + "\n", kLine.substr(2),
        kLine.substr(0, kLine.size() - 1), "text\n\n" + kLine,
        kLine + cosign(kText, "w2", log_secret(), 1)}) {
    const auto note = add_signature_line(log_note(), line);
    REQUIRE_FALSE(note.ok());
    CHECK(note.error().code == ErrorCode::kNoteMalformed);
  }
  std::string note = log_note() + kLine;
  for (int n = 2; n < 100; ++n) {
    note += kDash + "grease.invalid/" + std::to_string(n) + " AAAAAAA=\n";
  }
  REQUIRE(cosigned_at(note, witness_key()).ok());
  CHECK_FALSE(add_signature_line(note, cosign(kText, "w2", log_secret(), 1)).ok());
  CHECK(add_signature_line(note, cosign(kText, kName, witness_secret(), 1)).ok());
}
