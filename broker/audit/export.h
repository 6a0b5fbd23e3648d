// A copy of a log as static files, for any web server or rsync.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "broker/runtime/file.h"
#include "broker/store/log_files.h"

namespace rujukan::audit {

// Where an export went: from the checkpoint that lay there to the one that lies there now.
struct Exported {
  std::string origin;
  std::uint64_t from = 0;
  std::uint64_t size = 0;
  bool stopped = false;  // before the end: the checkpoint is still the old one
};

// One folder, written by this process alone. The checkpoint is written last, so that at any moment,
// also after a crash, every file that it needs is there. Files are readable by all, and so are the
// folders that are made. One thread.
class Export {
 public:
  // Makes the folder when it is missing, locks it and removes what a crash left half-written.
  // Errors: file.unwritable, store.locked.
  static Result<Export> open(const std::filesystem::path& folder);

  // Entries of `all` new ones whose bundles are written; false stops.
  using Progress = std::function<bool(std::uint64_t done, std::uint64_t all)>;
  // Brings the folder up to the log's checkpoint. Signatures and entries are copied, not verified;
  // that the log has grown out of the checkpoint in the folder is. Errors: log.not_found,
  // checkpoint.fork (the log is not, or is behind, the one that lies there; both are named),
  // log.root, tile.missing, tile.malformed, log.release (a release's file is missing),
  // note.malformed, checkpoint.invalid, file.unwritable, those of `log`.
  Result<Exported> update(const store::LogFiles& log, const Progress& progress) const;

 private:
  Export(std::filesystem::path folder, FileDescriptor lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  FileDescriptor lock_;
};

}  // namespace rujukan::audit
