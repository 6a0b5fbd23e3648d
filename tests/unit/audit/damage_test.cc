// Damages of a log's files: each is found, and where it is.
#include "broker/audit/tile_tree.h"
#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "tests/unit/audit/verified_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

LogBytes small_log() {
  SequencerInTest s;
  const Message opening = referral_message(offline_facts(), 1);
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Accept{Need::kInvestigation});
  s.does(opening, "uptd", Accept{Need::kProtection});
  return log_of(s);
}

Found verify_damaged(const FilesInMemory& files) {
  audit::VerifyOptions options = trusting();
  options.threads = 1;
  const auto verified = audit::verify_log(files, options);
  REQUIRE(verified);
  return found(*verified);
}

// For each byte of a bundle the entry that it belongs to; nullopt: a length.
std::vector<std::optional<std::size_t>> owners_of_bytes(const LogBytes& log) {
  std::vector<std::optional<std::size_t>> owners;
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    owners.insert(owners.end(), 2, std::nullopt);
    owners.insert(owners.end(), log.entries[i].size(), i);
  }
  return owners;
}

// What flipping a bit of the byte at `at` of the file must give, to begin with.
std::vector<std::string> expected_codes(const std::string& path, std::optional<std::size_t> entry) {
  if (path == "checkpoint") {
    return {"0 note.malformed", "0 signature.invalid", "0 checkpoint.invalid"};
  }
  if (path.starts_with("tile/0/")) return {"0 tile.hash"};
  if (path.starts_with("release/")) return {"0 log.release"};
  if (entry) return {std::to_string(*entry) + " entry.hash"};
  return {"0 tile.malformed"};
}

}  // namespace

TEST_CASE("every flipped byte of a small log is found where it is") {
  const TemporaryFolder folder;
  const LogBytes log = small_log();
  write_log_folder(folder / "log", log);
  FilesInMemory files(folder / "log");
  REQUIRE(verify_damaged(files) == Found());
  REQUIRE(files.files.size() == 4);
  const auto owners = owners_of_bytes(log);
  std::size_t flips = 0;
  for (auto& [path, bytes] : files.files) {
    const bool is_bundle = path.starts_with("tile/entries/");
    if (is_bundle) REQUIRE(owners.size() == bytes.size());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      bytes[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
      const Found findings = verify_damaged(files);
      const auto expected =
          expected_codes(path, is_bundle ? owners[at] : std::optional<std::size_t>());
      INFO(path << " byte " << at << ": " << (findings.empty() ? "nothing" : findings[0]));
      REQUIRE(findings.size() == 1);
      REQUIRE(std::find(expected.begin(), expected.end(), findings[0]) != expected.end());
      bytes[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
      ++flips;
    }
  }
  CHECK(flips > 5000);
}

TEST_CASE("tiles that are missing or of another length are found") {
  SequencerInTest s;
  submit_referrals(s, 1, 255);
  REQUIRE_FALSE(
      s.say(referral_message(offline_facts(), 1), "polres.a", Accept{Need::kInvestigation})
          .refusal);
  LogBytes log = log_of(s);
  const TemporaryFolder folder;
  write_log_folder(folder / "log", log);
  FilesInMemory files(folder / "log");
  REQUIRE(log.entries.size() == 257);
  REQUIRE(verify_damaged(files) == Found());
  SECTION("hash tiles and bundles, one at a time") {
    const std::map<std::string, std::string> firsts = {{"tile/0/000", "0"},
                                                       {"tile/0/001.p/1", "256"},
                                                       {"tile/1/000.p/1", "0"},
                                                       {"tile/entries/000", "0"},
                                                       {"tile/entries/001.p/1", "256"}};
    for (const auto& [path, first] : firsts) {
      INFO(path);
      const Bytes whole = files.files.at(path);
      files.files.at(path).pop_back();
      CHECK(verify_damaged(files) == Found{first + " tile.malformed"});
      files.files.at(path) = whole;
      files.files.at(path).push_back(0);
      CHECK(verify_damaged(files) == Found{first + " tile.malformed"});
      files.files.erase(path);
      CHECK(verify_damaged(files) == Found{first + " tile.missing"});
      files.files[path] = whole;
    }
  }
  SECTION("hashes that are not those of what lies below") {
    for (const auto& [path, finding] :
         std::map<std::string, std::string>{{"tile/0/000", "0 tile.hash"},
                                            {"tile/0/001.p/1", "256 tile.hash"},
                                            {"tile/1/000.p/1", "0 tile.hash"}}) {
      INFO(path);
      files.files.at(path)[7] ^= 1;
      CHECK(verify_damaged(files) == Found{finding});
      files.files.at(path)[7] ^= 1;
    }
  }
  SECTION("a full tile stands in for the partial one that it replaced") {
    for (const char* path : {"tile/0/001", "tile/entries/001"}) {
      Bytes& partial = files.files.at(std::string(path) + ".p/1");
      Bytes full = partial;
      full.resize(partial.size() + 3, 7);
      files.files[path] = full;
      files.files.erase(std::string(path) + ".p/1");
    }
    CHECK(verify_damaged(files) == Found());
  }
  SECTION("a tree that the log signed and its entries do not give") {
    const std::string note = merkle::sign_checkpoint({kOrigin, 257, Digest{1}},
                                                     Ed25519SecretKey::from_seed(seed_of("log")));
    files.files["checkpoint"] = to_bytes(as_bytes(note));
    CHECK(verify_damaged(files) == Found{"256 log.root"});
  }
}

namespace {

// The hash tiles of a tree of these leaves.
class HashTiles final : public store::LogFiles {
 public:
  explicit HashTiles(std::uint64_t size) {
    std::vector<Digest> row;
    for (std::uint64_t i = 0; i < size; ++i) {
      Digest leaf{};
      for (int b = 0; b < 8; ++b) leaf[b] = static_cast<std::uint8_t>(i >> (8 * b));
      row.push_back(leaf);
      root.add(leaf);
    }
    for (std::uint8_t level = 0; !row.empty(); ++level) add_level(level, row);
  }
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    const auto at = files.find(path);
    return at == files.end() ? std::optional<Bytes>() : std::optional(at->second);
  }

  std::map<std::string, Bytes> files;
  audit::RunningRoot root;

 private:
  void add_level(std::uint8_t level, std::vector<Digest>& row) {
    std::vector<Digest> above;
    for (std::size_t first = 0; first < row.size(); first += merkle::kTileWidth) {
      const std::size_t width = std::min(merkle::kTileWidth, row.size() - first);
      const auto tile = std::span(row).subspan(first, width);
      Bytes& bytes = files[merkle::tile_path(
          {.level = level, .index = first / merkle::kTileWidth, .width = width})];
      for (const Digest& hash : tile) bytes.insert(bytes.end(), hash.begin(), hash.end());
      if (width == merkle::kTileWidth) above.push_back(merkle::root_of(tile));
    }
    row = std::move(above);
  }
};

// Reads every tile from the root down.
Found check_tiles(const HashTiles& tiles, const audit::RunningRoot& root) {
  audit::TileTree tree(tiles, root.size(), root.root());
  audit::Findings findings;
  REQUIRE(tree.read_edge(findings));
  for (std::uint64_t i = 0; i < root.size() / merkle::kTileWidth; ++i) {
    REQUIRE(tree.committed(0, i, findings));
  }
  if (!tree.edge_holds()) tree.compare_edge(root, findings);
  Found out;
  for (const auto& finding : findings) {
    out.push_back(std::to_string(finding.position) + " " + finding.error.field);
  }
  return out;
}

}  // namespace

TEST_CASE("hash tiles of every level are held against the root") {
  HashTiles tiles(70'000);
  CHECK(check_tiles(tiles, tiles.root) == Found());
  for (const auto& [path, position] :
       std::map<std::string, std::string>{{"tile/2/000.p/1", "0"},
                                          {"tile/1/001.p/17", "65536"},
                                          {"tile/1/000", "0"},
                                          {"tile/0/273.p/112", "69888"}}) {
    tiles.files.at(path)[5] ^= 1;
    CHECK(check_tiles(tiles, tiles.root) == Found{position + " " + path});
    tiles.files.at(path)[5] ^= 1;
  }
}

TEST_CASE("a running root of leaves and subtrees is the tree's") {
  std::vector<Digest> leaves;
  audit::RunningRoot one_by_one;
  CHECK(one_by_one.root() == merkle::empty_root());
  for (std::uint8_t i = 0; i < 200; ++i) {
    leaves.push_back(Digest{i});
    one_by_one.add(leaves.back());
    CHECK(one_by_one.root() == merkle::root_of(leaves));
  }
  audit::RunningRoot by_subtrees;
  by_subtrees.add_subtree(7, merkle::root_of(std::span(leaves).first(128)));
  by_subtrees.add_subtree(6, merkle::root_of(std::span(leaves).subspan(128, 64)));
  for (std::size_t i = 192; i < 200; ++i) by_subtrees.add(leaves[i]);
  CHECK(by_subtrees.root() == merkle::root_of(leaves));
  CHECK(audit::RunningRoot(by_subtrees.size(), by_subtrees.peaks()).root() ==
        merkle::root_of(leaves));
}
