#include "broker/wire/release_codec.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "tests/support/small_release.h"

namespace rujukan::wire {
namespace {

// Every field of every table set to something that is not its default.
Release full_release() {
  Release r = test::small_release();
  r.areas.push_back({AreaCode("12"), AreaCode("00"), Level::kProvince, "Nama",
                     Validity{parse_time("2020-01-01"), parse_time("2021-01-01")}, AreaCode("11")});
  r.areas.push_back({AreaCode("XX"), {}, Level::kNational, "Luar negeri", {}, {}});
  r.units.push_back({UnitId("uptd.old"),
                     AgencyId("centre"),
                     FunctionId("protection"),
                     Level::kProvince,
                     {AreaCode("11"), AreaCode("12")},
                     Validity{parse_time("2020-01-01"), parse_time("2021-01-01")},
                     UnitId("uptd")});
  r.keys.back().validity = {parse_time("2024-01-01"), parse_time("2028-01-01")};
  r.keys.back().compromised_since = parse_time("2026-01-01");
  Rule rule;
  rule.id = RuleId("I2");
  rule.needs = {Need::kInvestigation, Need::kMedical};
  rule.when = {{Mode::kOnline, Mode::kMixed},
               {VictimAge::kAdult},
               {Consent::kGiven},
               {Urgency::kUrgent},
               {Category::kCsam},
               true};
  rule.function = FunctionId("investigation");
  rule.level = Level::kRegency;
  rule.anchors = {Anchor::kSuspects, Anchor::kVictims};
  rule.inform = {{FunctionId("protection"), Level::kProvince, Anchor::kVictims},
                 {FunctionId("oversight"), Level::kNational, std::nullopt}};
  r.rules.push_back(rule);
  Rule withheld;
  withheld.id = RuleId("I1");
  withheld.needs = {Need::kInvestigation};
  withheld.when.suspect_abroad = false;
  withheld.withheld = true;
  r.rules.push_back(withheld);
  return r;
}

Error refusal(const Release& release) {
  const auto decoded = decode_release(encode_release(release));
  REQUIRE_FALSE(decoded.ok());
  REQUIRE(decoded.error().code == ErrorCode::kReleaseInvalid);
  return decoded.error();
}

TEST_CASE("no text of a release holds an identity number, from edition 2 on") {
  for (const Edition edition : {Edition::kFirst, Edition::kPresentFacts}) {
    Release release = test::small_release();
    release.edition = edition;
    release.areas.front().name = "3171234506780001";
    const auto decoded = wire::decode_release(wire::encode_release(release));
    REQUIRE(decoded.ok() == (edition == Edition::kFirst));
  }
}

TEST_CASE("the list of legal bases is part of a release") {
  Release release = test::small_release();
  release.legal_bases = {{"uu-12-2022", "TPKS", {test::noon(), {}}, "peraturan.go.id"},
                         {"uu-8-1981", "KUHAP", {{}, test::noon()}, "peraturan.go.id"}};
  REQUIRE(wire::decode_release(wire::encode_release(release))->legal_bases == release.legal_bases);
  std::swap(release.legal_bases[0], release.legal_bases[1]);
  REQUIRE_FALSE(wire::decode_release(wire::encode_release(release)));
}

TEST_CASE("a release survives its encoding in every field") {
  const Release release = full_release();
  const auto decoded = decode_release(encode_release(release));
  if (!decoded) FAIL(to_string(decoded.error()));
  CHECK(*decoded == release);
}

TEST_CASE("a release has one encoding") {
  CHECK(encode_release(full_release()) == encode_release(full_release()));
  Release other = full_release();
  other.rules.back().when.suspect_abroad = true;
  CHECK(encode_release(other) != encode_release(full_release()));
}

TEST_CASE("the encoding of a release does not change") {
  // A change of these bytes makes every release that is signed so far unreadable.
  Release release;
  release.version = ReleaseVersion{7};
  release.edition = Edition::kFirst;
  release.areas = {{AreaCode("00"), {}, Level::kNational, "Indonesia", {}, {}}};
  release.units = {
      {UnitId("a"), AgencyId("b"), FunctionId("c"), Level::kNational, {AreaCode("00")}, {}, {}}};
  release.implied = {{{}, {Need::kTakedown}}};
  CHECK(to_hex(sha256(encode_release(release))) ==
        "138b83167065ed0bd18c17b3fb84f46a6ca8292c0fdb739b181670c5b3f5a603");
}

TEST_CASE("every shortened release is refused") {
  const Bytes bytes = encode_release(test::small_release());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_FALSE(decode_release(ByteView(bytes).first(size)).ok());
  }
}

TEST_CASE("trailing bytes after a release are refused") {
  Bytes bytes = encode_release(test::small_release());
  bytes.push_back(0);
  CHECK_FALSE(decode_release(bytes).ok());
}

TEST_CASE("a release with a flipped bit is refused or is another canonical release") {
  const Release release = test::small_release();
  const Bytes bytes = encode_release(release);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes flipped = bytes;
    flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ (1U << (at % 8)));
    const auto decoded = decode_release(flipped);
    if (!decoded) continue;
    REQUIRE_FALSE(*decoded == release);
    REQUIRE(encode_release(*decoded) == flipped);
  }
}

TEST_CASE("a release that is too large is refused unread") {
  CHECK(decode_release(Bytes(limits::kReleaseBytes + 1)).error().detail == "too large");
}

TEST_CASE("lists of a release must be sorted without repeats") {
  Release unsorted = test::small_release();
  std::swap(unsorted.units[0], unsorted.units[1]);
  CHECK(refusal(unsorted).field == "units.id");
  Release repeated = test::small_release();
  repeated.areas.push_back(repeated.areas.back());
  CHECK(refusal(repeated).field == "areas.code");
  Release keys = test::small_release();
  keys.keys[1].key_id = keys.keys[0].key_id;
  CHECK(refusal(keys).field == "keys.key_id");
}

TEST_CASE("one key under two administrators is refused") {
  Release release = test::small_release();
  release.administrators[1].key = release.administrators[0].key;
  CHECK(refusal(release).field == "administrators.key");
}

TEST_CASE("one curve key for two stations is refused") {
  Release release = test::small_release();
  release.stations[1].curve_key = release.stations[0].curve_key;
  CHECK(refusal(release).field == "stations.curve_key");
}

TEST_CASE("a threshold of none or more than there are administrators is refused") {
  Release release = test::small_release();
  release.threshold = 0;
  CHECK(refusal(release).field == "threshold");
  release.threshold = 3;
  CHECK(refusal(release).field == "threshold");
}

TEST_CASE("values that no code has are refused with their field") {
  Release release = test::small_release();
  release.rules[0].needs = {static_cast<Need>(10)};
  CHECK(refusal(release).field == "rules.needs");
  release = test::small_release();
  release.units[0].level = static_cast<Level>(3);
  CHECK(refusal(release).field == "units.level");
  release = test::small_release();
  release.rules[0].inform = {{FunctionId("oversight"), Level::kNational, static_cast<Anchor>(3)}};
  CHECK(refusal(release).field == "inform.of");
  release = test::small_release();
  release.units[0].id = UnitId("Bareskrim");
  CHECK(refusal(release).field == "units.id");
  release = test::small_release();
  release.areas[1].code = AreaCode("1A");
  CHECK(refusal(release).field == "areas.code");
}

TEST_CASE("a rule that withholds and assigns is refused") {
  Release release = test::small_release();
  release.rules[0].withheld = true;
  CHECK(refusal(release).field == "rules.function");
  release.rules[0].withheld = false;
  release.rules[0].function = FunctionId();
  CHECK(refusal(release).field == "rules.function");
}

TEST_CASE("a signed release survives its encoding") {
  SignedRelease release{encode_release(test::small_release()), {}};
  for (std::uint8_t i = 0; i < 2; ++i) {
    AdministratorSignature signature;
    signature.key.fill(i);
    signature.signature.fill(static_cast<std::uint8_t>(i + 100));
    release.signatures.push_back(signature);
  }
  const auto decoded = decode_signed_release(encode_signed_release(release));
  REQUIRE(decoded.ok());
  CHECK(decoded->body == release.body);
  REQUIRE(decoded->signatures.size() == 2);
  CHECK(decoded->signatures[1].key == release.signatures[1].key);
  CHECK(decoded->signatures[1].signature == release.signatures[1].signature);
}

TEST_CASE("a shortened or extended or unlimited signed release is refused") {
  SignedRelease release{Bytes(20, 1), {AdministratorSignature{}}};
  Bytes bytes = encode_signed_release(release);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_FALSE(decode_signed_release(ByteView(bytes).first(size)).ok());
  }
  bytes.push_back(0);
  CHECK_FALSE(decode_signed_release(bytes).ok());
  release.signatures.assign(65, AdministratorSignature{});
  CHECK_FALSE(decode_signed_release(encode_signed_release(release)).ok());
}

TEST_CASE("an administrator signs the tuple of the purpose and the body's digest") {
  Digest digest;
  digest.fill(0xAB);
  CHECK(to_hex(release_signing_bytes(digest)) ==
        "0000001272756a756b616e2f72656c656173652f763100000020"
        "abababababababababababababababababababababababababababababababab");
}

}  // namespace
}  // namespace rujukan::wire
