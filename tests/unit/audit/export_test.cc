#include "broker/audit/export.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>

#include "broker/audit/source.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/tiles.h"
#include "broker/store/stored_log_files.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/store/log_in_test.h"

using namespace rujukan;
using namespace rujukan::audit;
using test::LogInTest;
using test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

const Export::Progress kGoOn = [](std::uint64_t, std::uint64_t) { return true; };

std::unique_ptr<store::LogFiles> files_of(const LogInTest& log) {
  auto files = store::StoredLogFiles::open(log.folder.path().string());
  REQUIRE(files);
  return *std::move(files);
}

// The disk or the network fails at the n-th read.
class FailingFiles final : public store::LogFiles {
 public:
  FailingFiles(const store::LogFiles& files, int good) : files_(files), good_(good) {}
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    if (good_-- == 0) return Error{ErrorCode::kHttpFailed, path};
    return files_.read(path);
  }

 private:
  const store::LogFiles& files_;
  mutable int good_;
};

// Some files of a log replaced or taken away.
class ChangedFiles final : public store::LogFiles {
 public:
  explicit ChangedFiles(const store::LogFiles& files) : files_(files) {}
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    const auto at = changed.find(path);
    return at != changed.end() ? at->second : files_.read(path);
  }
  std::map<std::string, std::optional<Bytes>> changed;

 private:
  const store::LogFiles& files_;
};

Result<Exported> export_to(const fs::path& folder, const store::LogFiles& log) {
  auto opened = Export::open(folder);
  if (!opened) return opened.error();
  return opened->update(log, kGoOn);
}

// Relative names of the regular files.
std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.insert(entry.path().lexically_relative(folder).string());
  }
  return names;
}

// What the folder must at least hold for a tree of this size, and that its bytes are the log's.
void require_export(const fs::path& folder, const LogInTest& log) {
  const auto files = files_of(log);
  const auto copy = open_source(folder.string());
  REQUIRE(copy);
  const auto same = [&](const std::string& path) {
    INFO(path);
    const auto here = (*copy)->read(path);
    const auto there = files->read(path);
    REQUIRE(here);
    REQUIRE(there);
    REQUIRE(there->has_value());
    REQUIRE(*here == *there);
  };
  same("checkpoint");
  merkle::for_each_tile(0, log.tree->size(),
                        [&](const merkle::TileId& tile) { same(merkle::tile_path(tile)); });
}

ErrorCode code_of(const fs::path& folder, const store::LogFiles& log) {
  const auto exported = export_to(folder, log);
  REQUIRE_FALSE(exported);
  return exported.error().code;
}

}  // namespace

TEST_CASE("an export is the log's files and nothing else") {
  LogInTest log;
  log.grow(600);
  const TemporaryFolder to;
  const auto exported = export_to(to / "a/b", *files_of(log));
  REQUIRE(exported);
  CHECK(exported->origin == test::kOrigin);
  CHECK(exported->from == 0);
  CHECK(exported->size == 600);
  require_export(to / "a/b", log);
  CHECK(names_in(to / "a/b") == std::set<std::string>{"checkpoint", "tile/0/000", "tile/0/001",
                                                      "tile/0/002.p/88", "tile/1/000.p/2",
                                                      "tile/entries/000", "tile/entries/001",
                                                      "tile/entries/002.p/88"});
}

TEST_CASE("every growth is exported and full tiles replace their partial ones") {
  LogInTest log;
  const auto files = files_of(log);
  const TemporaryFolder to;
  CHECK(code_of(to / "x", *files) == ErrorCode::kLogNotFound);
  for (const std::uint64_t count : {1, 4, 250, 1, 1, 300, 211}) {
    const std::uint64_t before = log.tree->size();
    log.grow(count);
    const auto exported = export_to(to / "x", *files);
    REQUIRE(exported);
    CHECK(exported->from == before);
    CHECK(exported->size == before + count);
    require_export(to / "x", log);
    // Every size that had a checkpoint can still be read, or its tile is full.
    const auto names = names_in(to / "x");
    merkle::for_each_tile(0, before, [&](const merkle::TileId& tile) {
      merkle::TileId full = tile;
      full.width = merkle::kTileWidth;
      const bool partial = tile.width != merkle::kTileWidth;
      const bool whole = names.contains(merkle::tile_path(full));
      CHECK((partial && names.contains(merkle::tile_path(tile))) != whole);
    });
  }
  CHECK(log.tree->size() == 768);
  CHECK(names_in(to / "x").size() == 1 + 3 + 3 + 3);  // tile/1 of widths 1, 2 and 3
}

TEST_CASE("an export that is up to date is left alone") {
  LogInTest log;
  log.grow(300);
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files_of(log)));
  const auto written = fs::last_write_time(to / "x/checkpoint");
  const auto again = export_to(to / "x", *files_of(log));
  REQUIRE(again);
  CHECK(again->from == 300);
  CHECK(again->size == 300);
  CHECK(fs::last_write_time(to / "x/checkpoint") == written);
}

TEST_CASE("another signature on the same checkpoint is taken over") {
  LogInTest log;
  log.grow(5);
  const auto files = files_of(log);
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files));
  ChangedFiles changed(*files);
  const std::string cosigned = log.checkpoint() + "\xE2\x80\x94 grease.invalid 29QMAQID\n";
  changed.changed["checkpoint"] = to_bytes(as_bytes(cosigned));
  REQUIRE(export_to(to / "x", changed));
  CHECK(*read_file(to / "x/checkpoint", 10'000) == cosigned);
}

TEST_CASE("releases are exported under their digests before the checkpoint") {
  LogInTest log;
  log.grow(3);
  const Bytes signed_release = test::signed_small_release();
  const Bytes body = wire::decode_signed_release(signed_release)->body;
  log.add_release(signed_release, body, ReleaseVersion{1});
  const TemporaryFolder to;
  const std::string path = store::release_path(sha256(body));
  const auto files = files_of(log);
  ChangedFiles changed(*files);
  changed.changed[path] = std::nullopt;
  CHECK(code_of(to / "x", changed) == ErrorCode::kLogRelease);
  CHECK_FALSE(fs::exists(to / "x/checkpoint"));
  REQUIRE(export_to(to / "x", *files));
  CHECK(*read_file(to.path() / "x" / path, 1'000'000) == as_text(signed_release));
  // A later round that reads the same bundle again changes nothing.
  log.grow(1);
  REQUIRE(export_to(to / "x", *files));
  require_export(to / "x", log);
}

TEST_CASE("an export that fails anywhere goes on from there") {
  LogInTest log;
  log.grow(300);
  const auto files = files_of(log);
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files));
  log.grow(400);
  const std::string before = *read_file(to / "x/checkpoint", 10'000);
  int good = 0;
  for (;; ++good) {
    const FailingFiles failing(*files, good);
    const auto exported = export_to(to / "x", failing);
    if (exported) break;
    CHECK(exported.error().code == ErrorCode::kHttpFailed);
    CHECK(*read_file(to / "x/checkpoint", 10'000) == before);
    // What the old checkpoint needs is there at any moment.
    const auto copy = open_source((to / "x").string());
    merkle::for_each_tile(0, 300, [&](const merkle::TileId& tile) {
      merkle::TileId full = tile;
      full.width = merkle::kTileWidth;
      const bool here = (*copy)->read(merkle::tile_path(tile))->has_value() ||
                        (*copy)->read(merkle::tile_path(full))->has_value();
      CHECK(here);
    });
  }
  CHECK(good > 8);
  require_export(to / "x", log);
}

TEST_CASE("an export can be stopped between files and goes on later") {
  LogInTest log;
  log.grow(700);
  const auto files = files_of(log);
  const TemporaryFolder to;
  {
    const auto opened = Export::open(to / "x");
    REQUIRE(opened);
    const auto exported =
        opened->update(*files, [](std::uint64_t done, std::uint64_t) { return done < 512; });
    REQUIRE(exported);
    CHECK(exported->stopped);
    CHECK(exported->size == 0);
  }
  CHECK(names_in(to / "x") == std::set<std::string>{"tile/entries/000", "tile/entries/001"});
  REQUIRE(export_to(to / "x", *files));
  require_export(to / "x", log);
}

TEST_CASE("progress counts new entries up to all of them") {
  LogInTest log;
  log.grow(10);
  const auto files = files_of(log);
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files));
  log.grow(600);
  std::vector<std::uint64_t> seen;
  const auto opened = Export::open(to / "x");
  REQUIRE(opened->update(*files, [&](std::uint64_t done, std::uint64_t all) {
    CHECK(all == 600);
    seen.push_back(done);
    return true;
  }));
  CHECK(seen.front() == 246);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.back() == 600);
}

TEST_CASE("what a crash left half-written is removed and other files are not") {
  LogInTest log;
  log.grow(5);
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files_of(log)));
  for (const std::string name : {"checkpoint.tmp.1", "tile/0/000.tmp.77", "index.tmp.html"}) {
    REQUIRE(write_file_durably(to.path() / "x" / name, as_bytes("half")));
  }
  REQUIRE(export_to(to / "x", *files_of(log)));
  const auto names = names_in(to / "x");
  CHECK_FALSE(names.contains("checkpoint.tmp.1"));
  CHECK_FALSE(names.contains("tile/0/000.tmp.77"));
  CHECK(names.contains("index.tmp.html"));
}

TEST_CASE("a fork never overwrites an export and both checkpoints are named") {
  LogInTest log;
  log.grow(300);
  LogInTest fork("fork");
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files_of(log)));
  const auto before = names_in(to / "x");
  for (const std::uint64_t count : {299, 1, 1, 300}) {  // behind, level, ahead, far ahead
    fork.grow(count);
    const auto exported = export_to(to / "x", *files_of(fork));
    REQUIRE_FALSE(exported);
    CHECK(exported.error().code == ErrorCode::kCheckpointFork);
    CHECK(exported.error().detail.find(to_hex(log.tree->root())) != std::string::npos);
    CHECK(exported.error().detail.find(to_hex(fork.tree->root())) != std::string::npos);
  }
  CHECK(names_in(to / "x") == before);
  require_export(to / "x", log);
}

TEST_CASE("a log that was rolled back never overwrites its export") {
  LogInTest log;
  log.grow(300);
  LogInTest older;
  older.grow(299);
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files_of(log)));
  CHECK(code_of(to / "x", *files_of(older)) == ErrorCode::kCheckpointFork);
  require_export(to / "x", log);
}

TEST_CASE("tiles that do not give the signed root are not exported") {
  LogInTest log;
  log.grow(300);
  const auto files = files_of(log);
  const TemporaryFolder to;
  ChangedFiles changed(*files);
  Bytes tile = **files->read("tile/0/001.p/44");
  tile[5] ^= 1;
  changed.changed["tile/0/001.p/44"] = tile;
  CHECK(code_of(to / "x", changed) == ErrorCode::kLogRoot);
  tile.pop_back();
  changed.changed["tile/0/001.p/44"] = tile;
  CHECK(code_of(to / "x", changed) == ErrorCode::kTileMalformed);
  changed.changed["tile/0/001.p/44"] = std::nullopt;
  CHECK(code_of(to / "x", changed) == ErrorCode::kTileMissing);
  ChangedFiles no_bundle(*files);
  no_bundle.changed["tile/entries/000"] = std::nullopt;
  CHECK(code_of(to / "x", no_bundle) == ErrorCode::kTileMissing);
  no_bundle.changed["tile/entries/000"] = Bytes{0, 9, 1};
  CHECK(code_of(to / "x", no_bundle) == ErrorCode::kTileMalformed);
  CHECK_FALSE(fs::exists(to / "x/checkpoint"));
  REQUIRE(export_to(to / "x", *files));
  require_export(to / "x", log);
}

TEST_CASE("a checkpoint that cannot be read stops the export on either side") {
  LogInTest log;
  log.grow(3);
  const auto files = files_of(log);
  const TemporaryFolder to;
  ChangedFiles changed(*files);
  std::string crlf = log.checkpoint();
  crlf.insert(crlf.find('\n'), "\r");
  changed.changed["checkpoint"] = to_bytes(as_bytes(crlf));
  CHECK(code_of(to / "x", changed) == ErrorCode::kNoteMalformed);
  REQUIRE(write_file_durably(to / "x/checkpoint", as_bytes("what is this\n")));
  CHECK(code_of(to / "x", *files) == ErrorCode::kNoteMalformed);
  CHECK(*read_file(to / "x/checkpoint", 100) == "what is this\n");
}

TEST_CASE("an export is a log that can be exported again") {
  LogInTest log;
  log.grow(700);
  const TemporaryFolder to;
  REQUIRE(export_to(to / "x", *files_of(log)));
  const auto copy = open_source((to / "x").string());
  REQUIRE(copy);
  REQUIRE(export_to(to / "y", **copy));
  CHECK(names_in(to / "x") == names_in(to / "y"));
  require_export(to / "y", log);
}

TEST_CASE("one process at a time writes an export and everyone may read it") {
  LogInTest log;
  log.grow(3);
  const TemporaryFolder to;
  const mode_t before = ::umask(077);
  const auto opened = Export::open(to / "x");
  REQUIRE(opened);
  REQUIRE(opened->update(*files_of(log), kGoOn));
  ::umask(before);
  CHECK(Export::open(to / "x").error().code == ErrorCode::kStoreLocked);
  const auto mode = [&](const char* name) { return fs::status(to.path() / name).permissions(); };
  CHECK(mode("x") == fs::perms(0700));
  CHECK(mode("x/tile/entries/000.p") == fs::perms(0755));
  CHECK(mode("x/tile/entries/000.p/3") == fs::perms(0644));
  CHECK(mode("x/checkpoint") == fs::perms(0644));
}

TEST_CASE("a folder that cannot be written is said so") {
  LogInTest log;
  log.grow(3);
  const TemporaryFolder to;
  REQUIRE(write_file_durably(to / "file", as_bytes("x")));
  CHECK(Export::open(to / "file").error().code == ErrorCode::kFileUnwritable);
  CHECK(Export::open(to / "file/below").error().code == ErrorCode::kFileUnwritable);
}
