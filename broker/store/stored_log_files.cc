#include "broker/store/stored_log_files.h"

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/wire/release_codec.h"

namespace rujukan::store {
namespace {

using File = std::optional<Bytes>;

Error corrupt(const char* table, std::string detail) {
  return {ErrorCode::kStoreCorrupt, table, std::move(detail)};
}

Result<File> hash_tile(const Reader& reader, const merkle::TileId& id) {
  const auto hashes = reader.read_nodes(id.level, id.index * merkle::kTileWidth, id.width);
  if (!hashes) return hashes.error();
  Bytes bytes;
  bytes.reserve(id.width * sizeof(Digest));
  for (const Digest& hash : *hashes) bytes.insert(bytes.end(), hash.begin(), hash.end());
  return File(std::move(bytes));
}

Result<File> entry_bundle(const Reader& reader, const merkle::TileId& id) {
  const std::uint64_t first = id.index * merkle::kTileWidth;
  std::uint64_t next = first;
  Bytes bundle;
  const auto read = reader.entries(LogIndex{first}, id.width, [&](LogIndex index, ByteView entry) {
    if (to_number(index) != next || entry.size() > limits::kEntryBytes) return false;
    merkle::append_entry(bundle, entry);
    ++next;
    return true;
  });
  if (!read) return read.error();
  if (next != first + id.width) return corrupt("entries", "no entry " + std::to_string(next));
  return File(std::move(bundle));
}

}  // namespace

Result<std::unique_ptr<StoredLogFiles>> StoredLogFiles::open(const std::string& directory) {
  auto store = ReadOnlyStore::open(directory);
  if (!store) return store.error();
  return std::unique_ptr<StoredLogFiles>(new StoredLogFiles(*std::move(store)));
}

Result<std::optional<Bytes>> StoredLogFiles::read(const std::string& path) const {
  if (path == "checkpoint") return checkpoint();
  if (const auto id = merkle::parse_tile_path(path)) return tile(*id);
  if (path.starts_with("release/")) return release(path);
  return File();
}

Result<std::optional<Bytes>> StoredLogFiles::checkpoint() const {
  auto published = store_->reader().latest_cosigned();
  if (published && !*published) published = store_->reader().latest_checkpoint();
  if (!published) return published.error();
  if (!*published) return File();
  return File(to_bytes(as_bytes((*published)->note)));
}

Result<std::optional<Bytes>> StoredLogFiles::tile(const merkle::TileId& id) const {
  const auto newest = store_->reader().latest_checkpoint();
  if (!newest) return newest.error();
  if (!*newest || id.width > merkle::width_in_tree(id, (*newest)->size)) return File();
  return id.entries ? entry_bundle(store_->reader(), id) : hash_tile(store_->reader(), id);
}

Result<std::optional<Bytes>> StoredLogFiles::release(const std::string& path) const {
  if (!releases_.contains(path)) {
    if (const auto indexed = index_releases(); !indexed) return indexed.error();
  }
  const auto at = releases_.find(path);
  if (at == releases_.end()) return File();
  return store_->reader().release(at->second);
}

Result<void> StoredLogFiles::index_releases() const {
  bool readable = true;
  const auto read = store_->reader().releases(
      newest_indexed_, [&](ReleaseVersion version, ByteView signed_release) {
        const Bytes bytes = to_bytes(signed_release);  // aligned
        const auto release = wire::decode_signed_release(bytes);
        readable = release.ok();
        if (!readable) return false;
        releases_.emplace(release_path(sha256(release->body)), version);
        newest_indexed_ = version;
        return true;
      });
  if (!read) return read;
  if (!readable) return corrupt("releases", "not a signed release");
  return {};
}

}  // namespace rujukan::store
