// The log of a data directory as files, cut from the database as they are asked for.
#pragma once

#include <map>

#include "broker/merkle/tiles.h"
#include "broker/store/log_files.h"
#include "broker/store/reader.h"

namespace rujukan::store {

// Also while a broker runs on the directory. A tile is there in every width up to the newest
// checkpoint's, so that a reader of an older checkpoint finds its partial ones. One thread.
class StoredLogFiles final : public LogFiles {
 public:
  // Opens a read-only connection of its own. Errors: file.unreadable, store.failed.
  static Result<std::unique_ptr<StoredLogFiles>> open(const std::string& directory);

  // Errors: store.failed, store.corrupt.
  Result<std::optional<Bytes>> read(const std::string& path) const override;

 private:
  explicit StoredLogFiles(std::unique_ptr<ReadOnlyStore> store) : store_(std::move(store)) {}

  Result<std::optional<Bytes>> checkpoint() const;
  Result<std::optional<Bytes>> tile(const merkle::TileId& id) const;
  Result<std::optional<Bytes>> release(const std::string& path) const;
  Result<void> index_releases() const;

  std::unique_ptr<ReadOnlyStore> store_;
  // By path; releases are never removed.
  mutable std::map<std::string, ReleaseVersion> releases_;
  mutable ReleaseVersion newest_indexed_{0};
};

}  // namespace rujukan::store
