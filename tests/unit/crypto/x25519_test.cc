#include "broker/crypto/x25519.h"

#include <sodium.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/hex.h"

using namespace rujukan;
using test::hex_array;

namespace {

const auto kAliceSeed =
    hex_array<32>("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
const auto kBobSeed =
    hex_array<32>("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
const auto kEphemeral =
    hex_array<32>("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

// Points of small order and their other encodings. Source: RFC 7748 §6.1 and the list of
// cr.yp.to/ecdh.html.
const std::vector<std::string> kSmallOrder = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

}  // namespace

TEST_CASE("X25519 gives the public keys of RFC 7748") {
  CHECK(to_hex(X25519SecretKey::from_seed(kAliceSeed).public_key()) ==
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  CHECK(to_hex(X25519SecretKey::from_seed(kBobSeed).public_key()) ==
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

TEST_CASE("libsodium opens a sealed box made from a given seed") {
  const auto alice = X25519SecretKey::from_seed(kAliceSeed);
  for (const std::size_t size : {0U, 1U, 32U, 64U, 1000U}) {
    const Bytes plaintext(size, 0x5A);
    const auto box = seal_box(alice.public_key(), plaintext, kEphemeral);
    REQUIRE(box.ok());
    REQUIRE(box->size() == size + kSealedBoxOverhead);
    Bytes opened(size);
    REQUIRE(crypto_box_seal_open(opened.data(), box->data(), box->size(), alice.public_key().data(),
                                 kAliceSeed.data()) == 0);
    CHECK(opened == plaintext);
  }
}

TEST_CASE("a sealed box made by libsodium opens") {
  const auto alice = X25519SecretKey::from_seed(kAliceSeed);
  const Bytes plaintext = to_bytes(as_bytes("sealed by the library"));
  Bytes box(plaintext.size() + kSealedBoxOverhead);
  REQUIRE(crypto_box_seal(box.data(), plaintext.data(), plaintext.size(),
                          alice.public_key().data()) == 0);
  const auto opened = alice.open_box(box);
  REQUIRE(opened.ok());
  CHECK(*opened == plaintext);
}

TEST_CASE("one seed gives one box and another seed gives another") {
  const auto alice = X25519SecretKey::from_seed(kAliceSeed);
  const auto box = seal_box(alice.public_key(), as_bytes("text"), kEphemeral);
  CHECK(*box == *seal_box(alice.public_key(), as_bytes("text"), kEphemeral));
  CHECK(*box != *seal_box(alice.public_key(), as_bytes("text"), kBobSeed));
}

TEST_CASE("a sealed box does not open for another key or with any byte flipped or cut") {
  const auto alice = X25519SecretKey::from_seed(kAliceSeed);
  const Bytes box = *seal_box(alice.public_key(), as_bytes("for alice"), kEphemeral);
  REQUIRE(alice.open_box(box).ok());
  CHECK_FALSE(X25519SecretKey::from_seed(kBobSeed).open_box(box).ok());
  for (std::size_t i = 0; i < box.size(); ++i) {
    Bytes bad = box;
    bad[i] ^= 0x01;
    CHECK_FALSE(alice.open_box(bad).ok());
    const auto cut = alice.open_box(ByteView(box).first(i));
    REQUIRE_FALSE(cut.ok());
    CHECK(cut.error().code == ErrorCode::kSealBroken);
  }
}

TEST_CASE("X25519 keys of small order are neither registered nor sealed for") {
  for (const std::string& encoding : kSmallOrder) {
    INFO(encoding);
    const auto key = hex_array<32>(encoding);
    CHECK_FALSE(check_x25519_key(key).ok());
    const auto box = seal_box(key, as_bytes("text"), kEphemeral);
    REQUIRE_FALSE(box.ok());
    CHECK(box.error().code == ErrorCode::kKeyInvalid);
  }
}

TEST_CASE("X25519 keys that are not canonical are not registered") {
  // 9 is the base point; 9 + p and 9 with the unused bit set are other encodings of it.
  CHECK(check_x25519_key(hex_array<32>("09" + std::string(62, '0'))).ok());
  CHECK_FALSE(check_x25519_key(hex_array<32>("f6" + std::string(60, 'f') + "7f")).ok());
  CHECK_FALSE(check_x25519_key(hex_array<32>("09" + std::string(60, '0') + "80")).ok());
}

TEST_CASE("the largest canonical X25519 keys are registered") {
  // p - 2 and a key whose top bytes are those of p but whose middle is not.
  CHECK(check_x25519_key(hex_array<32>("eb" + std::string(60, 'f') + "7f")).ok());
  CHECK(check_x25519_key(hex_array<32>("ff" + std::string(58, 'f') + "fe7f")).ok());
}

TEST_CASE("honest X25519 keys are registered") {
  CHECK(check_x25519_key(X25519SecretKey::from_seed(kAliceSeed).public_key()).ok());
  CHECK(check_x25519_key(X25519SecretKey::from_seed(kBobSeed).public_key()).ok());
}
