#include "broker/audit/entry_reader.h"

namespace rujukan::audit {
namespace {

constexpr std::size_t kLengthBytes = 2;

// How many bytes the first `width` hashes or entries take; all of them when the tile breaks before.
std::size_t bytes_of(const merkle::TileId& tile, ByteView bytes) {
  if (!tile.entries) return std::min(bytes.size(), tile.width * sizeof(Digest));
  std::size_t at = 0;
  for (std::size_t i = 0; i < tile.width; ++i) {
    if (bytes.size() - at < kLengthBytes) return bytes.size();
    const std::size_t length = read_u16be(bytes.subspan(at));
    at += kLengthBytes;
    if (bytes.size() - at < length) return bytes.size();
    at += length;
  }
  return at;
}

}  // namespace

bool is_of_file(const Error& error) {
  return error.code == ErrorCode::kStoreCorrupt || error.code == ErrorCode::kConfigTooLarge;
}

Result<std::optional<Bytes>> read_tile(const store::LogFiles& files, const merkle::TileId& tile) {
  auto exact = files.read(merkle::tile_path(tile));
  if (!exact || *exact || tile.width == merkle::kTileWidth) return exact;
  merkle::TileId whole = tile;
  whole.width = merkle::kTileWidth;
  auto full = files.read(merkle::tile_path(whole));
  if (!full || !*full) return full;
  (*full)->resize(bytes_of(tile, **full));
  return full;
}

Result<void> for_each_entry(const store::LogFiles& files, std::uint64_t from, std::uint64_t size,
                            const std::function<bool(std::uint64_t, ByteView)>& visit) {
  for (std::uint64_t first = from - from % merkle::kTileWidth; first < size;
       first += merkle::kTileWidth) {
    merkle::TileId bundle{.entries = true, .index = first / merkle::kTileWidth};
    bundle.width = merkle::width_in_tree(bundle, size);
    const auto bytes = read_tile(files, bundle);
    if (!bytes) return bytes.error();
    if (!*bytes) return Error{ErrorCode::kTileMissing, merkle::tile_path(bundle)};
    const auto entries = merkle::parse_entry_bundle(**bytes, bundle.width);
    if (!entries) {
      return Error{entries.error().code, merkle::tile_path(bundle), entries.error().detail};
    }
    Bytes aligned;
    for (std::size_t i = 0; i < entries->size(); ++i) {
      if (first + i < from) continue;
      aligned.assign((*entries)[i].begin(), (*entries)[i].end());
      if (!visit(first + i, aligned)) return {};
    }
  }
  return {};
}

}  // namespace rujukan::audit
