// RFC 6962 §2.1 word for word, over leaf hashes: the slow second implementation.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/tree.h"

namespace rujukan::test {

// The leaf hash of the n-th invented entry.
inline Digest leaf(std::uint64_t n) {
  Bytes entry;
  append_u64be(entry, n);
  return merkle::leaf_hash(entry);
}

// Keeps the roots that it has computed; otherwise literal.
class ReferenceTree {
 public:
  explicit ReferenceTree(std::uint64_t size) {
    for (std::uint64_t n = 0; n < size; ++n) leaves_.push_back(leaf(n));
  }

  // MTH(D[begin:end]).
  Digest root(std::uint64_t begin, std::uint64_t end) const {
    if (begin == end) return sha256(Bytes{});
    if (end - begin == 1) return leaves_[begin];
    const auto known = roots_.find({begin, end});
    if (known != roots_.end()) return known->second;
    const std::uint64_t k = split(end - begin);
    const Digest left = root(begin, begin + k);
    const Digest right = root(begin + k, end);
    const Bytes prefix{0x01};
    return roots_[{begin, end}] = sha256({prefix, left, right});
  }

  // PATH(m, D[begin:end]).
  std::vector<Digest> path(std::uint64_t m, std::uint64_t begin, std::uint64_t end) const {
    const std::uint64_t n = end - begin;
    if (n == 1) return {};
    const std::uint64_t k = split(n);
    auto out = m < k ? path(m, begin, begin + k) : path(m - k, begin + k, end);
    out.push_back(m < k ? root(begin + k, end) : root(begin, begin + k));
    return out;
  }

  // SUBPROOF(m, D[begin:end], b); PROOF(m, D[n]) is subproof(m, 0, n, true).
  std::vector<Digest> subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end,
                               bool b) const {
    const std::uint64_t n = end - begin;
    if (m == n) return b ? std::vector<Digest>{} : std::vector<Digest>{root(begin, end)};
    const std::uint64_t k = split(n);
    auto out = m <= k ? subproof(m, begin, begin + k, b) : subproof(m - k, begin + k, end, false);
    out.push_back(m <= k ? root(begin + k, end) : root(begin, begin + k));
    return out;
  }

 private:
  // The largest power of two strictly smaller than n.
  static std::uint64_t split(std::uint64_t n) {
    std::uint64_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
  }

  std::vector<Digest> leaves_;
  mutable std::map<std::pair<std::uint64_t, std::uint64_t>, Digest> roots_;
};

// The caller's side of a Tree: keeps the tile nodes, counts reads and can fail.
class NodeMemory final : public merkle::NodeReader {
 public:
  void store(const std::vector<merkle::TileNode>& nodes) {
    for (const auto& node : nodes) {
      auto& level = levels_[node.tile_level];
      in_order = in_order && node.index == level.size();
      level.push_back(node.hash);
    }
  }

  Result<std::vector<Digest>> read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                         std::size_t count) const override {
    ++reads;
    if (fails) return Error{ErrorCode::kStoreFailed};
    const auto at = levels_.find(tile_level);
    if (at == levels_.end()) return std::vector<Digest>{};
    const auto& level = at->second;
    const std::uint64_t end = std::min<std::uint64_t>(first + count, level.size());
    if (first >= end) return std::vector<Digest>{};
    return std::vector<Digest>(level.begin() + static_cast<std::ptrdiff_t>(first),
                               level.begin() + static_cast<std::ptrdiff_t>(end));
  }

  void drop_last(std::uint8_t tile_level) { levels_[tile_level].pop_back(); }
  const std::map<std::uint8_t, std::vector<Digest>>& levels() const { return levels_; }

  mutable std::size_t reads = 0;
  bool fails = false;
  bool in_order = true;

 private:
  std::map<std::uint8_t, std::vector<Digest>> levels_;
};

}  // namespace rujukan::test
