// RFC 6962 §2.1 word for word, over leaf hashes: the slow second implementation.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "broker/merkle/tree.h"

namespace rujukan::test {

// The leaf hash of the n-th invented entry.
Digest leaf(std::uint64_t n);

// Keeps the roots that it has computed; otherwise literal.
class ReferenceTree {
 public:
  explicit ReferenceTree(std::uint64_t size);

  // MTH(D[begin:end]).
  Digest root(std::uint64_t begin, std::uint64_t end) const;

  // PATH(m, D[begin:end]).
  std::vector<Digest> path(std::uint64_t m, std::uint64_t begin, std::uint64_t end) const;

  // SUBPROOF(m, D[begin:end], b); PROOF(m, D[n]) is subproof(m, 0, n, true).
  std::vector<Digest> subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end,
                               bool b) const;

 private:
  // The largest power of two strictly smaller than n.
  static std::uint64_t split(std::uint64_t n);

  std::vector<Digest> leaves_;
  mutable std::map<std::pair<std::uint64_t, std::uint64_t>, Digest> roots_;
};

// The caller's side of a Tree: keeps the tile nodes, counts reads and can fail.
class NodeMemory final : public merkle::NodeReader {
 public:
  void store(const std::vector<merkle::TileNode>& nodes);

  Result<std::vector<Digest>> read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                         std::size_t count) const override;

  void drop_last(std::uint8_t tile_level) { levels_[tile_level].pop_back(); }
  const std::map<std::uint8_t, std::vector<Digest>>& levels() const { return levels_; }

  mutable std::size_t reads = 0;
  bool fails = false;
  bool in_order = true;

 private:
  std::map<std::uint8_t, std::vector<Digest>> levels_;
};

}  // namespace rujukan::test
