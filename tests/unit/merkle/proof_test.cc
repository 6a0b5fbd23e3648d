#include "broker/merkle/proof.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/hex.h"
#include "tests/unit/merkle/reference_tree.h"

using namespace rujukan;
using namespace rujukan::merkle;
using test::hex;
using test::ReferenceTree;

namespace {

using Hashes = std::vector<Digest>;

// The leaves and roots of Certificate Transparency's reference implementation.
const std::vector<std::string> kLeaves = {"",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

Hashes leaves(std::size_t count) {
  Hashes out;
  for (std::size_t n = 0; n < count; ++n) out.push_back(test::leaf(n));
  return out;
}

Digest flipped(Digest hash, std::size_t bit) {
  hash[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  return hash;
}

// Calls `refused` with every single-bit change of one hash, and with one hash more and fewer.
template <typename Refused>
void for_each_damage(const Hashes& proof, Refused refused) {
  for (std::size_t i = 0; i < proof.size(); ++i) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
      Hashes bad = proof;
      bad[i] = flipped(bad[i], bit);
      refused(bad);
    }
    Hashes fewer = proof;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    refused(fewer);
    Hashes more = proof;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(i), proof[i]);
    refused(more);
  }
  Hashes longer = proof;
  longer.push_back(Digest{});
  refused(longer);
}

}  // namespace

TEST_CASE("roots of sizes 0 to 8 are those of RFC 6962") {
  Hashes hashes;
  CHECK(to_hex(root_of(hashes)) == kRoots[0]);
  CHECK(to_hex(empty_root()) == kRoots[0]);
  for (std::size_t n = 0; n < kLeaves.size(); ++n) {
    hashes.push_back(leaf_hash(hex(kLeaves[n])));
    CHECK(to_hex(root_of(hashes)) == kRoots[n + 1]);
  }
}

TEST_CASE("proofs of the eight leaves are those of Certificate Transparency") {
  Hashes hashes;
  for (const auto& one : kLeaves) hashes.push_back(leaf_hash(hex(one)));
  const auto root = [&](std::size_t size) { return root_of(std::span(hashes).first(size)); };
  const auto digests = [](const std::vector<std::string>& texts) {
    Hashes out;
    for (const auto& text : texts) out.push_back(test::hex_array<32>(text));
    return out;
  };
  const std::string& n01 = kRoots[2];
  const std::string& n03 = kRoots[4];
  const std::string leaf1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
  const std::string leaf4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
  const std::string n23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
  const std::string n45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
  const std::string n67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
  const std::string n47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
  struct Inclusion {
    std::size_t index;
    std::size_t size;
    std::vector<std::string> path;
  };
  for (const Inclusion& one : std::vector<Inclusion>{{0, 1, {}},
                                                     {0, 8, {leaf1, n23, n47}},
                                                     {5, 8, {leaf4, n67, n03}},
                                                     {2, 3, {n01}},
                                                     {1, 5, {kRoots[1], n23, leaf4}}}) {
    const Hashes path = digests(one.path);
    CHECK(path_of(std::span(hashes).first(one.size), one.index) == path);
    CHECK(verify_inclusion(hashes[one.index], one.index, one.size, path, root(one.size)));
  }
  CHECK(verify_consistency(1, root(1), 8, root(8), digests({leaf1, n23, n47})));
  CHECK(verify_consistency(6, root(6), 8, root(8), digests({n45, n67, n03})));
  CHECK(verify_consistency(2, root(2), 5, root(5), digests({n23, leaf4})));
  CHECK_FALSE(verify_consistency(2, root(2), 5, root(5), digests({leaf4, n23})));
}

TEST_CASE("a leaf and a node of the same bytes have different hashes") {
  const Digest left = test::leaf(0);
  const Digest right = test::leaf(1);
  Bytes both(left.begin(), left.end());
  both.insert(both.end(), right.begin(), right.end());
  CHECK(node_hash(left, right) != leaf_hash(both));
  CHECK(node_hash(left, right) != node_hash(right, left));
}

TEST_CASE("roots and paths in memory are those of the literal second implementation") {
  constexpr std::size_t kSize = 256;
  const ReferenceTree reference(kSize);
  const Hashes all = leaves(kSize);
  for (const std::size_t size : {1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 63, 64, 65, 200, 255, 256}) {
    const auto part = std::span(all).first(size);
    const Digest root = root_of(part);
    REQUIRE(root == reference.root(0, size));
    for (std::size_t index = 0; index < size; ++index) {
      const Hashes path = path_of(part, index);
      REQUIRE(path == reference.path(index, 0, size));
      REQUIRE(verify_inclusion(all[index], index, size, path, root));
    }
  }
}

TEST_CASE("an inclusion proof with any damage is refused") {
  const Hashes all = leaves(13);
  const Digest root = root_of(all);
  for (std::size_t index = 0; index < all.size(); ++index) {
    const Hashes path = path_of(all, index);
    for_each_damage(path, [&](const Hashes& bad) {
      CHECK_FALSE(verify_inclusion(all[index], index, all.size(), bad, root));
    });
    for (std::size_t bit = 0; bit < 256; ++bit) {
      CHECK_FALSE(verify_inclusion(flipped(all[index], bit), index, all.size(), path, root));
      CHECK_FALSE(verify_inclusion(all[index], index, all.size(), path, flipped(root, bit)));
    }
    for (std::size_t other = 0; other < all.size() + 3; ++other) {
      CHECK(verify_inclusion(all[index], other, all.size(), path, root) == (other == index));
    }
  }
}

TEST_CASE("an inclusion proof of the wrong length for its index and size is refused") {
  const Hashes all = leaves(8);
  const Digest root = root_of(all);
  const Hashes path = path_of(all, 3);
  for (const std::uint64_t size : {0, 1, 2, 3, 4, 9, 16, 17, 1000}) {
    CHECK_FALSE(verify_inclusion(all[3], 3, size, path, root));
  }
  CHECK_FALSE(verify_inclusion(root, 0, 0, {}, root));
  CHECK(verify_inclusion(root, 0, 1, {}, root));
}

TEST_CASE("consistency proofs verify and any damage is refused") {
  constexpr std::uint64_t kSize = 13;
  const ReferenceTree reference(kSize);
  for (std::uint64_t second = 1; second <= kSize; ++second) {
    for (std::uint64_t first = 1; first <= second; ++first) {
      const Hashes proof = reference.subproof(first, 0, second, true);
      const Digest old_root = reference.root(0, first);
      const Digest new_root = reference.root(0, second);
      REQUIRE(verify_consistency(first, old_root, second, new_root, proof));
      for_each_damage(proof, [&](const Hashes& bad) {
        REQUIRE_FALSE(verify_consistency(first, old_root, second, new_root, bad));
      });
      for (std::size_t bit = 0; bit < 256; ++bit) {
        REQUIRE_FALSE(verify_consistency(first, flipped(old_root, bit), second, new_root, proof));
        REQUIRE_FALSE(verify_consistency(first, old_root, second, flipped(new_root, bit), proof));
      }
    }
  }
}

TEST_CASE("consistency from nothing or backwards or without a needed proof is refused") {
  const ReferenceTree reference(4);
  const Digest root = reference.root(0, 4);
  CHECK_FALSE(verify_consistency(0, empty_root(), 0, empty_root(), {}));
  CHECK_FALSE(verify_consistency(0, empty_root(), 4, root, {}));
  CHECK_FALSE(verify_consistency(4, root, 3, reference.root(0, 3), {}));
  CHECK_FALSE(verify_consistency(3, reference.root(0, 3), 4, root, {}));
  CHECK(verify_consistency(4, root, 4, root, {}));
  CHECK_FALSE(verify_consistency(4, root, 4, root, Hashes{root}));
  CHECK_FALSE(verify_consistency(4, root, 4, reference.root(0, 3), {}));
}
