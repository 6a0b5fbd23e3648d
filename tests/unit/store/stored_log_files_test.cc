#include "broker/store/stored_log_files.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/tiles.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/store/log_in_test.h"

using namespace rujukan;
using namespace rujukan::store;
using test::LogInTest;

namespace {

std::unique_ptr<StoredLogFiles> files_of(const LogInTest& log) {
  auto files = StoredLogFiles::open(log.folder.path().string());
  REQUIRE(files);
  return *std::move(files);
}

Bytes file(const LogFiles& files, const std::string& path) {
  const auto read = files.read(path);
  INFO(path);
  REQUIRE(read);
  REQUIRE(read->has_value());
  return **read;
}

bool is_there(const LogFiles& files, const std::string& path) {
  const auto read = files.read(path);
  INFO(path);
  REQUIRE(read);
  return read->has_value();
}

Bytes hash_tile(const LogInTest& log, std::uint64_t first, std::uint64_t count) {
  Bytes bytes;
  for (std::uint64_t n = first; n < first + count; ++n) {
    const Digest hash = merkle::leaf_hash(log.entry(n));
    bytes.insert(bytes.end(), hash.begin(), hash.end());
  }
  return bytes;
}

Bytes bundle(const LogInTest& log, std::uint64_t first, std::uint64_t count) {
  Bytes bytes;
  for (std::uint64_t n = first; n < first + count; ++n) merkle::append_entry(bytes, log.entry(n));
  return bytes;
}

}  // namespace

TEST_CASE("a data directory without a log has no files") {
  const LogInTest log;
  const auto files = files_of(log);
  for (const std::string path : {"checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"}) {
    CHECK_FALSE(is_there(*files, path));
  }
  CHECK_FALSE(StoredLogFiles::open((log.folder / "nothing").string()));
}

TEST_CASE("the checkpoint is the newest stored one") {
  LogInTest log;
  log.grow(3);
  const auto files = files_of(log);
  CHECK(as_text(file(*files, "checkpoint")) == log.checkpoint());
  log.grow(1);
  CHECK(as_text(file(*files, "checkpoint")) == log.checkpoint());
}

TEST_CASE("every tile of every size up to the newest is there and none beyond") {
  LogInTest log;
  log.grow(600);
  const auto files = files_of(log);
  for (const std::uint64_t size : {1, 2, 255, 256, 257, 511, 512, 599, 600}) {
    merkle::for_each_tile(0, size, [&](const merkle::TileId& tile) {
      if (tile.level != 0) return;
      const Bytes bytes = file(*files, merkle::tile_path(tile));
      const std::uint64_t first = tile.index * 256;
      CHECK(bytes == (tile.entries ? bundle : hash_tile)(log, first, tile.width));
    });
  }
  const std::vector<Digest> level1 = *merkle::parse_hash_tile(file(*files, "tile/1/000.p/2"), 2);
  CHECK(merkle::node_hash(level1[0], level1[1]) == *log.tree->root_at(512));
  CHECK(is_there(*files, "tile/1/000.p/1"));
  for (const std::string path :
       {"tile/0/002", "tile/0/002.p/89", "tile/0/003.p/1", "tile/entries/002.p/89",
        "tile/1/000.p/3", "tile/1/000", "tile/2/000.p/1", "tile/63/000.p/1", "tile/0/x999/999",
        "tile/0/x018/x446/x744/x073/x709/x551/615"}) {
    CHECK_FALSE(is_there(*files, path));
  }
  log.grow(1);
  CHECK(is_there(*files, "tile/0/002.p/89"));
}

TEST_CASE("what has no checkpoint yet is not shown") {
  LogInTest log;
  log.grow(5);
  REQUIRE(log.store->begin());
  const Bytes entry = log.entry(5);
  REQUIRE(log.store->append({LogIndex{5}, entry}));
  REQUIRE(log.store->put_nodes(log.tree->append(merkle::leaf_hash(entry))));
  REQUIRE(log.store->commit());
  const auto files = files_of(log);
  CHECK(is_there(*files, "tile/entries/000.p/5"));
  CHECK_FALSE(is_there(*files, "tile/entries/000.p/6"));
}

TEST_CASE("a release lies under the digest of its body") {
  LogInTest log;
  const auto files = files_of(log);
  std::vector<std::string> paths;
  for (const std::uint32_t version : {1, 2}) {
    Release release = test::small_release();
    release.version = ReleaseVersion{version};
    const Bytes signed_release = test::signed_small_release(release);
    const Bytes body = wire::decode_signed_release(signed_release)->body;
    log.add_release(signed_release, body, release.version);
    paths.push_back(release_path(sha256(body)));
    CHECK(file(*files, paths.back()) == signed_release);
  }
  CHECK(paths[0] != paths[1]);
  CHECK(paths[0].size() == 8 + 64);
  CHECK(is_there(*files, paths[0]));
  CHECK_FALSE(is_there(*files, release_path(Digest{})));
}

TEST_CASE("paths of nothing in a log are not there") {
  LogInTest log;
  log.grow(300);
  const auto files = files_of(log);
  for (const std::string path :
       {"", "/", "rujukan.db", "../rujukan.db", "tile", "tile/0", "tile/0/000.p/256", "tile/0/0",
        "checkpoint/", "release/", "release/..", "release/00", "Checkpoint", "lock"}) {
    CHECK_FALSE(is_there(*files, path));
  }
}

TEST_CASE("a hole or a lie in the database is an error and not an empty file") {
  LogInTest log;
  log.grow(300);
  const auto spoil = [&](const char* sql, const std::string& path) {
    auto database =
        Database::open((log.folder / kDatabaseName).string(), Database::Access::kReadWrite);
    REQUIRE(database);
    REQUIRE((*database)->execute(sql));
    const auto read = files_of(log)->read(path);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::kStoreCorrupt);
  };
  spoil("DELETE FROM entries WHERE idx = 7", "tile/entries/000");
  spoil("UPDATE entries SET bytes = zeroblob(70000) WHERE idx = 260", "tile/entries/001.p/44");
  spoil("DELETE FROM nodes WHERE level = 0 AND idx = 290", "tile/0/001.p/35");
  spoil("UPDATE nodes SET hash = x'00' WHERE level = 0 AND idx = 3", "tile/0/000");
  spoil("DELETE FROM nodes WHERE level = 1", "tile/1/000.p/1");
  spoil("INSERT INTO releases (version, bytes) VALUES (9, x'01')", release_path(Digest{}));
}

TEST_CASE("each shard is a log of its own below its number and the newest at the top") {
  LogInTest log;
  log.grow(300);
  const std::string last = log.checkpoint();
  const std::string origin = "log.example/next";
  const store::ShardNodes nodes(*log.store, 300);
  merkle::Tree tree(nodes);
  REQUIRE(log.store->begin());
  REQUIRE(log.store->begin_shard(300, origin));
  for (std::uint64_t i = 300; i < 600; ++i) {
    const Bytes entry = log.entry(i);
    REQUIRE(log.store->append({LogIndex{i}, entry}));
    REQUIRE(log.store->put_nodes(tree.append(merkle::leaf_hash(entry)), 300));
  }
  const std::string note = merkle::sign_checkpoint({origin, 300, tree.root()}, log.key);
  REQUIRE(log.store->put_checkpoint({600, note}));
  REQUIRE(log.store->commit());

  const auto files = files_of(log);
  const auto oldest = store::StoredLogFiles::open(log.folder.path().string(), 0);
  REQUIRE(oldest);
  CHECK(file(*files, "checkpoint") == to_bytes(as_bytes(note)));
  CHECK(file(*files, "shard/1/checkpoint") == to_bytes(as_bytes(note)));
  CHECK(file(*files, "shard/0/checkpoint") == to_bytes(as_bytes(last)));
  CHECK(file(**oldest, "checkpoint") == to_bytes(as_bytes(last)));
  for (const char* name : {"tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"}) {
    CHECK(file(*files, name) == file(*files, "shard/1/" + std::string(name)));
    CHECK(file(**oldest, name) == file(*files, "shard/0/" + std::string(name)));
    CHECK(file(**oldest, name) != file(*files, name));
  }
  CHECK(file(*files, "tile/0/000").size() == 256 * 32);
  for (const char* name : {"tile/0/001.p/45", "shard/0/tile/0/001.p/45", "shard/2/checkpoint",
                           "shard/x/checkpoint", "shard/0", "shard/00/checkpoint"}) {
    CHECK_FALSE(is_there(*files, name));
  }
  CHECK(store::StoredLogFiles::open(log.folder.path().string(), 2).error().code ==
        ErrorCode::kLogNotFound);
}
