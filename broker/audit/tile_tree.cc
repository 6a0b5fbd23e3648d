#include "broker/audit/tile_tree.h"

#include <algorithm>
#include <bit>

#include "broker/audit/entry_reader.h"
#include "broker/merkle/proof.h"

namespace rujukan::audit {
namespace {

constexpr unsigned kTileHeight = 8;

void find(Findings& findings, const merkle::TileId& id, ErrorCode code, std::string detail = {}) {
  findings.push_back({first_entry(id), {code, merkle::tile_path(id), std::move(detail)}});
}

// `value` without its lowest `bits` bits.
std::uint64_t above(std::uint64_t value, unsigned bits) {
  return bits < 64 ? value >> bits << bits : 0;
}

}  // namespace

std::uint64_t first_entry(const merkle::TileId& tile) {
  const unsigned shift = kTileHeight * (tile.level + 1U);
  return shift < 64 ? tile.index << shift : 0;
}

Result<std::optional<Bytes>> read_or_find(const store::LogFiles& files, const merkle::TileId& id,
                                          Findings& findings) {
  auto bytes = read_tile(files, id);
  if (!bytes && is_of_file(bytes.error())) {
    find(findings, id, ErrorCode::kTileMalformed, to_string(bytes.error()));
    return std::optional<Bytes>();
  }
  if (bytes && !*bytes) find(findings, id, ErrorCode::kTileMissing);
  return bytes;
}

Result<std::vector<Digest>> read_hashes(const store::LogFiles& files, const merkle::TileId& id,
                                        Findings& findings) {
  const auto bytes = read_or_find(files, id, findings);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::vector<Digest>();
  auto hashes = merkle::parse_hash_tile(**bytes, id.width);
  if (hashes) return hashes;
  find(findings, id, hashes.error().code, hashes.error().detail);
  return std::vector<Digest>();
}

Result<void> TileTree::read_edge(Findings& findings) {
  RunningRoot root;
  bool whole = true;
  std::vector<merkle::TileId> partial;
  for (std::uint8_t level = 0; level * kTileHeight < 64 && size_ >> (level * kTileHeight) != 0;
       ++level) {
    const std::uint64_t nodes = size_ >> (level * kTileHeight);
    merkle::TileId id{.level = level, .index = nodes / merkle::kTileWidth};
    id.width = static_cast<std::size_t>(nodes % merkle::kTileWidth);
    if (id.width != 0) partial.push_back(id);
  }
  for (auto id = partial.rbegin(); id != partial.rend(); ++id) {
    auto hashes = read_hashes(files_, *id, findings);
    if (!hashes) return hashes.error();
    whole = whole && !hashes->empty();
    for (const Digest& hash : *hashes) {
      if (whole) root.add_subtree(id->level * kTileHeight, hash);
    }
    if (!hashes->empty()) edge_[id->level] = {id->index, *std::move(hashes), false};
  }
  edge_holds_ = whole && root_ && root.root() == *root_;
  for (auto& [level, tile] : edge_) tile.holds = edge_holds_;
  return {};
}

const std::vector<Digest>* TileTree::edge(std::uint8_t level) const {
  const auto at = edge_.find(level);
  return at == edge_.end() ? nullptr : &at->second.hashes;
}

Result<const TileTree::Tile*> TileTree::full(std::uint8_t level, std::uint64_t index,
                                             Findings& findings) {
  Tile& tile = recent_[level];
  if (tile.index == index) return &tile;
  const auto root = committed(level, index, findings);
  if (!root) return root.error();
  const merkle::TileId id{.level = level, .index = index};
  auto hashes = read_hashes(files_, id, findings);
  if (!hashes) return hashes.error();
  tile = {index, *std::move(hashes), false};
  if (!tile.hashes.empty() && *root) {
    tile.holds = merkle::root_of(tile.hashes) == **root;
    if (!tile.holds) find(findings, id, ErrorCode::kTileHash);
  }
  return &tile;
}

Result<const TileTree::Tile*> TileTree::holding(std::uint8_t level, std::uint64_t index,
                                                Findings& findings) {
  const Tile* tile = nullptr;
  if (merkle::width_in_tree({.level = level, .index = index}, size_) == merkle::kTileWidth) {
    const auto found = full(level, index, findings);
    if (!found) return found.error();
    tile = *found;
  } else if (const auto at = edge_.find(level); at != edge_.end() && at->second.index == index) {
    tile = &at->second;
  }
  return tile != nullptr && tile->holds ? tile : nullptr;
}

Result<std::optional<Digest>> TileTree::committed(std::uint8_t level, std::uint64_t index,
                                                  Findings& findings) {
  const auto above = static_cast<std::uint8_t>(level + 1);
  const auto tile = holding(above, index / merkle::kTileWidth, findings);
  if (!tile) return tile.error();
  if (*tile == nullptr) return std::optional<Digest>();
  return std::optional((*tile)->hashes[index % merkle::kTileWidth]);
}

Result<std::optional<Digest>> TileTree::subtree(unsigned height, std::uint64_t index,
                                                Findings& findings) {
  const auto level = static_cast<std::uint8_t>(height / kTileHeight);
  const std::size_t count = std::size_t{1} << (height % kTileHeight);
  const std::uint64_t first = index * count;
  const auto tile = holding(level, first / merkle::kTileWidth, findings);
  if (!tile) return tile.error();
  const std::size_t place = first % merkle::kTileWidth;
  if (*tile == nullptr || place + count > (*tile)->hashes.size()) return std::optional<Digest>();
  return std::optional(merkle::root_of(std::span((*tile)->hashes).subspan(place, count)));
}

void TileTree::compare_edge(const RunningRoot& entries, Findings& findings) const {
  // The peaks of a level stand behind those of the levels above it.
  for (auto level = edge_.rbegin(); level != edge_.rend(); ++level) {
    const auto& [height, tile] = *level;
    const auto at =
        static_cast<std::size_t>(std::popcount(above(entries.size(), kTileHeight * (height + 1U))));
    const std::vector<Digest> peaks = peaks_of(tile.hashes);
    const bool same = at + peaks.size() <= entries.peaks().size() &&
                      std::equal(peaks.begin(), peaks.end(),
                                 entries.peaks().begin() + static_cast<std::ptrdiff_t>(at));
    if (same) continue;
    find(findings, {.level = height, .index = *tile.index, .width = tile.hashes.size()},
         ErrorCode::kTileHash);
  }
}

}  // namespace rujukan::audit
