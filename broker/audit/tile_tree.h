// The hash tiles of a tree from its root down: each is held against the hash that the tile above,
// once held itself, has of it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "broker/audit/finding.h"
#include "broker/audit/running_root.h"
#include "broker/merkle/tiles.h"
#include "broker/store/log_files.h"

namespace rujukan::audit {

// The first entry that a tile covers.
std::uint64_t first_entry(const merkle::TileId& tile);

// Keeps one tile of each level. One thread.
class TileTree {
 public:
  // `root`: of the tree of `size` entries; not set: nothing vouches for its tiles. `files` outlives
  // it.
  TileTree(const store::LogFiles& files, std::uint64_t size, std::optional<Digest> root)
      : files_(files), size_(size), root_(root) {}

  // Reads the partial tiles, whose hashes give the root. Errors: those of the files.
  Result<void> read_edge(Findings& findings);
  // Whether they do.
  bool edge_holds() const { return edge_holds_; }
  // The hashes of a level's partial tile; nullptr: there is none in the tree, or it is not whole.
  const std::vector<Digest>* edge(std::uint8_t level) const;

  // What the tree commits to as the root of a full tile; nullopt: nothing above it holds. Asked in
  // the order of indices. Errors: those of the files.
  Result<std::optional<Digest>> committed(std::uint8_t level, std::uint64_t index,
                                          Findings& findings);

  // The root of the leaves [index * 2^height, (index + 1) * 2^height); nullopt: nothing above it
  // holds. Errors: those of the files.
  Result<std::optional<Digest>> subtree(unsigned height, std::uint64_t index, Findings& findings);

  // Once all entries are known: finds the partial tiles whose hashes are not theirs.
  void compare_edge(const RunningRoot& entries, Findings& findings) const;

 private:
  struct Tile {
    std::optional<std::uint64_t> index;
    std::vector<Digest> hashes;  // empty: it is missing or malformed
    bool holds = false;
  };
  // nullptr: there is none, or nothing above it holds.
  Result<const Tile*> holding(std::uint8_t level, std::uint64_t index, Findings& findings);
  Result<const Tile*> full(std::uint8_t level, std::uint64_t index, Findings& findings);

  const store::LogFiles& files_;
  std::uint64_t size_;
  std::optional<Digest> root_;
  bool edge_holds_ = false;
  std::map<std::uint8_t, Tile> edge_;    // by level
  std::map<std::uint8_t, Tile> recent_;  // by level: the full tile asked for last
};

// Reads a tile's hashes; what is wrong with the file is a finding, and the result empty. Errors:
// those of the files.
Result<std::vector<Digest>> read_hashes(const store::LogFiles& files, const merkle::TileId& id,
                                        Findings& findings);
// The bytes of a tile or bundle, likewise; nullopt: it is missing.
Result<std::optional<Bytes>> read_or_find(const store::LogFiles& files, const merkle::TileId& id,
                                          Findings& findings);

}  // namespace rujukan::audit
