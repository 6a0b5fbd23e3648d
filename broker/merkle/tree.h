// The log's tree: appends leaf hashes and gives roots, inclusion and consistency proofs for any
// size it has had. Nodes of the tile levels (every eighth) are kept by the caller; the right edge
// is kept in memory, so that proofs for fresh entries read nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::merkle {

// A complete node of tile level L: MTH(D[n * 256^L : (n + 1) * 256^L]).
struct TileNode {
  std::uint8_t tile_level;
  std::uint64_t index;
  Digest hash;
};

// Reads `count` consecutive nodes of a tile level from `first`. Errors: store.*.
class NodeReader {
 public:
  virtual ~NodeReader() = default;
  virtual Result<std::vector<Digest>> read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                                 std::size_t count) const = 0;
};

// Owned by the sequencer; one thread.
class Tree {
 public:
  // An empty tree; `reader` outlives it and must hold every node that append() returned.
  explicit Tree(const NodeReader& reader);
  // Restores a tree of `size` entries from its stored nodes. Errors: store.*.
  static Result<Tree> load(const NodeReader& reader, std::uint64_t size);

  std::uint64_t size() const { return size_; }
  Digest root() const;
  // Adds a leaf; returns the tile nodes that became complete (the leaf itself first), which the
  // caller stores in the same transaction as the entry.
  std::vector<TileNode> append(const Digest& leaf);

  // For a past or present size. Requires: index < at_size <= size(). Errors: store.*.
  Result<std::vector<Digest>> inclusion(std::uint64_t index, std::uint64_t at_size) const;
  // Requires: 0 < first <= second <= size(). Errors: store.*.
  Result<std::vector<Digest>> consistency(std::uint64_t first, std::uint64_t second) const;
  // Root of a past or present size. Requires: at_size <= size(). Errors: store.*.
  Result<Digest> root_at(std::uint64_t at_size) const;

 private:
  // The last complete nodes of one binary level, the one of index i in slot i % slots.size().
  struct Level {
    std::uint64_t count = 0;
    std::vector<Digest> slots;

    bool holds(std::uint64_t index) const { return index < count && count - index <= slots.size(); }
    const Digest& at(std::uint64_t index) const { return slots[index % slots.size()]; }
    void push(const Digest& hash) { slots[count++ % slots.size()] = hash; }
  };
  // MTH(D[first:size]) for the part of the right edge that begins at `first`.
  struct EdgeRoot {
    std::uint64_t first;
    Digest hash;
  };
  // The tile nodes read last; siblings on the way to one root lie in one tile per tile level.
  struct TileRead {
    std::uint8_t tile_level = 0;
    std::uint64_t first = 0;
    std::vector<Digest> nodes;
  };

  Level& level(std::size_t height);
  Result<void> load_tile_level(std::uint8_t tile_level);
  const std::vector<EdgeRoot>& edge() const;
  // MTH(D[index * 2^height : (index + 1) * 2^height]).
  Result<Digest> node(std::size_t height, std::uint64_t index, TileRead& read) const;
  // MTH(D[first:last]), where the range is a subtree of the tree of `last` entries.
  Result<Digest> range_root(std::uint64_t first, std::uint64_t last, TileRead& read) const;

  const NodeReader* reader_;
  std::uint64_t size_ = 0;
  std::vector<Level> levels_;  // by height; 0 holds leaf hashes
  // From the smallest part to the root; of the tree of edge_size_ entries.
  mutable std::vector<EdgeRoot> edge_;
  mutable std::uint64_t edge_size_ = 0;
};

}  // namespace rujukan::merkle
