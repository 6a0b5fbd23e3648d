#include "tests/unit/merkle/reference_tree.h"

#include <algorithm>

#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"

namespace rujukan::test {

Digest leaf(std::uint64_t n) {
  Bytes entry;
  append_u64be(entry, n);
  return merkle::leaf_hash(entry);
}

ReferenceTree::ReferenceTree(std::uint64_t size) {
  for (std::uint64_t n = 0; n < size; ++n) leaves_.push_back(leaf(n));
}

Digest ReferenceTree::root(std::uint64_t begin, std::uint64_t end) const {
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

std::vector<Digest> ReferenceTree::path(std::uint64_t m, std::uint64_t begin,
                                        std::uint64_t end) const {
  const std::uint64_t n = end - begin;
  if (n == 1) return {};
  const std::uint64_t k = split(n);
  auto out = m < k ? path(m, begin, begin + k) : path(m - k, begin + k, end);
  out.push_back(m < k ? root(begin + k, end) : root(begin, begin + k));
  return out;
}

std::vector<Digest> ReferenceTree::subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end,
                                            bool b) const {
  const std::uint64_t n = end - begin;
  if (m == n) return b ? std::vector<Digest>{} : std::vector<Digest>{root(begin, end)};
  const std::uint64_t k = split(n);
  auto out = m <= k ? subproof(m, begin, begin + k, b) : subproof(m - k, begin + k, end, false);
  out.push_back(m <= k ? root(begin + k, end) : root(begin, begin + k));
  return out;
}

std::uint64_t ReferenceTree::split(std::uint64_t n) {
  std::uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

void NodeMemory::store(const std::vector<merkle::TileNode>& nodes) {
  for (const auto& node : nodes) {
    auto& level = levels_[node.tile_level];
    in_order = in_order && node.index == level.size();
    level.push_back(node.hash);
  }
}

Result<std::vector<Digest>> NodeMemory::read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                                   std::size_t count) const {
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

}  // namespace rujukan::test
