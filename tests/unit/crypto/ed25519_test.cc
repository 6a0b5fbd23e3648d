#include "broker/crypto/ed25519.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/hex.h"

using namespace rujukan;
using test::hex;
using test::hex_array;

namespace {

struct Vector {
  std::string seed, key, message, signature;
};

// RFC 8032 §7.1: tests 1, 2, 3 and SHA(abc).
const std::vector<Vector> kRfc8032 = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "b"
     "bd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "0"
     "303dca179c138ac17ad9bef1177331a704"},
};

struct EdgeCase {
  std::string what, message, key, signature;
};

const std::string kSmallOrderKey =
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa";
const std::string kMixedOrderKey =
    "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d";
const std::string kNonCanonicalKey =
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

// The cases of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, SSR 2020), appendix, with
// their numbers. Case 3 is left to its own test below.
const std::vector<EdgeCase> kSpeccheckRefused = {
    {"0: S = 0 with R and A of small order",
     "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6", kSmallOrderKey,
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a00000000000000000000000000000"
     "000"
     "00000000000000000000000000000000"},
    {"1: A of small order", "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
     kSmallOrderKey,
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89"
     "b03"
     "984d8068dcf1bb7dfc6637b45450ac04"},
    {"2: R of small order", "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27"
     "ac8"
     "751a7dfe1baff8b953ec9f5833ca260e"},
    {"4: holds only when multiplied by the cofactor",
     "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c", kMixedOrderKey,
     "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911"
     "a9a"
     "6a58921d6925e434ab10aa7940551a09"},
    {"5: the same with 8 times the hash reduced first",
     "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c", kMixedOrderKey,
     "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9"
     "c03"
     "c1ceeeddb658d0030494ace586687405"},
    {"6: S above L", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
     "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490d"
     "c19"
     "b3b3052f7ff0538cb68afb369ba3a514"},
    {"7: S far above L", "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
     "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d"
     "58c"
     "c3f54b8bd0d272f42b695dd7e89a8c22"},
    {"8: R not canonical and of small order",
     "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edcd92b0210bb34d"
     "742"
     "8d12ffc5df5f37e359941266a4e35f0f"},
    {"9: the same with R reduced before hashing",
     "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982aa38d4936621a"
     "477"
     "5aa233aa0505711d8fdcfdaa943d4908"},
    {"10: A not canonical and of small order",
     "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b", kNonCanonicalKey,
     "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89"
     "b03"
     "984d8068dcf1bb7dfc6637b45450ac04"},
    {"11: the same with A reduced before hashing",
     "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f", kNonCanonicalKey,
     "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89"
     "b03"
     "984d8068dcf1bb7dfc6637b45450ac04"},
};

// The encodings of the points of order 1, 2, 4 and 8, canonical and not.
const std::vector<std::string> kSmallOrder = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    kNonCanonicalKey,
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    kSmallOrderKey,
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

bool verifies(const EdgeCase& c) {
  return ed25519_verify(hex_array<32>(c.key), hex(c.message), hex_array<64>(c.signature));
}

// S + L: the same residue, another encoding. L = 2^252 + 27742317777372353535851937790883648493.
Ed25519Signature with_group_order_added(Ed25519Signature signature) {
  const auto order =
      hex_array<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned sum = signature[32 + i] + order[i] + carry;
    signature[32 + i] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  return signature;
}

}  // namespace

TEST_CASE("Ed25519 gives the keys and signatures of RFC 8032") {
  for (const Vector& v : kRfc8032) {
    const auto key = Ed25519SecretKey::from_seed(hex_array<32>(v.seed));
    CHECK(to_hex(key.public_key()) == v.key);
    const Ed25519Signature signature = key.sign(hex(v.message));
    CHECK(to_hex(signature) == v.signature);
    CHECK(ed25519_verify(key.public_key(), hex(v.message), signature));
  }
}

TEST_CASE("a signature with any bit flipped does not verify") {
  const auto key = Ed25519SecretKey::from_seed(hex_array<32>(kRfc8032[2].seed));
  const Ed25519Signature good = key.sign(as_bytes("signed text"));
  for (std::size_t bit = 0; bit < 64 * 8; ++bit) {
    Ed25519Signature bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK_FALSE(ed25519_verify(key.public_key(), as_bytes("signed text"), bad));
  }
  CHECK_FALSE(ed25519_verify(key.public_key(), as_bytes("signed texT"), good));
}

TEST_CASE("a signature does not verify under another key") {
  const auto key = Ed25519SecretKey::from_seed(hex_array<32>(kRfc8032[0].seed));
  const auto other = Ed25519SecretKey::from_seed(hex_array<32>(kRfc8032[1].seed));
  CHECK_FALSE(ed25519_verify(other.public_key(), as_bytes("a"), key.sign(as_bytes("a"))));
}

TEST_CASE("a signature scalar of L or more is refused") {
  for (const Vector& v : kRfc8032) {
    const auto key = hex_array<32>(v.key);
    const auto signature = hex_array<64>(v.signature);
    CHECK_FALSE(ed25519_verify(key, hex(v.message), with_group_order_added(signature)));
  }
}

TEST_CASE("the published edge cases of signatures are refused") {
  for (const EdgeCase& c : kSpeccheckRefused) {
    INFO(c.what);
    CHECK_FALSE(verifies(c));
  }
}

TEST_CASE("a signature under a key of mixed order verifies but the key is not registered") {
  // Case 3 of the same paper: valid with and without the cofactor, so verification accepts it and
  // registration must be what refuses the key.
  const EdgeCase mixed = {"3", "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
                          kMixedOrderKey,
                          "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14"
                          "428a7a1d62e9f22f3d3ad7"
                          "802db02eb2e688b6c52fcd6648a98bd009"};
  CHECK(verifies(mixed));
  const auto checked = check_ed25519_key(hex_array<32>(kMixedOrderKey));
  REQUIRE_FALSE(checked.ok());
  CHECK(checked.error().code == ErrorCode::kKeyInvalid);
}

TEST_CASE("keys of small order are neither registered nor verified under") {
  Ed25519Signature zero{};
  for (const std::string& encoding : kSmallOrder) {
    INFO(encoding);
    const auto point = hex_array<32>(encoding);
    CHECK_FALSE(check_ed25519_key(point).ok());
    std::copy(point.begin(), point.end(), zero.begin());
    CHECK_FALSE(ed25519_verify(point, as_bytes("any"), zero));
  }
}

TEST_CASE("keys that are not canonical or not on the curve are not registered") {
  // y = 2 is on no point; y = p + 3 is another encoding of y = 3.
  CHECK_FALSE(check_ed25519_key(hex_array<32>("02" + std::string(62, '0'))).ok());
  CHECK_FALSE(check_ed25519_key(hex_array<32>("f0" + std::string(60, 'f') + "7f")).ok());
  CHECK_FALSE(check_ed25519_key(hex_array<32>(std::string(64, 'f'))).ok());
}

TEST_CASE("honest keys are registered") {
  for (const Vector& v : kRfc8032) CHECK(check_ed25519_key(hex_array<32>(v.key)).ok());
}

TEST_CASE("a moved signing key still signs and its source is wiped") {
  auto source = Ed25519SecretKey::from_seed(hex_array<32>(kRfc8032[1].seed));
  const auto moved = std::move(source);
  CHECK(to_hex(moved.sign(hex(kRfc8032[1].message))) == kRfc8032[1].signature);
  // What is left is the point.
  // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  CHECK(to_hex(source.sign(hex(kRfc8032[1].message))) != kRfc8032[1].signature);
}
