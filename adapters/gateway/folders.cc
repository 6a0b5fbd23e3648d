#include "adapters/gateway/folders.h"

#include <algorithm>
#include <fstream>

#include "broker/base/limits.h"
#include "broker/model/ids.h"
#include "broker/runtime/file.h"
#include "broker/runtime/random.h"
#include "broker/runtime/trace.h"

namespace rujukan::gateway {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivate = 0600;
// A file name of the system is at most 255 bytes; the longest suffix and the ticket have room.
constexpr std::size_t kNameBytes = 180;
constexpr std::size_t kTicketBytes = 36;
// Files taken at one look; the others wait for the next.
constexpr std::size_t kTakenAtOnce = 4096;
constexpr const char* kSuffixes[] = {kResultSuffix, kErrorSuffix, kReceiptSuffix};

Error file_error(ErrorCode code, const fs::path& path, const std::error_code& why) {
  return {code, path.string(), why.message()};
}

const char* folder_name(Finished where) { return where == Finished::kDone ? "done" : "failed"; }

// "<ticket>.<name>".
std::optional<TakenFile> parse_taken(const std::string& name) {
  if (name.size() <= kTicketBytes + 1 || name[kTicketBytes] != '.') return std::nullopt;
  if (!uuid_from_string(name.substr(0, kTicketBytes))) return std::nullopt;
  return TakenFile{name.substr(0, kTicketBytes), name.substr(kTicketBytes + 1)};
}

// Of write_file_durably, for a file that this folder's code makes.
bool is_temporary(const std::string& name) {
  const auto at = name.rfind(kTemporaryMark);
  if (at == std::string::npos) return false;
  const std::string file = name.substr(0, at);
  return file.ends_with(".json") || file.ends_with(kReceiptSuffix) || file.ends_with(".txt");
}

// As its writer says.
bool is_unfinished_name(const std::string& name) {
  return name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part");
}

bool exists_at_all(const fs::path& path) {
  std::error_code why;
  return fs::exists(fs::symlink_status(path, why));
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
        folders.root_ / "done", folders.root_ / "failed", folders.root_ / "waiting"}) {
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

Result<std::vector<std::string>> Folders::names_in(const fs::path& folder) const {
  std::vector<std::string> names;
  std::error_code why;
  for (fs::directory_iterator at(folder, why), end; !why && at != end; at.increment(why)) {
    names.push_back(at->path().filename());
  }
  if (why) return file_error(ErrorCode::kFileUnreadable, folder, why);
  return names;
}

Result<std::vector<TakenFile>> Folders::list_taken() const {
  const auto names = names_in(taken());
  if (!names) return names.error();
  std::vector<TakenFile> out;
  for (const std::string& name : *names) {
    if (auto file = parse_taken(name)) out.push_back(*std::move(file));
  }
  // A UUIDv7 starts with the time of its making.
  std::sort(out.begin(), out.end(),
            [](const auto& left, const auto& right) { return left.ticket < right.ticket; });
  return out;
}

const char* Folders::why_ignored(const std::string& name, fs::file_type type) {
  if (type == fs::file_type::symlink) return "is a link, and not a file";
  if (type == fs::file_type::directory) return "is a folder, and not a file";
  if (type != fs::file_type::regular) return "is not a regular file";
  if (!name.ends_with(".json")) return "its name does not end in .json, in small letters";
  return name.size() > kNameBytes ? "its name is longer than 180 bytes" : nullptr;
}

Result<std::vector<TakenFile>> Folders::take_ready(Clock& clock) {
  if (auto done = undo_left_claims(); !done) return done.error();
  std::map<std::string, Look> looks;
  std::map<std::string, std::string> ignored;
  std::error_code why;
  for (fs::directory_iterator at(outgoing(), why), end; !why && at != end; at.increment(why)) {
    const std::string name = at->path().filename();
    if (is_unfinished_name(name)) continue;
    // A file that goes away meanwhile is its writer's business.
    std::error_code gone;
    const auto type = at->symlink_status(gone).type();
    if (gone || type == fs::file_type::not_found) continue;
    if (const char* reason = why_ignored(name, type)) {
      ignored.emplace(name, reason);
      continue;
    }
    const Look look{at->file_size(gone), at->last_write_time(gone)};
    if (!gone) looks.emplace(name, look);
  }
  if (why) return file_error(ErrorCode::kFileUnreadable, outgoing(), why);
  ignored_.clear();
  for (const auto& [name, reason] : ignored) {
    if (ignored_once_.contains(name)) ignored_.emplace(name, reason);
  }
  ignored_once_ = std::move(ignored);
  std::vector<std::string> ready;
  for (const auto& [name, look] : looks) {
    const auto last = last_look_.find(name);
    if (last != last_look_.end() && last->second == look) ready.push_back(name);
  }
  std::ranges::stable_sort(ready, {},
                           [&](const std::string& name) { return looks.at(name).written; });
  if (ready.size() > kTakenAtOnce) ready.resize(kTakenAtOnce);
  if (auto done = take(ready, clock); !done) return done.error();
  last_look_ = std::move(looks);
  auto all = list_taken();
  if (!all) return all;
  tickets_.clear();
  for (const TakenFile& file : *all) tickets_[file.name].insert(file.ticket);
  for (const TakenFile& file : *all) {
    if (auto moved = move_earlier_aside(file); !moved) return moved.error();
  }
  return all;
}

Result<void> Folders::take(const std::vector<std::string>& names, Clock& clock) {
  if (names.empty()) return {};
  for (const std::string& name : names) {
    const TakenFile file{uuid_to_string(new_uuid7(clock)), name};
    std::error_code why;
    fs::rename(outgoing() / name, path_of(file), why);
    // Its writer took it back.
    if (why == std::errc::no_such_file_or_directory && exists_at_all(taken())) continue;
    if (why) return file_error(ErrorCode::kFileUnwritable, path_of(file), why);
  }
  if (auto done = fsync_directory(taken()); !done) return done;
  return fsync_directory(outgoing());
}

// The record last, so that a crash meanwhile leaves it for the next call.
Result<void> Folders::move_earlier_aside(const TakenFile& file) {
  if (alone_.contains(file.ticket)) return {};
  for (const Finished where : {Finished::kDone, Finished::kFailed}) {
    const fs::path folder = root_ / folder_name(where);
    bool moved = false;
    for (const char* suffix : {kResultSuffix, kErrorSuffix, kReceiptSuffix, ""}) {
      const fs::path from = folder / (file.name + suffix);
      if (!exists_at_all(from)) continue;
      std::error_code why;
      fs::rename(from, folder / ("earlier." + file.ticket + "." + file.name + suffix), why);
      if (why) return file_error(ErrorCode::kFileUnwritable, from, why);
      moved = true;
    }
    if (!moved) continue;
    if (auto done = fsync_directory(folder); !done) return done;
  }
  alone_.insert(file.ticket);
  return {};
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

// "done.", the letter of the claim, and the taken file's name: no ticket begins so.
std::string Folders::claim_name(const Claim& claim) {
  return std::string(folder_name(claim.where)) + (claim.under_ticket ? ".t." : ".n.") +
         claim.file.ticket + "." + claim.file.name;
}

std::optional<Folders::Claim> Folders::parse_claim(const std::string& name) {
  for (const Finished where : {Finished::kDone, Finished::kFailed}) {
    const std::string start = std::string(folder_name(where)) + ".";
    if (!name.starts_with(start) || name.size() < start.size() + 2) continue;
    auto file = parse_taken(name.substr(start.size() + 2));
    if (file) return Claim{*std::move(file), where, name[start.size()] == 't'};
  }
  return std::nullopt;
}

fs::path Folders::target_of(const Claim& claim) const {
  const std::string& name = claim.file.name;
  return root_ / folder_name(claim.where) /
         (claim.under_ticket ? claim.file.ticket + "." + name : name);
}

// Once what was there before it was taken is aside.
bool Folders::later_has_the_name(const TakenFile& file, Finished where) const {
  const auto taken = tickets_.find(file.name);
  if (taken != tickets_.end() && *taken->second.rbegin() > file.ticket) return true;
  const std::string plain = target_of({file, where, false}).string();
  return exists_at_all(plain) || std::ranges::any_of(kSuffixes, [&plain](const char* suffix) {
           return exists_at_all(plain + suffix);
         });
}

Result<void> Folders::finish(const TakenFile& file, Finished where,
                             const std::vector<Companion>& companions) {
  if (auto done = undo_left_claims(); !done) return done;
  // The move is the last step, so a file that is gone was finished.
  if (!exists_at_all(path_of(file))) return {};
  if (auto done = move_earlier_aside(file); !done) return done;
  const Claim claim{file, where, later_has_the_name(file, where)};
  claims_left_ = true;
  auto done = rename_durably(path_of(file), taken() / claim_name(claim));
  if (done) done = finish_claimed(claim, companions);
  if (!done) return done;
  claims_left_ = false;
  alone_.erase(file.ticket);
  auto& tickets = tickets_[file.name];
  tickets.erase(file.ticket);
  if (tickets.empty()) tickets_.erase(file.name);
  return {};
}

Result<void> Folders::finish_claimed(const Claim& claim, const std::vector<Companion>& companions) {
  const fs::path target = target_of(claim);
  for (const Companion& companion : companions) {
    if (auto written = write_file_durably(target.string() + companion.suffix,
                                          as_bytes(companion.text), kPrivate);
        !written) {
      return written;
    }
  }
  return rename_durably(taken() / claim_name(claim), target);
}

// Of a finish that failed: the file is taken as before.
Result<void> Folders::undo_left_claims() {
  if (!claims_left_) return {};
  const auto names = names_in(taken());
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const auto claim = parse_claim(name);
    if (!claim) continue;
    trace::info("file.finished_anew", {{"ticket", claim->file.ticket}});
    if (auto done = undo(*claim); !done) return done;
  }
  claims_left_ = false;
  return {};
}

// The claim goes last, so that a crash meanwhile leaves it for the next sweep.
Result<void> Folders::undo(const Claim& claim) {
  const fs::path target = target_of(claim);
  for (const char* suffix : kSuffixes) {
    std::error_code why;
    fs::remove(target.string() + suffix, why);
    if (why) return file_error(ErrorCode::kFileUnwritable, target, why);
  }
  if (auto done = fsync_directory(target.parent_path()); !done) return done;
  return rename_durably(taken() / claim_name(claim), path_of(claim.file));
}

Result<void> Folders::remove_temporaries(const fs::path& folder) const {
  const auto names = names_in(folder);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (!is_temporary(name)) continue;
    std::error_code why;
    fs::remove(folder / name, why);
    if (why) return file_error(ErrorCode::kFileUnwritable, folder / name, why);
  }
  return {};
}

Result<void> Folders::sweep() {
  if (auto done = undo_left_claims(); !done) return done;
  for (const char* folder : {"done", "failed", "incoming", "waiting", ""}) {
    if (auto done = remove_temporaries(root_ / folder); !done) return done;
  }
  // Signs of before are put again where they still hold.
  const auto signs = names_in(root_ / "waiting");
  if (!signs) return signs.error();
  for (const std::string& name : *signs) {
    if (!name.ends_with(kWaitingSuffix)) continue;
    if (auto done = put_sign("waiting/" + name, ""); !done) return done;
  }
  return {};
}

Result<void> Folders::deliver(const std::string& name, const std::string& text) {
  return write_file_durably(root_ / "incoming" / name, as_bytes(text), kPrivate);
}

Result<void> Folders::remove_delivered(const IsOne& is_one) {
  const fs::path incoming = root_ / "incoming";
  std::vector<fs::path> files;
  Result<void> asked;
  std::error_code why;
  for (fs::directory_iterator at(incoming, why), end; !why && at != end; at.increment(why)) {
    std::error_code gone;
    if (!at->is_regular_file(gone)) continue;
    const auto is = is_one(at->path());
    if (!is) {
      asked = is.error();
    } else if (*is) {
      files.push_back(at->path());
    }
  }
  if (why) return file_error(ErrorCode::kFileUnreadable, incoming, why);
  for (const fs::path& file : files) {
    // The agency may take it at the same time.
    fs::remove(file, why);
    if (why) return file_error(ErrorCode::kFileUnwritable, file, why);
  }
  if (files.empty()) return asked;
  auto removed = fsync_directory(incoming);
  return removed ? asked : removed;
}

Result<void> Folders::raise_alarm(const std::string& name, const std::string& text) {
  return write_file_durably(root_ / name, as_bytes(text), kPrivate);
}

Result<void> Folders::put_sign(const std::string& name, const std::string& text) {
  const fs::path path = root_ / name;
  std::error_code why;
  if (text.empty()) {
    fs::remove(path, why);
    return why ? Result<void>(file_error(ErrorCode::kFileUnwritable, path, why)) : Result<void>();
  }
  const fs::path half = path.string() + kTemporaryMark + "0";
  {
    std::ofstream out(half, std::ios::binary | std::ios::trunc);
    fs::permissions(half, fs::perms::owner_read | fs::perms::owner_write, why);
    out << text;
    if (!out.flush()) return Error{ErrorCode::kFileUnwritable, half.string(), "not written"};
  }
  fs::rename(half, path, why);
  return why ? Result<void>(file_error(ErrorCode::kFileUnwritable, path, why)) : Result<void>();
}

}  // namespace rujukan::gateway
