#include "broker/audit/tile_nodes.h"

#include <algorithm>

#include "broker/audit/entry_reader.h"
#include "broker/merkle/tiles.h"

namespace rujukan::audit {

Result<std::vector<Digest>> TileNodes::read_nodes(std::uint8_t tile_level, std::uint64_t first,
                                                  std::size_t count) const {
  std::vector<Digest> nodes;
  while (nodes.size() < count) {
    const std::uint64_t at = first + nodes.size();
    merkle::TileId tile{.level = tile_level, .index = at / merkle::kTileWidth};
    tile.width = merkle::width_in_tree(tile, size_);
    const auto bytes = read_tile(files_, tile);
    if (!bytes) return bytes.error();
    if (!*bytes) return Error{ErrorCode::kTileMissing, merkle::tile_path(tile)};
    const auto hashes = merkle::parse_hash_tile(**bytes, tile.width);
    if (!hashes) {
      return Error{hashes.error().code, merkle::tile_path(tile), hashes.error().detail};
    }
    const std::size_t begin = at % merkle::kTileWidth;
    INVARIANT(begin < tile.width);
    const std::size_t end = std::min(tile.width, begin + count - nodes.size());
    nodes.insert(nodes.end(), hashes->begin() + static_cast<std::ptrdiff_t>(begin),
                 hashes->begin() + static_cast<std::ptrdiff_t>(end));
  }
  return nodes;
}

}  // namespace rujukan::audit
