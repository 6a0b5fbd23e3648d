// The bytes of schemas/golden: old logs and other people's clients depend on them. They change only
// with the protocol's version.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "broker/crypto/sha256.h"
#include "broker/decide/decide.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/frames.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::string kFolder = RUJUKAN_SOURCE_DIR "/schemas/golden/";

// As written: lines of at most 64 hexadecimal digits.
std::string as_lines(ByteView bytes) {
  const std::string hex = to_hex(bytes);
  std::string out;
  for (std::size_t at = 0; at < hex.size(); at += 64) out += hex.substr(at, 64) + "\n";
  return out;
}

std::string golden(const std::string& name) {
  std::ifstream in(kFolder + name + ".hex");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Bytes golden_bytes(const std::string& name) {
  std::string hex = golden(name);
  std::erase(hex, '\n');
  return from_hex(hex).value_or(Bytes{});
}

Message referral() {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("XX")};
  facts.needs = {Need::kTakedown};
  facts.legal_bases = {"uu-12-2022"};
  return referral_message(facts);
}

Entry entry() {
  Entry out;
  out.index = LogIndex{1};
  out.time = noon();
  out.release = ReleaseVersion{1};
  out.cause = MessageCause{wire::encode_message(referral_message()),
                           {UnitId("kpai"), "sign-1", {1, 2, 3}, 2, 1, {Digest{4}}}};
  out.outcome = decide::decide(nullptr, {referral_message()}, *small_table(), noon());
  return out;
}

wire::Submission submission() {
  wire::Submission out;
  out.request_id = 7;
  out.unit = UnitId("kpai");
  out.key_id = "sign-1";
  out.signature = {9};
  out.messages = {{wire::encode_message(referral()), referral_payload()}};
  return out;
}

std::vector<std::pair<std::string, Bytes>> samples() {
  return {{"referral", wire::encode_message(referral())},
          {"accept", wire::encode_message(case_message(referral(), UnitId("polres.a"), 1,
                                                       Accept{Need::kInvestigation}, 2))},
          {"entry", *wire::encode_entry(entry())},
          {"submission_header", wire::encode(submission())[1]},
          {"release", wire::encode_release(small_release())},
          {"signed_tuple",
           wire::submission_signing_bytes(kOrigin, UnitId("kpai"), 1, sha256(as_bytes("x")))}};
}

}  // namespace

TEST_CASE("what is encoded is byte for byte what schemas/golden holds") {
  for (const auto& [name, bytes] : samples()) {
    INFO(name);
    REQUIRE(as_lines(bytes) == golden(name));
  }
}

TEST_CASE("golden bytes are read as what they were written from") {
  REQUIRE(*wire::decode_message(golden_bytes("referral")) == referral());
  REQUIRE(*wire::decode_entry(golden_bytes("entry")) == entry());
  REQUIRE(*wire::decode_release(golden_bytes("release")) == small_release());
}

// Run by name when the protocol's version changes, never otherwise.
TEST_CASE("write the golden bytes anew", "[.]") {
  for (const auto& [name, bytes] : samples()) {
    std::ofstream(kFolder + name + ".hex") << as_lines(bytes);
  }
}
