#include "broker/audit/export.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "broker/audit/entry_reader.h"
#include "broker/audit/tile_nodes.h"
#include "broker/base/limits.h"
#include "broker/merkle/note_parts.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/tiles.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::audit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCheckpoint = "checkpoint";

Error unwritable(const fs::path& path, const std::error_code& reason) {
  return {ErrorCode::kFileUnwritable, path.string(), reason.message()};
}

// Like create_directories, but durable, and whatever the umask. `mode`: of this one.
Result<void> make_folder(const fs::path& folder, fs::perms mode = fs::perms(0755)) {
  std::error_code failed;
  if (fs::is_directory(folder, failed)) return {};
  const fs::path parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  if (auto made = make_folder(parent); !made) return made;
  fs::create_directory(folder, failed);
  if (!failed) fs::permissions(folder, mode, failed);
  if (failed) return unwritable(folder, failed);
  return fsync_directory(parent);
}

// In the folder itself only the checkpoint is this program's.
bool is_leftover(const fs::path& path, int depth) {
  const std::string name = path.filename().string();
  const auto at = name.find(kTemporaryMark);
  return at != std::string::npos && (depth > 0 || name.substr(0, at) == kCheckpoint);
}

Result<void> remove_leftovers(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> leftovers;
  auto at = fs::recursive_directory_iterator(folder, failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (at.depth() == 0 && name != "tile" && name != "release") at.disable_recursion_pending();
    if (is_leftover(at->path(), at.depth())) leftovers.push_back(at->path());
  }
  for (const fs::path& path : leftovers) {
    if (!failed) fs::remove(path, failed);
  }
  if (failed) return unwritable(folder, failed);
  return {};
}

struct SignedCheckpoint {
  std::string note;
  merkle::Checkpoint checkpoint;

  std::string text() const {
    return checkpoint.origin + " at size " + std::to_string(checkpoint.size) + " with root " +
           to_hex(checkpoint.root);
  }
};

Result<SignedCheckpoint> read_checkpoint(std::string note) {
  const auto split = merkle::split_note(note);
  if (!split) return split.error();
  auto checkpoint = merkle::parse_checkpoint_text(split->text);
  if (!checkpoint) return checkpoint.error();
  return SignedCheckpoint{std::move(note), std::move(checkpoint).value()};
}

// One update: the log at a checkpoint, and the folder that is to follow.
class Update {
 public:
  Update(const store::LogFiles& log, const fs::path& folder) : log_(log), folder_(folder) {}

  Result<Exported> run(const Export::Progress& progress) {
    if (const auto read = read_checkpoints(); !read) return read.error();
    const merkle::Checkpoint& next = next_.checkpoint;
    const std::uint64_t from = old_ ? old_->checkpoint.size : 0;
    Exported exported{next.origin, from, next.size};
    if (old_ && old_->note == next_.note) return exported;
    if (const auto grown = check_growth(); !grown) return grown.error();
    const auto copied = copy_tiles(from, progress);
    if (!copied) return copied.error();
    if (!*copied) {
      exported.size = from;
      exported.stopped = true;
      return exported;
    }
    for (const std::string& path : releases_) {
      if (const auto release = copy_release(path); !release) return release.error();
    }
    if (const auto put = put_file(kCheckpoint, as_bytes(next_.note)); !put) return put.error();
    return exported;
  }

 private:
  Result<void> read_checkpoints() {
    const auto bytes = log_.read(kCheckpoint);
    if (!bytes) return bytes.error();
    if (!*bytes) return Error{ErrorCode::kLogNotFound, kCheckpoint, "the log has none yet"};
    auto next = read_checkpoint(std::string(as_text(**bytes)));
    if (!next) return next.error();
    next_ = *std::move(next);
    std::error_code failed;
    if (!fs::exists(folder_ / kCheckpoint, failed)) return {};
    auto note = read_file(folder_ / kCheckpoint, limits::kNoteBytes);
    if (!note) return note.error();
    auto old = read_checkpoint(*std::move(note));
    if (!old) return Error{old.error().code, (folder_ / kCheckpoint).string(), old.error().detail};
    old_ = *std::move(old);
    return {};
  }

  Error fork() const {
    return {ErrorCode::kCheckpointFork, kCheckpoint,
            "here: " + old_->text() + "; the log: " + next_.text()};
  }

  // The log's tiles have the root that it signed, and its tree continues the one in the folder.
  Result<void> check_growth() const {
    const merkle::Checkpoint& next = next_.checkpoint;
    if (old_ && old_->checkpoint.origin != next.origin) return fork();
    if (old_ && old_->checkpoint.size > next.size) return fork();
    const TileNodes nodes(log_, next.size);
    const auto tree = merkle::Tree::load(nodes, next.size);
    if (!tree) return tree.error();
    if (tree->root() != next.root) return Error{ErrorCode::kLogRoot, kCheckpoint, next_.text()};
    if (!old_ || old_->checkpoint.size == 0) return {};
    const merkle::Checkpoint& old = old_->checkpoint;
    const auto proof = tree->consistency(old.size, next.size);
    if (!proof) return proof.error();
    if (!merkle::verify_consistency(old.size, old.root, next.size, next.root, *proof)) {
      return fork();
    }
    return {};
  }

  // False: stopped.
  Result<bool> copy_tiles(std::uint64_t from, const Export::Progress& progress) {
    const std::uint64_t size = next_.checkpoint.size;
    Result<bool> going = true;
    merkle::for_each_tile(from, size, [&](const merkle::TileId& tile) {
      if (!going || !*going) return;
      if (const auto copied = copy_tile(tile); !copied) {
        going = copied.error();
      } else {
        const std::uint64_t end = tile.index * merkle::kTileWidth + tile.width;
        going = progress(tile.entries ? end - from : size - from, size - from);
      }
    });
    return going;
  }

  Result<void> copy_tile(const merkle::TileId& tile) {
    const std::string path = merkle::tile_path(tile);
    const auto bytes = read_tile(log_, tile);
    if (!bytes) return bytes.error();
    if (!*bytes) return Error{ErrorCode::kTileMissing, path};
    const auto checked = tile.entries ? look_into(**bytes, tile.width) : check(**bytes, tile.width);
    if (!checked) return Error{checked.error().code, path, checked.error().detail};
    if (auto put = put_file(path, **bytes); !put) return put;
    if (tile.width != merkle::kTileWidth) return {};
    // Readers of an older checkpoint find the full tile instead.
    std::error_code failed;
    fs::remove_all(folder_ / (path + ".p"), failed);
    if (failed) return unwritable(folder_ / path, failed);
    return {};
  }

  static Result<void> check(ByteView tile, std::size_t width) {
    const auto hashes = merkle::parse_hash_tile(tile, width);
    if (!hashes) return hashes.error();
    return {};
  }

  // Notes the releases that the entries put in force.
  Result<void> look_into(ByteView bundle, std::size_t width) {
    const auto entries = merkle::parse_entry_bundle(bundle, width);
    if (!entries) return entries.error();
    for (const ByteView bytes : *entries) {
      const auto entry = wire::decode_entry(to_bytes(bytes));  // aligned
      if (!entry) continue;  // it is in the log, so it is in the copy; verifying finds it
      if (const auto* release = std::get_if<ReleaseCause>(&entry->cause)) {
        releases_.insert(store::release_path(release->digest));
      } else if (const auto* genesis = std::get_if<GenesisCause>(&entry->cause)) {
        releases_.insert(store::release_path(genesis->digest));
      }
    }
    return {};
  }

  Result<void> copy_release(const std::string& path) {
    const auto bytes = log_.read(path);
    if (!bytes) return bytes.error();
    if (!*bytes) return Error{ErrorCode::kLogRelease, path, "the log has no such file"};
    return put_file(path, **bytes);
  }

  Result<void> put_file(const std::string& path, ByteView bytes) {
    const fs::path file = folder_ / path;
    std::error_code failed;
    if (fs::exists(file, failed)) {
      const auto there = read_file(file, bytes.size());
      // Perhaps its folder was not synced before a crash.
      if (there && *there == as_text(bytes)) return fsync_directory(file.parent_path());
    }
    if (auto made = make_folder(file.parent_path()); !made) return made;
    return write_file_durably(file, bytes, kForAnyone);
  }

  const store::LogFiles& log_;
  const fs::path& folder_;
  SignedCheckpoint next_;
  std::optional<SignedCheckpoint> old_;
  std::set<std::string> releases_;
};

}  // namespace

Result<Export> Export::open(const fs::path& folder) {
  // Entries tell of cases: who may enter is decided by whoever opens the folder for a server.
  if (const auto made = make_folder(folder, fs::perms::owner_all); !made) return made.error();
  FileDescriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.open()) {
    return Error{ErrorCode::kFileUnwritable, folder.string(), std::strerror(errno)};
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::kStoreLocked, folder.string(), "another export writes there"};
  }
  if (const auto removed = remove_leftovers(folder); !removed) return removed.error();
  return Export(folder, std::move(lock));
}

Result<Exported> Export::update(const store::LogFiles& log, const Progress& progress) const {
  return Update(log, folder_).run(progress);
}

}  // namespace rujukan::audit
