#include "broker/merkle/tiles.h"

#include <algorithm>
#include <charconv>

#include "broker/base/invariant.h"
#include "broker/merkle/text.h"

namespace rujukan::merkle {
namespace {

constexpr std::size_t kTileHeight = 8;
constexpr std::uint8_t kMaxLevel = 63;
constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kDigestBytes = sizeof(Digest);

Error malformed(std::string field, std::string detail) {
  return Error{ErrorCode::kTileMalformed, std::move(field), std::move(detail)};
}

// Nodes of a tile level in a tree of `size` entries.
std::uint64_t nodes_of(std::uint8_t level, std::uint64_t size) {
  const std::size_t shift = level * kTileHeight;
  return shift < 64 ? size >> shift : 0;
}

// 1234067: "x001/x234/067".
std::string index_path(std::uint64_t index) {
  std::string path;
  bool last = true;
  do {
    std::string group = std::to_string(index % 1000);
    group.insert(0, 3 - group.size(), '0');
    path.insert(0, last ? group : "x" + group + "/");
    last = false;
    index /= 1000;
  } while (index != 0);
  return path;
}

std::optional<std::uint64_t> parse_index_path(std::string_view path) {
  std::string digits;
  for (; path.starts_with('x') && path.size() > 4; path.remove_prefix(5)) {
    digits += path.substr(1, 3);
  }
  digits += path;
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return index;
}

// Takes what stands before the next '/'.
std::string_view take_part(std::string_view& path) {
  const auto slash = std::min(path.find('/'), path.size());
  const std::string_view part = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return part;
}

// Calls `visit` for the tiles of one row: those of `count` nodes, less those of `before`.
void for_each_in_row(TileId tile, std::uint64_t before, std::uint64_t count,
                     const std::function<void(const TileId&)>& visit) {
  if (count <= before) return;
  for (std::uint64_t first = before - before % kTileWidth; first < count; first += kTileWidth) {
    tile.index = first / kTileWidth;
    tile.width = static_cast<std::size_t>(std::min<std::uint64_t>(count - first, kTileWidth));
    visit(tile);
  }
}

}  // namespace

std::string tile_path(const TileId& tile) {
  std::string path = "tile/";
  path += tile.entries ? "entries" : std::to_string(tile.level);
  path += "/" + index_path(tile.index);
  if (tile.width != kTileWidth) path += ".p/" + std::to_string(tile.width);
  return path;
}

std::optional<TileId> parse_tile_path(std::string_view path) {
  const std::string_view whole = path;
  if (take_part(path) != "tile") return std::nullopt;
  TileId tile;
  const std::string_view level = take_part(path);
  tile.entries = level == "entries";
  if (!tile.entries) {
    const auto number = parse_decimal(level);
    if (!number || *number > kMaxLevel) return std::nullopt;
    tile.level = static_cast<std::uint8_t>(*number);
  }
  if (const auto partial = path.find(".p/"); partial != std::string_view::npos) {
    const auto width = parse_decimal(path.substr(partial + 3));
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    tile.width = static_cast<std::size_t>(*width);
    path = path.substr(0, partial);
  }
  const auto index = parse_index_path(path);
  if (!index) return std::nullopt;
  tile.index = *index;
  // The one spelling: no missing or superfluous zeros and groups.
  if (tile_path(tile) != whole) return std::nullopt;
  return tile;
}

std::size_t width_in_tree(const TileId& tile, std::uint64_t size) {
  const std::uint64_t nodes = nodes_of(tile.level, size);
  if (tile.index >= nodes / kTileWidth + 1) return 0;
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(nodes - tile.index * kTileWidth, kTileWidth));
}

void for_each_tile(std::uint64_t from, std::uint64_t size,
                   const std::function<void(const TileId&)>& visit) {
  for_each_in_row(TileId{.entries = true}, from, size, visit);
  for (std::uint8_t level = 0; nodes_of(level, size) != 0; ++level) {
    for_each_in_row(TileId{.level = level}, nodes_of(level, from), nodes_of(level, size), visit);
  }
}

Result<std::vector<Digest>> parse_hash_tile(ByteView tile, std::size_t width) {
  if (tile.size() != width * kDigestBytes) {
    return malformed(
        "tile", std::to_string(tile.size()) + " bytes for " + std::to_string(width) + " hashes");
  }
  std::vector<Digest> hashes;
  hashes.reserve(width);
  for (std::size_t i = 0; i < width; ++i) {
    hashes.push_back(*to_array<kDigestBytes>(tile.subspan(i * kDigestBytes, kDigestBytes)));
  }
  return hashes;
}

void append_entry(Bytes& bundle, ByteView entry) {
  INVARIANT(entry.size() <= 0xFFFF);
  append_u16be(bundle, static_cast<std::uint16_t>(entry.size()));
  bundle.insert(bundle.end(), entry.begin(), entry.end());
}

Result<std::vector<ByteView>> parse_entry_bundle(ByteView bundle, std::size_t width) {
  std::vector<ByteView> entries;
  entries.reserve(width);
  for (std::size_t i = 0; i < width; ++i) {
    if (bundle.size() < kLengthBytes) {
      return malformed("bundle", "ends before entry " + std::to_string(i));
    }
    const std::size_t length = read_u16be(bundle);
    bundle = bundle.subspan(kLengthBytes);
    if (bundle.size() < length) return malformed("bundle", "ends in entry " + std::to_string(i));
    entries.push_back(bundle.first(length));
    bundle = bundle.subspan(length);
  }
  if (!bundle.empty()) {
    return malformed("bundle", "bytes after entry " + std::to_string(width - 1));
  }
  return entries;
}

}  // namespace rujukan::merkle
