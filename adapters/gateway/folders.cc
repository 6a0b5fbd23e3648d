#include "adapters/gateway/folders.h"

#include <algorithm>

#include "broker/base/limits.h"
#include "broker/model/ids.h"
#include "broker/runtime/file.h"
#include "broker/runtime/random.h"

namespace rujukan::gateway {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivate = 0600;
// A file name of the system is at most 255 bytes; the longest suffix and the ticket have room.
constexpr std::size_t kNameBytes = 180;
constexpr std::size_t kTicketBytes = 36;
// Files taken at one look; the others wait for the next.
constexpr std::size_t kTakenAtOnce = 256;

Error file_error(ErrorCode code, const fs::path& path, const std::error_code& why) {
  return {code, path.string(), why.message()};
}

bool is_whole_name(const std::string& name) {
  return !name.starts_with('.') && name.ends_with(".json") && name.size() <= kNameBytes;
}

Result<void> rename_durably(const fs::path& from, const fs::path& to) {
  std::error_code why;
  fs::rename(from, to, why);
  if (why) return file_error(ErrorCode::kFileUnwritable, to, why);
  if (auto done = fsync_directory(to.parent_path()); !done) return done;
  return fsync_directory(from.parent_path());
}

}  // namespace

Result<Folders> Folders::open(fs::path root) {
  Folders folders(std::move(root));
  for (const fs::path& folder :
       {folders.root_, folders.outgoing(), folders.taken(), folders.root_ / "incoming",
        folders.root_ / "done", folders.root_ / "failed"}) {
    std::error_code why;
    // Records carry identities: nobody else may list or read them.
    if (fs::create_directories(folder, why)) {
      fs::permissions(folder, fs::perms::owner_all, why);
    }
    if (why) return file_error(ErrorCode::kFileUnwritable, folder, why);
  }
  return folders;
}

fs::path Folders::path_of(const TakenFile& file) const {
  return taken() / (file.ticket + "." + file.name);
}

Result<std::vector<TakenFile>> Folders::list_taken() const {
  std::vector<TakenFile> out;
  std::error_code why;
  for (fs::directory_iterator at(taken(), why), end; !why && at != end; at.increment(why)) {
    const std::string name = at->path().filename();
    if (name.size() <= kTicketBytes + 1 || !uuid_from_string(name.substr(0, kTicketBytes)))
      continue;
    out.push_back({name.substr(0, kTicketBytes), name.substr(kTicketBytes + 1)});
  }
  if (why) return file_error(ErrorCode::kFileUnreadable, taken(), why);
  // A UUIDv7 starts with the time of its making.
  std::sort(out.begin(), out.end(),
            [](const auto& left, const auto& right) { return left.ticket < right.ticket; });
  return out;
}

Result<std::vector<TakenFile>> Folders::take_ready(Clock& clock) {
  std::map<std::string, Look> looks;
  std::error_code why;
  for (fs::directory_iterator at(outgoing(), why), end; !why && at != end; at.increment(why)) {
    const std::string name = at->path().filename();
    // A file that goes away meanwhile is its writer's business.
    std::error_code gone;
    if (!is_whole_name(name) || !fs::is_regular_file(at->symlink_status(gone))) continue;
    const Look look{at->file_size(gone), at->last_write_time(gone)};
    if (!gone) looks.emplace(name, look);
  }
  if (why) return file_error(ErrorCode::kFileUnreadable, outgoing(), why);
  std::size_t count = 0;
  for (const auto& [name, look] : looks) {
    const auto last = last_look_.find(name);
    if (last == last_look_.end() || !(last->second == look)) continue;
    if (++count > kTakenAtOnce) break;
    if (auto done = take(name, clock); !done) return done.error();
  }
  last_look_ = std::move(looks);
  return list_taken();
}

Result<void> Folders::take(const std::string& name, Clock& clock) {
  const TakenFile file{uuid_to_string(new_uuid7(clock)), name};
  return rename_durably(outgoing() / name, path_of(file));
}

Result<std::string> Folders::read(const TakenFile& file) const {
  // One byte more than a record may have, so that the mapping sees that it is too large.
  std::error_code why;
  const auto size = fs::file_size(path_of(file), why);
  if (!why && size > limits::kRecordFileBytes) {
    return Error{ErrorCode::kRecordMalformed, "",
                 "over " + std::to_string(limits::kRecordFileBytes) + " bytes"};
  }
  return read_file(path_of(file), limits::kRecordFileBytes);
}

Result<void> Folders::finish(const TakenFile& file, const std::string& folder,
                             const std::vector<Companion>& companions) {
  std::error_code why;
  // The move is the last step, so a file that is gone was finished.
  if (!fs::exists(path_of(file), why)) return {};
  fs::path target = root_ / folder / file.name;
  const auto taken_name = [&](const std::string& suffix) {
    return fs::exists(fs::path(target.string() + suffix), why);
  };
  const bool used = taken_name("") || std::any_of(companions.begin(), companions.end(),
                                                  [&](const Companion& companion) {
                                                    return taken_name(companion.suffix);
                                                  });
  // An earlier file of the same name keeps what belongs to it.
  if (used) target = root_ / folder / (file.ticket + "." + file.name);
  for (const Companion& companion : companions) {
    if (auto written = write_file_durably(target.string() + companion.suffix,
                                          as_bytes(companion.text), kPrivate);
        !written) {
      return written;
    }
  }
  return rename_durably(path_of(file), target);
}

Result<void> Folders::deliver(const std::string& name, const std::string& text) {
  return write_file_durably(root_ / "incoming" / name, as_bytes(text), kPrivate);
}

Result<void> Folders::remove_delivered(const std::function<bool(std::string_view)>& is_one) {
  const fs::path incoming = root_ / "incoming";
  std::vector<fs::path> files;
  std::error_code why;
  for (fs::directory_iterator at(incoming, why), end; !why && at != end; at.increment(why)) {
    if (is_one(at->path().filename().string())) files.push_back(at->path());
  }
  if (why) return file_error(ErrorCode::kFileUnreadable, incoming, why);
  for (const fs::path& file : files) {
    // The agency may take it at the same time.
    fs::remove(file, why);
    if (why) return file_error(ErrorCode::kFileUnwritable, file, why);
  }
  return files.empty() ? Result<void>() : fsync_directory(incoming);
}

Result<void> Folders::raise_alarm(const std::string& name, const std::string& text) {
  return write_file_durably(root_ / name, as_bytes(text), kPrivate);
}

}  // namespace rujukan::gateway
