// The log of a data directory as files, cut from the database as they are asked for.
#pragma once

#include <map>

#include "broker/merkle/tiles.h"
#include "broker/store/log_files.h"
#include "broker/store/reader.h"

namespace rujukan::store {

// Also while a broker runs on the directory. A tile is there in every width up to the newest
// checkpoint's, so that a reader of an older checkpoint finds its partial ones. Below "shard/<N>/"
// lie the files of the N-th shard, from 0. One thread.
class StoredLogFiles final : public LogFiles {
 public:
  // Opens a read-only connection of its own. `shard`: counted from 0; the newest one when not
  // given, also when another one begins later. Errors: file.unreadable, store.failed;
  // log.not_found: there is no such shard.
  static Result<std::unique_ptr<StoredLogFiles>> open(const std::string& directory,
                                                      std::optional<std::size_t> shard = {});

  // Errors: store.failed, store.corrupt.
  Result<std::optional<Bytes>> read(const std::string& path) const override;

 private:
  StoredLogFiles(std::unique_ptr<ReadOnlyStore> store, std::optional<std::size_t> number)
      : store_(std::move(store)), number_(number) {}

  Result<std::optional<Shard>> find_shard(std::optional<std::size_t> number) const;

  Result<std::optional<Bytes>> checkpoint(const Shard& shard) const;
  Result<std::optional<Bytes>> tile(const Shard& shard, const merkle::TileId& id) const;
  Result<std::optional<Bytes>> release(const std::string& path) const;
  Result<void> index_releases() const;

  std::unique_ptr<ReadOnlyStore> store_;
  std::optional<std::size_t> number_;
  // By path; releases are never removed.
  mutable std::map<std::string, ReleaseVersion> releases_;
  mutable ReleaseVersion newest_indexed_{0};
};

}  // namespace rujukan::store
