#include "adapters/sdk/release_cache.h"

#include <catch2/catch.hpp>

#include "broker/crypto/sha256.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

using namespace rujukan;
using namespace rujukan::test;
using Step = sdk::ReleaseCache::Step;

namespace {

Release version(std::uint32_t number) {
  Release release = small_release();
  release.version = ReleaseVersion{number};
  return release;
}

Bytes signed_by(const Release& release, const std::vector<std::string>& names) {
  wire::SignedRelease out{wire::encode_release(release), {}};
  const Bytes text = wire::release_signing_bytes(sha256(out.body));
  for (const std::string& name : names) {
    const Ed25519SecretKey key = administrator_key(name);
    out.signatures.push_back({key.public_key(), key.sign(text)});
  }
  return wire::encode_signed_release(out);
}

struct Cache {
  Cache() {
    anchor.log.name = kOrigin;
    anchor.trust = decide::trust_of(small_release());
  }
  ErrorCode refusal(const Bytes& release, Step step = Step::kInForce) {
    const auto taken = cache.take(release, step, noon());
    REQUIRE_FALSE(taken);
    return taken.error().code;
  }

  TemporaryFolder folder;
  std::unique_ptr<sdk::Database> database =
      *sdk::open_station_database((folder / "station.db").string());
  sdk::Anchor anchor;
  sdk::ReleaseCache cache = *sdk::ReleaseCache::open(*database, anchor);
};

}  // namespace

TEST_CASE("the first release is trusted by the anchor and survives a restart") {
  Cache c;
  REQUIRE(c.cache.usable(noon()).error().code == ErrorCode::kReleaseUnknown);
  REQUIRE(c.cache.take(signed_small_release(), Step::kInForce, noon()).ok());
  REQUIRE(c.cache.take(signed_small_release(), Step::kInForce, noon()).ok());
  const auto again = sdk::ReleaseCache::open(*c.database, c.anchor);
  REQUIRE(again->version() == ReleaseVersion{1});
  REQUIRE((*again->usable(noon()))->unit(UnitId("polda")) != nullptr);
  // The digest is known again too: the same release changes nothing.
  auto reopened = *again;
  REQUIRE(reopened.take(signed_small_release(), Step::kInForce, noon()).ok());
}

TEST_CASE("a release without enough trusted signatures is refused") {
  Cache c;
  REQUIRE(c.refusal(signed_by(version(1), {})) == ErrorCode::kReleaseSignature);
  REQUIRE(c.refusal(signed_by(version(1), {"admin-1"})) == ErrorCode::kReleaseSignature);
  REQUIRE(c.refusal(signed_by(version(1), {"admin-1", "admin-1"})) == ErrorCode::kReleaseSignature);
  REQUIRE(c.refusal(signed_by(version(1), {"admin-1", "stranger"})) ==
          ErrorCode::kReleaseSignature);
  Bytes flipped = signed_small_release();
  flipped[flipped.size() / 2] ^= 1;
  REQUIRE_FALSE(c.cache.take(flipped, Step::kInForce, noon()));
  REQUIRE_FALSE(c.cache.newest());
}

TEST_CASE("signatures of strangers beside enough trusted ones do no harm") {
  Cache c;
  const Bytes release = signed_by(version(1), {"stranger", "admin-2", "admin-1"});
  REQUIRE(c.cache.take(release, Step::kInForce, noon()).ok());
}

TEST_CASE("an older release and another one of the same version are refused") {
  Cache c;
  REQUIRE(c.cache.take(signed_small_release(version(2)), Step::kInForce, noon()).ok());
  REQUIRE(c.refusal(signed_small_release(version(1))) == ErrorCode::kReleaseOlder);
  Release other = version(2);
  other.rules[0].level = Level::kProvince;
  REQUIRE(c.refusal(signed_small_release(other)) == ErrorCode::kReleaseOlder);
}

TEST_CASE("an expired release is refused and one that expires later is not used any more") {
  Cache c;
  Release expired = version(1);
  expired.validity.until = noon();
  REQUIRE(c.refusal(signed_small_release(expired)) == ErrorCode::kReleaseExpired);
  Release short_lived = version(1);
  short_lived.validity.until = noon() + std::chrono::seconds(1);
  REQUIRE(c.cache.take(signed_small_release(short_lived), Step::kInForce, noon()).ok());
  REQUIRE(c.cache.usable(noon()));
  REQUIRE(c.cache.usable(noon() + std::chrono::seconds(1)).error().code ==
          ErrorCode::kReleaseExpired);
}

TEST_CASE("a release that begins another shard is taken from the same administrators only") {
  Cache c;
  REQUIRE(c.cache.take(signed_small_release(version(1)), Step::kInForce, noon()).ok());
  Release next = version(2);
  next.log_origin = "log.example/2027";
  REQUIRE(c.refusal(signed_by(next, {"admin-1"})) == ErrorCode::kReleaseSignature);
  REQUIRE(c.cache.take(signed_small_release(next), Step::kInForce, noon()).ok());
  REQUIRE(c.cache.newest()->release().log_origin == "log.example/2027");
}

TEST_CASE("new administrators are trusted only after the old ones named them") {
  Cache c;
  REQUIRE(c.cache.take(signed_small_release(version(1)), Step::kInForce, noon()).ok());
  Release handover = version(2);
  handover.administrators = {{"admin-3", administrator_key("admin-3").public_key()}};
  handover.threshold = 1;
  handover.validity.until = noon() - std::chrono::seconds(1);
  Release third = version(3);
  third.administrators = handover.administrators;
  third.threshold = 1;
  const Bytes by_new = signed_by(third, {"admin-3"});
  REQUIRE(c.refusal(by_new) == ErrorCode::kReleaseSignature);
  REQUIRE(c.refusal(signed_by(handover, {"admin-3"})) == ErrorCode::kReleaseSignature);
  // On the way to the one in force an expired one is taken, but not used.
  REQUIRE(c.cache.take(signed_small_release(handover), Step::kOnTheWay, noon()).ok());
  REQUIRE_FALSE(c.cache.usable(noon()));
  REQUIRE(c.cache.take(by_new, Step::kInForce, noon()).ok());
  REQUIRE(c.cache.usable(noon()));
  REQUIRE(c.refusal(signed_small_release(version(4))) == ErrorCode::kReleaseSignature);
}

TEST_CASE("entries of older releases are read with the table of their time") {
  Cache c;
  REQUIRE(c.cache.take(signed_small_release(version(1)), Step::kInForce, noon()).ok());
  Release next = version(2);
  next.rules[0].level = Level::kProvince;
  REQUIRE(c.cache.take(signed_small_release(next), Step::kInForce, noon()).ok());
  REQUIRE((*c.cache.for_version(ReleaseVersion{1}))->release().rules[0].level == Level::kRegency);
  REQUIRE((*c.cache.for_version(ReleaseVersion{2}))->release().rules[0].level == Level::kProvince);
  REQUIRE_FALSE(*c.cache.for_version(ReleaseVersion{3}));
}
