// Where the hashes and entries of a tree lie as files (c2sp.org/tlog-tiles): tiles of 256 hashes,
// bundles of 256 entries, and shorter ones at the right edge.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan::merkle {

inline constexpr std::size_t kTileWidth = 256;

// A hash tile of a level, or an entry bundle.
struct TileId {
  bool entries = false;
  std::uint8_t level = 0;  // 0..63; 0 for a bundle
  std::uint64_t index = 0;
  std::size_t width = kTileWidth;  // hashes or entries, 1..256; less: a partial one

  friend bool operator==(const TileId&, const TileId&) = default;
};

// "tile/0/x001/234/067", "tile/1/000.p/5", "tile/entries/x001/000".
std::string tile_path(const TileId& tile);
// Errors: nullopt for any text that tile_path does not give.
std::optional<TileId> parse_tile_path(std::string_view path);

// How many hashes or entries the tile has in a tree of `size` entries; 0: there is no such tile.
std::size_t width_in_tree(const TileId& tile, std::uint64_t size);
// Calls `visit` for the tiles and bundles of a tree of `size` entries, less those that a tree of
// `from` entries has in the same width; bundles first, then level by level, each in order.
void for_each_tile(std::uint64_t from, std::uint64_t size,
                   const std::function<void(const TileId&)>& visit);

// The hashes of a tile. Errors: tile.malformed unless it has 32 x `width` bytes.
Result<std::vector<Digest>> parse_hash_tile(ByteView tile, std::size_t width);
// Appends u16be length and bytes. Requires: entry.size() <= 65,535.
void append_entry(Bytes& bundle, ByteView entry);
// The entries of a bundle, as views into it. Errors: tile.malformed unless it is exactly `width`
// entries; `detail` says at which one it breaks.
Result<std::vector<ByteView>> parse_entry_bundle(ByteView bundle, std::size_t width);

}  // namespace rujukan::merkle
