// A program of the project as a process of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace rujukan::test {

// Killed and waited for when destroyed.
class ChildProcess {
 public:
  // Its standard error goes to a file.
  ChildProcess(const std::vector<std::string>& command, const std::filesystem::path& error_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void signal(int number) const;
  // The exit code, 128 + the signal that ended it, or -1 when it does not end within 20 s.
  int wait();
  // Waits until it has made the file. False when it ends before that or 20 s are over.
  bool wait_for_file(const std::filesystem::path& path);
  std::string errors() const;
  // The child in which a supervised program does its work; -1: there is none.
  pid_t worker() const;
  // Of the worker; of the process itself when it has none.
  std::size_t resident_bytes() const;

 private:
  pid_t pid_ = -1;
  int pid_fd_ = -1;
  std::filesystem::path error_file_;
  int status_ = -1;
};

}  // namespace rujukan::test
