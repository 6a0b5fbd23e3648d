#include "broker/merkle/tiles.h"

#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "broker/merkle/proof.h"
#include "tests/support/hex.h"
#include "tests/unit/merkle/reference_tree.h"

using namespace rujukan;
using namespace rujukan::merkle;
using test::hex;
using test::NodeMemory;
using test::ReferenceTree;

namespace {

std::set<std::string> paths(std::uint64_t from, std::uint64_t size) {
  std::set<std::string> out;
  for_each_tile(from, size, [&](const TileId& tile) { out.insert(tile_path(tile)); });
  return out;
}

// As 64 bits say it, for sizes that need no arithmetic on the edge of the type.
std::size_t literal_width(const TileId& tile, std::uint64_t size) {
  std::uint64_t nodes = size;
  for (std::uint8_t level = 0; level < tile.level; ++level) nodes /= 256;
  std::size_t width = 0;
  while (width < 256 && tile.index * 256 + width < nodes) ++width;
  return width;
}

// MTH over the hashes of a level that stand for `entries` complete subtrees each, with the rest of
// the tree from the level below: what a reader of the tiles alone computes.
Digest root_of_tiles(const std::map<std::string, std::vector<Digest>>& tiles, std::uint64_t size) {
  if (size == 0) return empty_root();
  std::vector<Digest> parts;  // of the tree's right edge, the largest first
  std::uint64_t first = 0;
  for (int height = 63; height >= 0; --height) {
    const std::uint64_t entries = std::uint64_t{1} << height;
    if ((size & entries) == 0) continue;
    const auto level = static_cast<std::uint8_t>(height / 8);
    const std::uint64_t begin = first >> (8 * level);
    std::vector<Digest> hashes;
    for (std::uint64_t n = begin; n < begin + (entries >> (8 * level)); ++n) {
      TileId tile{.level = level, .index = n / 256};
      tile.width = width_in_tree(tile, size);
      hashes.push_back(tiles.at(tile_path(tile)).at(n % 256));
    }
    parts.push_back(root_of(hashes));
    first += entries;
  }
  Digest root = parts.back();
  for (std::size_t i = parts.size() - 1; i-- > 0;) root = node_hash(parts[i], root);
  return root;
}

// The hash tiles of a tree, cut from the nodes that a log stores.
std::map<std::string, std::vector<Digest>> cut(const NodeMemory& nodes, std::uint64_t size) {
  std::map<std::string, std::vector<Digest>> tiles;
  for_each_tile(0, size, [&](const TileId& tile) {
    if (tile.entries) return;
    auto hashes = nodes.read_nodes(tile.level, tile.index * 256, tile.width);
    REQUIRE(hashes.ok());
    REQUIRE(hashes->size() == tile.width);
    tiles[tile_path(tile)] = std::move(hashes).value();
  });
  return tiles;
}

}  // namespace

TEST_CASE("tile paths are those of the specification") {
  CHECK(tile_path({.level = 0, .index = 1234067}) == "tile/0/x001/x234/067");
  CHECK(tile_path({.level = 1, .index = 0, .width = 5}) == "tile/1/000.p/5");
  CHECK(tile_path({.entries = true, .index = 1000}) == "tile/entries/x001/000");
  CHECK(tile_path({.entries = true, .index = 999, .width = 255}) == "tile/entries/999.p/255");
  CHECK(tile_path({.level = 63, .index = 999'999}) == "tile/63/x999/999");
}

TEST_CASE("tile paths are read back") {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t index :
       std::vector<std::uint64_t>{0, 7, 42, 999, 1000, 1001, 999'999, 1'000'000, 1'234'067, kMax}) {
    for (const std::size_t width : {1, 9, 10, 255, 256}) {
      for (const bool entries : {false, true}) {
        const TileId tile{entries, static_cast<std::uint8_t>(entries ? 0 : 63), index, width};
        const auto read = parse_tile_path(tile_path(tile));
        REQUIRE(read.has_value());
        CHECK(*read == tile);
      }
    }
  }
}

TEST_CASE("any other spelling of a tile path is refused") {
  for (const std::string path : {"",
                                 "tile",
                                 "tile/",
                                 "tile/0",
                                 "tile/0/",
                                 "tile/0/0",
                                 "tile/0/00",
                                 "tile/0/0000",
                                 "tile/0/x000/000",
                                 "tile/0/x000/001",
                                 "tile/0/x01/000",
                                 "tile/0/x001/00",
                                 "tile/0/x001/x000",
                                 "tile/0/001/000",
                                 "tile/0/x001000",
                                 "tile/00/000",
                                 "tile/01/000",
                                 "tile/64/000",
                                 "tile/256/000",
                                 "tile/-1/000",
                                 "tile/+1/000",
                                 "tile/x/000",
                                 "tile/entries/",
                                 "tile/Entries/000",
                                 "tile/data/000",
                                 "tile/8/0/000",
                                 "/tile/0/000",
                                 "tile/0/000/",
                                 "tile//000",
                                 "tile/0//000",
                                 "tile/0/000.p",
                                 "tile/0/000.p/",
                                 "tile/0/000.p/0",
                                 "tile/0/000.p/256",
                                 "tile/0/000.p/01",
                                 "tile/0/000.p/-1",
                                 "tile/0/000.p/1/",
                                 "tile/0/000.p/1.p/1",
                                 "tile/0/000.q/1",
                                 "tile/0/-01",
                                 "tile/0/ 01",
                                 "tile/0/000 ",
                                 "tile/0/../000",
                                 "tile/0/x999/x999/x999/x999/x999/x999/999",
                                 "tile/0/x018/x446/x744/x073/x709/x551/616",
                                 "checkpoint"}) {
    INFO(path);
    CHECK_FALSE(parse_tile_path(path).has_value());
  }
}

TEST_CASE("a tree of 70000 entries has the tiles that the specification counts") {
  const auto all = paths(0, 70'000);
  std::size_t hash_tiles = 0;
  for (const auto& path : all) hash_tiles += path.starts_with("tile/entries/") ? 0 : 1;
  CHECK(hash_tiles == 277);
  CHECK(all.size() == 277 + 274);
  for (const std::string path :
       {"tile/0/000", "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17",
        "tile/2/000.p/1", "tile/entries/272", "tile/entries/273.p/112"}) {
    INFO(path);
    CHECK(all.contains(path));
  }
}

TEST_CASE("a tree of 256 entries has one full tile and a partial one above") {
  CHECK(paths(0, 256) == std::set<std::string>{"tile/entries/000", "tile/0/000", "tile/1/000.p/1"});
  CHECK(paths(0, 0).empty());
  CHECK(paths(0, 1) == std::set<std::string>{"tile/entries/000.p/1", "tile/0/000.p/1"});
}

TEST_CASE("tiles come bundles first and then level by level in order") {
  std::vector<std::string> order;
  for_each_tile(0, 600, [&](const TileId& tile) { order.push_back(tile_path(tile)); });
  CHECK(order == std::vector<std::string>{"tile/entries/000", "tile/entries/001",
                                          "tile/entries/002.p/88", "tile/0/000", "tile/0/001",
                                          "tile/0/002.p/88", "tile/1/000.p/2"});
}

TEST_CASE("growth visits the tiles that the smaller tree has not in the same width") {
  const std::vector<std::uint64_t> sizes = {0,   1,   2,      255,    256,    257,   511,
                                            512, 513, 65'535, 65'536, 65'537, 70'000};
  for (const std::uint64_t from : sizes) {
    const auto before = paths(0, from);
    for (const std::uint64_t size : sizes) {
      if (size < from) continue;
      std::set<std::string> expected;
      for (const auto& path : paths(0, size)) {
        if (!before.contains(path)) expected.insert(path);
      }
      INFO(from << " to " << size);
      CHECK(paths(from, size) == expected);
    }
  }
}

TEST_CASE("widths in a tree are what counting gives") {
  for (const std::uint64_t size : {0, 1, 255, 256, 257, 511, 512, 65'535, 65'536, 65'792, 70'000}) {
    for (const std::uint8_t level : Bytes{0, 1, 2, 3}) {
      for (const std::uint64_t index : {0, 1, 2, 255, 256, 257, 273, 274}) {
        const TileId tile{.level = level, .index = index};
        INFO(tile_path(tile) << " of " << size);
        CHECK(width_in_tree(tile, size) == literal_width(tile, size));
      }
    }
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  CHECK(width_in_tree({.level = 0, .index = kMax}, kMax) == 0);
  CHECK(width_in_tree({.level = 0, .index = kMax / 256}, kMax) == 255);
  CHECK(width_in_tree({.level = 7, .index = 0}, kMax) == 255);
  CHECK(width_in_tree({.level = 8, .index = 0}, kMax) == 0);
  CHECK(width_in_tree({.level = 63, .index = 0}, kMax) == 0);
}

TEST_CASE("the tiles of every size up to 1100 hash to the root of the second implementation") {
  constexpr std::uint64_t kSize = 1100;
  const ReferenceTree reference(kSize);
  NodeMemory nodes;
  Tree tree(nodes);
  for (std::uint64_t size = 0; size <= kSize; ++size) {
    REQUIRE(root_of_tiles(cut(nodes, size), size) == reference.root(0, size));
    nodes.store(tree.append(test::leaf(size)));
  }
}

TEST_CASE("the tiles of sizes around 65536 hash to the root of the second implementation") {
  constexpr std::uint64_t kSize = 65'536 + 300;
  const ReferenceTree reference(kSize);
  NodeMemory nodes;
  Tree tree(nodes);
  while (tree.size() < kSize) nodes.store(tree.append(test::leaf(tree.size())));
  for (const std::uint64_t size :
       {65'279, 65'280, 65'281, 65'535, 65'536, 65'537, 65'791, 65'792, 65'793, 65'836}) {
    REQUIRE(root_of_tiles(cut(nodes, size), size) == reference.root(0, size));
  }
}

TEST_CASE("a hash tile has 32 bytes for each hash") {
  Bytes bytes;
  std::vector<Digest> expected;
  for (std::uint64_t n = 0; n < 256; ++n) {
    expected.push_back(test::leaf(n));
    bytes.insert(bytes.end(), expected.back().begin(), expected.back().end());
  }
  const auto full = parse_hash_tile(bytes, 256);
  REQUIRE(full.ok());
  CHECK(*full == expected);
  CHECK(parse_hash_tile(ByteView(bytes).first(32), 1)->front() == expected[0]);
  for (const std::size_t length : {0, 31, 33, 64, 8191}) {
    const auto bad = parse_hash_tile(ByteView(bytes).first(length), 1);
    REQUIRE_FALSE(bad.ok());
    CHECK(bad.error().code == ErrorCode::kTileMalformed);
  }
}

TEST_CASE("an entry bundle is lengths and bytes") {
  Bytes bundle;
  for (const std::string_view entry : {"one", "two", "three"})
    append_entry(bundle, as_bytes(entry));
  CHECK(to_hex(bundle) == "00036f6e65000374776f00057468726565");
  const auto entries = parse_entry_bundle(bundle, 3);
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 3);
  CHECK(as_text((*entries)[0]) == "one");
  CHECK(as_text((*entries)[2]) == "three");
}

TEST_CASE("an entry of 65535 bytes goes through a bundle and so does an empty one") {
  Bytes bundle;
  append_entry(bundle, Bytes(65'535, 7));
  append_entry(bundle, {});
  const auto entries = parse_entry_bundle(bundle, 2);
  REQUIRE(entries.ok());
  CHECK((*entries)[0].size() == 65'535);
  CHECK((*entries)[1].empty());
}

TEST_CASE("a bundle that is cut or too long or lies about a length is refused with its place") {
  const Bytes bundle = hex("00036f6e65000374776f00057468726565");
  for (std::size_t size = 0; size < bundle.size(); ++size) {
    const auto cut_off = parse_entry_bundle(ByteView(bundle).first(size), 3);
    REQUIRE_FALSE(cut_off.ok());
    CHECK(cut_off.error().code == ErrorCode::kTileMalformed);
  }
  CHECK(parse_entry_bundle(bundle, 2).error().detail == "bytes after entry 1");
  CHECK(parse_entry_bundle(bundle, 4).error().detail == "ends before entry 3");
  Bytes lies = bundle;
  lies[6] = 4;
  CHECK_FALSE(parse_entry_bundle(lies, 3).ok());
  lies[5] = 0xFF;
  CHECK(parse_entry_bundle(lies, 3).error().detail == "ends in entry 1");
}
