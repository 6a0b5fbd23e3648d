#include "tests/support/log_folder.h"

#include <fstream>

#include "broker/base/invariant.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/policy.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/tiles.h"
#include "broker/wire/release_codec.h"
#include "tests/support/small_release.h"

namespace rujukan::test {
namespace {

Bytes bundle_of(const LogBytes& log, const merkle::TileId& tile) {
  Bytes bundle;
  const std::size_t first = tile.index * merkle::kTileWidth;
  for (std::size_t i = 0; i < tile.width; ++i) {
    merkle::append_entry(bundle, log.entries[first + i]);
  }
  return bundle;
}

// Each hash is computed from the leaves anew.
Bytes hashes_of(std::span<const Digest> leaves, const merkle::TileId& tile) {
  const std::size_t covered = std::size_t{1} << (8 * tile.level);
  Bytes bytes;
  for (std::size_t i = 0; i < tile.width; ++i) {
    const std::size_t first = (tile.index * merkle::kTileWidth + i) * covered;
    const Digest hash = merkle::root_of(leaves.subspan(first, covered));
    bytes.insert(bytes.end(), hash.begin(), hash.end());
  }
  return bytes;
}

Ed25519SecretKey log_key() { return Ed25519SecretKey::from_seed(seed_of("log")); }

}  // namespace

void write_file(const std::filesystem::path& path, ByteView bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  INVARIANT(out.good());
}

void write_log_folder(const std::filesystem::path& folder, const LogBytes& log) {
  std::vector<Digest> leaves;
  for (const Bytes& entry : log.entries) leaves.push_back(merkle::leaf_hash(entry));
  merkle::for_each_tile(0, leaves.size(), [&](const merkle::TileId& tile) {
    write_file(folder / merkle::tile_path(tile),
               tile.entries ? bundle_of(log, tile) : hashes_of(leaves, tile));
  });
  for (const Bytes& release : log.releases) {
    const auto opened = wire::decode_signed_release(release);
    INVARIANT(opened.ok());
    write_file(folder / "release" / to_hex(sha256(opened->body)), release);
  }
  const std::string note =
      merkle::sign_checkpoint({kOrigin, leaves.size(), merkle::root_of(leaves)}, log_key());
  write_file(folder / "checkpoint", as_bytes(note));
}

std::string policy_in_test() {
  merkle::Policy policy;
  policy.logs.push_back({{kOrigin, log_key().public_key()}, ""});
  return merkle::to_text(policy);
}

}  // namespace rujukan::test
