// Files outside the database: bounded reads, durable writes, and the lock on a data directory.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan {

// Owns a file descriptor; closes it when destroyed. Move-only.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Of a regular file; whatever else has its name (a pipe, a device) is not waited for. Errors:
// file.unreadable (the detail is the system's reason), config.too_large.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);

// What write_file_durably puts between a file's name and a number for the temporary one, which a
// crash may leave.
inline constexpr const char* kTemporaryMark = ".tmp.";
// Who may read a file. Whatever may hold case data or a key is its owner's only; others are to read
// releases, anchors, policies and public keys.
inline constexpr mode_t kOwnerOnly = 0600;
inline constexpr mode_t kForAnyone = 0644;
// After a crash the file has either its old bytes or the new ones: temporary name, fsync, rename,
// fsync of the folder. Never in the place of a pipe or a device. Errors: file.unwritable.
Result<void> write_file_durably(const std::filesystem::path& path, ByteView bytes,
                                mode_t mode = kOwnerOnly);
// False for what is there and is no regular file: opening it could wait without end. True for what
// is not there.
bool is_plain_or_absent(const std::filesystem::path& path);
// Makes renames and removals in the folder durable. Errors: file.unwritable.
Result<void> fsync_directory(const std::filesystem::path& directory);

// Exclusive use of a directory by one process, through flock on "<directory>/lock". The file stays
// when the lock is released: removing it would let two processes lock two files of one name.
class DirectoryLock {
 public:
  // Waits 2 s for a process that is ending. Errors: store.locked (the detail names the process),
  // file.unwritable.
  static Result<DirectoryLock> acquire(const std::filesystem::path& directory);

 private:
  explicit DirectoryLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace rujukan
