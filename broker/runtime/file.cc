#include "broker/runtime/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "broker/runtime/clock.h"

namespace rujukan {
namespace {

constexpr const char* kNotRegular = "not a regular file";
// A process that was killed holds its files until the system is done with it, while its parent, or
// who waited for that one, may start the next.
constexpr std::chrono::milliseconds kEnding{2'000};

Error file_error(ErrorCode code, const std::filesystem::path& path, int reason) {
  return {code, path.string(), std::strerror(reason)};
}

// write(2) until everything is written. Returns 0 or errno.
int write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

// read(2) until the end or `max_bytes`. Returns 0 or errno.
int read_up_to(int fd, std::size_t max_bytes, std::string& out) {
  char chunk[64 * 1024];
  while (out.size() < max_bytes) {
    const std::size_t wanted = std::min(sizeof chunk, max_bytes - out.size());
    const ssize_t got = ::read(fd, chunk, wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    out.append(chunk, static_cast<std::size_t>(got));
  }
  return 0;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

// Writes a new file and syncs it. Returns 0 or errno.
int write_new_file(const std::filesystem::path& path, ByteView bytes, mode_t mode) {
  // What a crash left, or somebody put there.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno;
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.open()) return errno;
  // The mode of open() is masked by umask.
  if (::fchmod(file.get(), mode) != 0) return errno;
  if (const int reason = write_all(file.get(), bytes); reason != 0) return reason;
  return ::fsync(file.get()) == 0 ? 0 : errno;
}

// False with errno when it could not be locked.
bool lock_within(int fd, std::chrono::milliseconds patience) {
  const SteadyTime until = steady_now() + patience;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || steady_now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  // O_NONBLOCK: opening a pipe would wait for its writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat about {};
  if (!file.open() || ::fstat(file.get(), &about) != 0) {
    return file_error(ErrorCode::kFileUnreadable, path, errno);
  }
  if (S_ISDIR(about.st_mode)) return file_error(ErrorCode::kFileUnreadable, path, EISDIR);
  if (!S_ISREG(about.st_mode)) return Error{ErrorCode::kFileUnreadable, path.string(), kNotRegular};
  const Error too_large{ErrorCode::kConfigTooLarge, path.string(),
                        "at most " + std::to_string(max_bytes) + " bytes"};
  if (static_cast<std::uint64_t>(about.st_size) > max_bytes) return too_large;
  std::string out;
  if (const int reason = read_up_to(file.get(), max_bytes + 1, out); reason != 0) {
    return file_error(ErrorCode::kFileUnreadable, path, reason);
  }
  // It may grow while it is read.
  if (out.size() > max_bytes) return too_large;
  return out;
}

bool is_plain_or_absent(const std::filesystem::path& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) != 0 || S_ISREG(about.st_mode);
}

Result<void> write_file_durably(const std::filesystem::path& path, ByteView bytes, mode_t mode) {
  if (!is_plain_or_absent(path)) {
    return Error{ErrorCode::kFileUnwritable, path.string(), kNotRegular};
  }
  std::filesystem::path temporary = path;
  temporary += kTemporaryMark + std::to_string(::getpid());
  int reason = write_new_file(temporary, bytes, mode);
  if (reason == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) reason = errno;
  if (reason != 0) {
    ::unlink(temporary.c_str());
    return file_error(ErrorCode::kFileUnwritable, path, reason);
  }
  return fsync_directory(folder_of(path));
}

Result<void> fsync_directory(const std::filesystem::path& directory) {
  const FileDescriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() || ::fsync(folder.get()) != 0) {
    return file_error(ErrorCode::kFileUnwritable, directory, errno);
  }
  return {};
}

Result<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "lock";
  if (!is_plain_or_absent(path)) {
    return Error{ErrorCode::kFileUnwritable, path.string(), kNotRegular};
  }
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.open()) return file_error(ErrorCode::kFileUnwritable, path, errno);
  if (!lock_within(file.get(), kEnding)) {
    if (errno != EWOULDBLOCK) return file_error(ErrorCode::kFileUnwritable, path, errno);
    std::string holder;
    const int reason = read_up_to(file.get(), 20, holder);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    return Error{ErrorCode::kStoreLocked, directory.string(),
                 reason == 0 && !holder.empty() ? "process " + holder : "by an unnamed process"};
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  int reason = ::ftruncate(file.get(), 0) == 0 ? 0 : errno;
  if (reason == 0) reason = write_all(file.get(), as_bytes(pid));
  if (reason != 0) return file_error(ErrorCode::kFileUnwritable, path, reason);
  return DirectoryLock(std::move(file));
}

}  // namespace rujukan
