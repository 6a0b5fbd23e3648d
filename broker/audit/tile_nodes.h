// A log's tree from its hash tiles, for proofs without its entries.
#pragma once

#include "broker/merkle/tree.h"
#include "broker/store/log_files.h"

namespace rujukan::audit {

// The nodes of a tree of `size` entries, as the tiles say: whoever must not believe them verifies
// what he makes of them. One thread.
class TileNodes final : public merkle::NodeReader {
 public:
  // `files` outlives it.
  TileNodes(const store::LogFiles& files, std::uint64_t size) : files_(files), size_(size) {}

  // Errors: those of `files`; tile.missing and tile.malformed, `field` the path.
  Result<std::vector<Digest>> read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                         std::size_t count) const override;

 private:
  const store::LogFiles& files_;
  std::uint64_t size_;
};

}  // namespace rujukan::audit
