#include "broker/sequencer/activation.h"

#include <catch2/catch.hpp>

#include "broker/crypto/sha256.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

ErrorCode refusal(const Bytes& release, const Release* previous = nullptr, TimeUs at = noon()) {
  const auto checked = sequencer::check_release(release, previous, kOrigin, at);
  REQUIRE_FALSE(checked);
  return checked.error().code;
}

// The bytes with one signature fewer, doubled, or of a stranger.
Bytes with_signatures(const std::vector<std::string>& signers, const Release& release) {
  wire::SignedRelease out{wire::encode_release(release), {}};
  const Bytes text = wire::release_signing_bytes(sha256(out.body));
  for (const std::string& name : signers) {
    const auto key = administrator_key(name);
    out.signatures.push_back({key.public_key(), key.sign(text)});
  }
  return wire::encode_signed_release(out);
}

}  // namespace

TEST_CASE("a release signed by its threshold is put in force") {
  const auto checked = sequencer::check_release(signed_small_release(), nullptr, kOrigin, noon());
  REQUIRE(checked);
  REQUIRE(checked->release == small_release());
  REQUIRE(checked->digest == sha256(wire::encode_release(small_release())));
}

TEST_CASE("too few or repeated or strange signatures put nothing in force") {
  const Release r = small_release();
  REQUIRE(refusal(with_signatures({}, r)) == ErrorCode::kReleaseSignature);
  REQUIRE(refusal(with_signatures({"admin-1"}, r)) == ErrorCode::kReleaseSignature);
  REQUIRE(refusal(with_signatures({"admin-1", "admin-1"}, r)) == ErrorCode::kReleaseSignature);
  REQUIRE(refusal(with_signatures({"admin-1", "stranger"}, r)) == ErrorCode::kReleaseSignature);
}

TEST_CASE("the administrators of the release in force decide, not those of the new one") {
  const Release now = small_release();
  Release next = now;
  next.version = ReleaseVersion{2};
  next.administrators = {{"usurper", administrator_key("usurper").public_key()}};
  next.threshold = 1;
  REQUIRE(refusal(with_signatures({"usurper"}, next), &now) == ErrorCode::kReleaseSignature);
  REQUIRE(sequencer::check_release(with_signatures({"admin-1", "admin-2"}, next), &now, kOrigin,
                                   noon()));
}

TEST_CASE("an older, expired, early or foreign release is refused") {
  Release now = small_release();
  REQUIRE(refusal(signed_small_release(), &now) == ErrorCode::kReleaseOlder);
  REQUIRE(refusal(signed_small_release(), nullptr, *parse_time("2100-01-01")) ==
          ErrorCode::kReleaseExpired);
  REQUIRE(refusal(signed_small_release(), nullptr, *parse_time("2019-01-01")) ==
          ErrorCode::kReleaseEarly);
  Release foreign = small_release();
  foreign.log_origin = "log.example/other";
  REQUIRE(refusal(signed_small_release(foreign)) == ErrorCode::kReleaseInvalid);
  foreign.version = ReleaseVersion{2};
  foreign.log_origin = "not an origin";
  REQUIRE(refusal(signed_small_release(foreign), &now) == ErrorCode::kReleaseInvalid);
}

TEST_CASE("the edition of the rules never goes back, and an unknown one is refused") {
  const Release now = small_release();
  Release next = now;
  next.version = ReleaseVersion{2};
  next.edition = Edition::kFirst;
  REQUIRE(refusal(signed_small_release(next), &now) == ErrorCode::kReleaseInvalid);
  next.edition = static_cast<Edition>(static_cast<unsigned>(kNewestEdition) + 1);
  REQUIRE(refusal(signed_small_release(next), &now) == ErrorCode::kReleaseInvalid);
  next.edition = now.edition;
  REQUIRE(sequencer::check_release(signed_small_release(next), &now, kOrigin, noon()));
  Release old = now;
  old.edition = Edition::kFirst;
  REQUIRE(sequencer::check_release(signed_small_release(next), &old, kOrigin, noon()));
}

TEST_CASE("a unit may end but not vanish") {
  const Release now = small_release();
  Release next = now;
  next.version = ReleaseVersion{2};
  std::erase_if(next.units, [](const Unit& u) { return u.id.str() == "polres.b"; });
  std::erase_if(next.keys, [](const UnitKey& k) { return k.unit.str() == "polres.b"; });
  std::erase(next.stations[2].units, UnitId("polres.b"));
  REQUIRE(refusal(signed_small_release(next), &now) == ErrorCode::kReleaseInvalid);
}

TEST_CASE("every flipped byte of a signed release is refused") {
  const Bytes good = signed_small_release();
  for (std::size_t at = 0; at < good.size(); at += 7) {
    Bytes bad = good;
    bad[at] ^= 0x10;
    const auto checked = sequencer::check_release(bad, nullptr, kOrigin, noon());
    // A flip may hit padding between tables of the unsigned envelope; then nothing has changed.
    if (checked) REQUIRE(checked->release == small_release());
  }
}
