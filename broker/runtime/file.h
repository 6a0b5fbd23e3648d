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

// Errors: file.unreadable (the detail is the system's reason), config.too_large.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);

// What write_file_durably puts between a file's name and a number for the temporary one, which a
// crash may leave.
inline constexpr const char* kTemporaryMark = ".tmp.";
// After a crash the file has either its old bytes or the new ones: temporary name, fsync, rename,
// fsync of the folder. Errors: file.unwritable.
Result<void> write_file_durably(const std::filesystem::path& path, ByteView bytes,
                                mode_t mode = 0644);
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
