#include "broker/merkle/tree.h"

#include <algorithm>
#include <bit>
#include <span>

#include "broker/base/invariant.h"
#include "broker/merkle/proof.h"

namespace rujukan::merkle {
namespace {

// Entries before the end whose proofs, at this size or one up to 256 smaller, read nothing.
constexpr std::size_t kRecentEntries = 512;
constexpr std::size_t kTileHeight = 8;
constexpr std::uint64_t kTileWidth = 1U << kTileHeight;

// Nodes of a height that proofs for recent entries touch: those over recent entries, their
// siblings, and the incomplete ends on both sides.
constexpr std::size_t capacity(std::size_t height) {
  return (height < 64 ? kRecentEntries >> height : 0) + 4;
}

std::size_t height_of(std::uint64_t width) {
  return static_cast<std::size_t>(std::countr_zero(width));
}

Error wrong_count() {
  return Error{ErrorCode::kStoreCorrupt, "nodes", "a stored tree node is missing"};
}

}  // namespace

Tree::Tree(const NodeReader& reader) : reader_(&reader) {}

Tree::Level& Tree::level(std::size_t height) {
  while (levels_.size() <= height) {
    levels_.push_back({.slots = std::vector<Digest>(capacity(levels_.size()))});
  }
  return levels_[height];
}

Result<Tree> Tree::load(const NodeReader& reader, std::uint64_t size) {
  Tree tree(reader);
  tree.size_ = size;
  for (std::uint8_t tile_level = 0; tile_level < kTileHeight; ++tile_level) {
    if (size >> (tile_level * kTileHeight) == 0) break;
    if (const auto loaded = tree.load_tile_level(tile_level); !loaded) return loaded.error();
  }
  return tree;
}

Result<void> Tree::load_tile_level(std::uint8_t tile_level) {
  const std::size_t base = tile_level * kTileHeight;
  const std::uint64_t count = size_ >> base;
  // The first stored node under any node that the levels up to the next tile level keep.
  std::uint64_t first = count;
  for (std::size_t up = 0; up < kTileHeight; ++up) {
    const std::uint64_t nodes = count >> up;
    const std::uint64_t kept = std::min<std::uint64_t>(nodes, capacity(base + up));
    if (kept > 0) first = std::min(first, (nodes - kept) << up);
  }
  auto read = reader_->read_nodes(tile_level, first, count - first);
  if (!read) return read.error();
  std::vector<Digest> nodes = std::move(read).value();
  if (nodes.size() != count - first) return wrong_count();
  for (std::size_t up = 0; up < kTileHeight && (count >> up) > 0; ++up) {
    Level& target = level(base + up);
    target.count = first;
    for (const Digest& hash : nodes) target.push(hash);
    INVARIANT(target.count == count >> up);
    // Pairs begin at an even index.
    std::size_t at = first & 1;
    std::size_t out = 0;
    for (; at + 1 < nodes.size(); at += 2) nodes[out++] = node_hash(nodes[at], nodes[at + 1]);
    nodes.resize(out);
    first = (first + 1) >> 1;
  }
  return {};
}

std::vector<TileNode> Tree::append(const Digest& leaf) {
  std::vector<TileNode> completed;
  Digest hash = leaf;
  for (std::size_t height = 0;; ++height) {
    Level& here = level(height);
    if (height % kTileHeight == 0) {
      completed.push_back({static_cast<std::uint8_t>(height / kTileHeight), here.count, hash});
    }
    here.push(hash);
    if (here.count % 2 != 0) break;
    hash = node_hash(here.at(here.count - 2), here.at(here.count - 1));
  }
  ++size_;
  INVARIANT(levels_[0].count == size_);
  return completed;
}

const std::vector<Tree::EdgeRoot>& Tree::edge() const {
  if (edge_size_ == size_) return edge_;
  edge_.clear();
  for (std::uint64_t rest = size_; rest != 0; rest &= rest - 1) {
    const std::size_t height = height_of(rest);
    const Level& here = levels_[height];
    INVARIANT(here.count == size_ >> height);
    const Digest& complete = here.at(here.count - 1);
    const std::uint64_t first = (here.count - 1) << height;
    edge_.push_back({first, edge_.empty() ? complete : node_hash(complete, edge_.back().hash)});
  }
  edge_size_ = size_;
  return edge_;
}

Digest Tree::root() const { return size_ == 0 ? empty_root() : edge().back().hash; }

Result<Digest> Tree::node(std::size_t height, std::uint64_t index, TileRead& read) const {
  INVARIANT((index + 1) << height <= size_);
  if (levels_[height].holds(index)) return levels_[height].at(index);
  const auto tile_level = static_cast<std::uint8_t>(height / kTileHeight);
  const std::size_t up = height % kTileHeight;
  const std::uint64_t first = index << up;
  const std::uint64_t tile = first / kTileWidth * kTileWidth;
  const std::uint64_t width = 1ULL << up;
  const bool have = read.tile_level == tile_level && read.first == tile &&
                    first - tile + width <= read.nodes.size();
  if (!have) {
    const std::uint64_t stored = size_ >> (tile_level * kTileHeight);
    const std::uint64_t count = std::min(kTileWidth, stored - tile);
    auto nodes = reader_->read_nodes(tile_level, tile, count);
    if (!nodes) return nodes.error();
    if (nodes->size() != count) return wrong_count();
    read = {tile_level, tile, std::move(nodes).value()};
  }
  return root_of(std::span(read.nodes).subspan(first - tile, width));
}

Result<Digest> Tree::range_root(std::uint64_t first, std::uint64_t last, TileRead& read) const {
  INVARIANT(first < last && last <= size_);
  if (last == size_) {
    for (const EdgeRoot& part : edge()) {
      if (part.first == first) return part.hash;
    }
  }
  std::optional<Digest> root;
  for (std::uint64_t rest = last - first; rest != 0; rest &= rest - 1) {
    const std::size_t height = height_of(rest);
    const auto complete = node(height, (last >> height) - 1, read);
    if (!complete) return complete.error();
    root = root ? node_hash(*complete, *root) : *complete;
  }
  return *root;
}

Result<std::vector<Digest>> Tree::inclusion(std::uint64_t index, std::uint64_t at_size) const {
  INVARIANT(index < at_size && at_size <= size_);
  std::vector<Digest> path;
  TileRead read;
  std::uint64_t first = 0;
  std::uint64_t last = at_size;
  while (last - first > 1) {
    const std::uint64_t split = first + std::bit_floor(last - first - 1);
    const bool in_left = index < split;
    const auto sibling = in_left ? range_root(split, last, read) : range_root(first, split, read);
    if (!sibling) return sibling.error();
    path.push_back(*sibling);
    (in_left ? last : first) = split;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

Result<std::vector<Digest>> Tree::consistency(std::uint64_t first, std::uint64_t second) const {
  INVARIANT(0 < first && first <= second && second <= size_);
  std::vector<Digest> proof;
  TileRead read;
  std::uint64_t begin = 0;
  std::uint64_t end = second;
  // SUBPROOF of RFC 6962 §2.1.2, from the root down: the first tree ends at `first` in every range.
  while (end != first) {
    const std::uint64_t split = begin + std::bit_floor(end - begin - 1);
    const bool in_left = first <= split;
    const auto sibling = in_left ? range_root(split, end, read) : range_root(begin, split, read);
    if (!sibling) return sibling.error();
    proof.push_back(*sibling);
    (in_left ? end : begin) = split;
  }
  // A range that begins the first tree is that tree: its root is known to the verifier.
  if (begin != 0) {
    const auto common = range_root(begin, end, read);
    if (!common) return common.error();
    proof.push_back(*common);
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<Digest> Tree::root_at(std::uint64_t at_size) const {
  INVARIANT(at_size <= size_);
  if (at_size == 0) return empty_root();
  TileRead read;
  return range_root(0, at_size, read);
}

}  // namespace rujukan::merkle
