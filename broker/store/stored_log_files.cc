#include "broker/store/stored_log_files.h"

#include <algorithm>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/text.h"
#include "broker/wire/release_codec.h"

namespace rujukan::store {
namespace {

using File = std::optional<Bytes>;

// "shard/<N>/" before a name: of the N-th shard, whichever is the newest.
constexpr std::string_view kShards = "shard/";

Error corrupt(const char* table, std::string detail) {
  return {ErrorCode::kStoreCorrupt, table, std::move(detail)};
}

Result<File> hash_tile(const Reader& reader, const Shard& shard, const merkle::TileId& id) {
  const auto hashes =
      ShardNodes(reader, shard.first).read_nodes(id.level, id.index * merkle::kTileWidth, id.width);
  if (!hashes) return hashes.error();
  Bytes bytes;
  bytes.reserve(id.width * sizeof(Digest));
  for (const Digest& hash : *hashes) bytes.insert(bytes.end(), hash.begin(), hash.end());
  return File(std::move(bytes));
}

Result<File> entry_bundle(const Reader& reader, const Shard& shard, const merkle::TileId& id) {
  const std::uint64_t first = shard.first + id.index * merkle::kTileWidth;
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

Result<std::unique_ptr<StoredLogFiles>> StoredLogFiles::open(const std::string& directory,
                                                             std::optional<std::size_t> shard) {
  auto store = ReadOnlyStore::open(directory);
  if (!store) return store.error();
  std::unique_ptr<StoredLogFiles> files(new StoredLogFiles(*std::move(store), shard));
  if (!shard) return files;
  const auto found = files->find_shard(*shard);
  if (!found) return found.error();
  if (!*found) return Error{ErrorCode::kLogNotFound, "shard", std::to_string(*shard)};
  return files;
}

Result<std::optional<Shard>> StoredLogFiles::find_shard(std::optional<std::size_t> number) const {
  const auto shards = store_->reader().shards();
  if (!shards) return shards.error();
  const auto newest = store_->reader().latest_checkpoint();
  if (!newest) return newest.error();
  const std::size_t at = number.value_or(shards->size() - 1);
  if (!*newest || at >= shards->size()) return std::optional<Shard>();
  Shard shard = shards->at(at);
  // What has no checkpoint yet is not shown.
  shard.end = std::min(shard.end, (*newest)->size);
  return shard.end > shard.first ? std::optional(std::move(shard)) : std::optional<Shard>();
}

Result<std::optional<Bytes>> StoredLogFiles::read(const std::string& path) const {
  std::string name = path;
  std::optional<std::size_t> number = number_;
  if (path.starts_with(kShards)) {
    const std::size_t end = path.find('/', kShards.size());
    const auto named =
        merkle::parse_decimal(std::string_view(path).substr(kShards.size(), end - kShards.size()));
    if (!named || end == std::string::npos) return File();
    number = static_cast<std::size_t>(*named);
    name = path.substr(end + 1);
  }
  const auto shard = find_shard(number);
  if (!shard) return shard.error();
  if (!*shard) return File();
  if (name == "checkpoint") return checkpoint(**shard);
  if (const auto id = merkle::parse_tile_path(name)) return tile(**shard, *id);
  if (name.starts_with("release/")) return release(name);
  return File();
}

// The newest one that is witnessed, where there are any. What ended is shown whole.
Result<std::optional<Bytes>> StoredLogFiles::checkpoint(const Shard& shard) const {
  const auto newest = store_->reader().checkpoint_covering(LogIndex{shard.end - 1});
  if (!newest) return newest.error();
  const auto cosigned = store_->reader().latest_cosigned(shard.end);
  if (!cosigned) return cosigned.error();
  const std::uint64_t least = shard.newest ? shard.first + 1 : shard.end;
  const bool witnessed = *cosigned && (*cosigned)->size >= least;
  return File(to_bytes(as_bytes(witnessed ? (*cosigned)->note : newest->note)));
}

Result<std::optional<Bytes>> StoredLogFiles::tile(const Shard& shard,
                                                  const merkle::TileId& id) const {
  if (id.width > merkle::width_in_tree(id, shard.size())) return File();
  const Reader& reader = store_->reader();
  return id.entries ? entry_bundle(reader, shard, id) : hash_tile(reader, shard, id);
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
  auto read = store_->reader().releases(
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
