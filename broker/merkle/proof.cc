#include "broker/merkle/proof.h"

#include <algorithm>
#include <bit>

#include "broker/base/invariant.h"
#include "broker/crypto/sha256.h"

namespace rujukan::merkle {
namespace {

constexpr std::array<std::uint8_t, 1> kLeafPrefix{0x00};
constexpr std::array<std::uint8_t, 1> kNodePrefix{0x01};

// The walk of RFC 9162 from a leaf towards the root: `node` is the position at the current level,
// `last` the position of the last node there.
struct Walk {
  std::uint64_t node;
  std::uint64_t last;

  bool at_root() const { return last == 0; }
  bool sibling_is_left() const { return (node & 1) != 0 || node == last; }
  void up() {
    node >>= 1;
    last >>= 1;
  }
  // A right edge that has no sibling stands unchanged on the levels above until it has one.
  void skip_levels_without_sibling() {
    while ((node & 1) == 0 && node != 0) up();
  }
};

}  // namespace

Digest leaf_hash(ByteView entry) { return sha256({kLeafPrefix, entry}); }

Digest leaf_of(const MessageCause& cause) {
  return cause.leaf ? *cause.leaf : leaf_hash(cause.message);
}

Digest node_hash(const Digest& left, const Digest& right) {
  return sha256({kNodePrefix, left, right});
}

Digest empty_root() { return sha256(ByteView{}); }

Digest root_of(std::span<const Digest> leaves) {
  if (leaves.empty()) return empty_root();
  std::vector<Digest> level(leaves.begin(), leaves.end());
  while (level.size() > 1) {
    const std::size_t pairs = level.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) level[i] = node_hash(level[2 * i], level[2 * i + 1]);
    if (level.size() % 2 != 0) level[pairs] = level.back();
    level.resize((level.size() + 1) / 2);
  }
  return level[0];
}

std::vector<Digest> path_of(std::span<const Digest> leaves, std::size_t index) {
  INVARIANT(index < leaves.size());
  std::vector<Digest> path;
  while (leaves.size() > 1) {
    const std::size_t split = std::bit_floor(leaves.size() - 1);
    const auto left = leaves.first(split);
    const auto right = leaves.subspan(split);
    const bool in_left = index < split;
    path.push_back(root_of(in_left ? right : left));
    leaves = in_left ? left : right;
    if (!in_left) index -= split;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::optional<Digest> root_of_path(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                   std::span<const Digest> path) {
  if (index >= size) return std::nullopt;
  Walk walk{index, size - 1};
  Digest hash = leaf;
  for (const Digest& sibling : path) {
    if (walk.at_root()) return std::nullopt;
    if (walk.sibling_is_left()) {
      hash = node_hash(sibling, hash);
      walk.skip_levels_without_sibling();
    } else {
      hash = node_hash(hash, sibling);
    }
    walk.up();
  }
  if (!walk.at_root()) return std::nullopt;
  return hash;
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> path, const Digest& root) {
  return root_of_path(leaf, index, size, path) == root;
}

bool verify_consistency(std::uint64_t first, const Digest& first_root, std::uint64_t second,
                        const Digest& second_root, std::span<const Digest> proof) {
  if (first == 0 || first > second) return false;
  if (first == second) return proof.empty() && first_root == second_root;
  if (proof.empty()) return false;
  Walk walk{first - 1, second - 1};
  while ((walk.node & 1) != 0) walk.up();
  // A first tree that is complete is a node of the second, so its root is not repeated in the
  // proof.
  const bool complete = std::has_single_bit(first);
  Digest old_hash = complete ? first_root : proof[0];
  Digest new_hash = old_hash;
  for (const Digest& sibling : proof.subspan(complete ? 0 : 1)) {
    if (walk.at_root()) return false;
    if (walk.sibling_is_left()) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
      walk.skip_levels_without_sibling();
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    walk.up();
  }
  return walk.at_root() && old_hash == first_root && new_hash == second_root;
}

}  // namespace rujukan::merkle
