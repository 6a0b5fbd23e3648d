// Reads the bundles of a tree with the hashes that they are held against.
#pragma once

#include <vector>

#include "broker/audit/batch.h"
#include "broker/audit/target.h"
#include "broker/audit/tile_tree.h"

namespace rujukan::audit {

// One thread.
class BundleReader {
 public:
  // All outlive it. `stored`: of a data directory, whose checkpoints are all read; else nullptr.
  BundleReader(const store::LogFiles& files, const Target& target, TileTree& tiles,
               const store::Reader* stored)
      : files_(files), target_(target), tiles_(tiles), stored_(stored) {}

  // The bundle that begins at position `first`, a multiple of 256. Errors of the source are in it.
  Batch read(std::uint64_t first);

 private:
  Result<void> read_into(Batch& batch);
  Result<void> read_checkpoints(Batch& batch) const;

  const store::LogFiles& files_;
  const Target& target_;
  TileTree& tiles_;
  const store::Reader* stored_;
};

}  // namespace rujukan::audit
