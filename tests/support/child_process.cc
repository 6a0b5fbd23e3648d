#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "broker/runtime/file.h"

extern char** environ;

namespace rujukan::test {
namespace {

constexpr std::chrono::seconds kPatience(20);

int left_ms(std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command,
                           const std::filesystem::path& error_file)
    : error_file_(error_file) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error_file.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const int failed =
      ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw std::runtime_error("cannot start " + command[0] + ": " + std::strerror(failed));
  }
  pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pid_fd_ < 0) throw std::runtime_error("pidfd_open");
}

ChildProcess::~ChildProcess() {
  if (status_ < 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
  }
  ::close(pid_fd_);
}

void ChildProcess::signal(int number) const { ::kill(pid_, number); }

int ChildProcess::wait() {
  if (status_ < 0) {
    pollfd end{pid_fd_, POLLIN, 0};
    if (::poll(&end, 1, static_cast<int>(kPatience.count()) * 1000) != 1) return -1;
    ::waitpid(pid_, &status_, 0);
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

bool ChildProcess::wait_for_file(const std::filesystem::path& path) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  const FileDescriptor changes(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ::inotify_add_watch(changes.get(), path.parent_path().c_str(), IN_MOVED_TO | IN_CREATE);
  while (!std::filesystem::exists(path)) {
    pollfd waits[] = {{changes.get(), POLLIN, 0}, {pid_fd_, POLLIN, 0}};
    if (::poll(waits, 2, left_ms(until)) <= 0 || waits[1].revents != 0) return false;
    char events[4096];
    if (::read(changes.get(), events, sizeof events) < 0) return false;
  }
  return true;
}

std::string ChildProcess::errors() const {
  std::ifstream file(error_file_);
  return {std::istreambuf_iterator<char>(file), {}};
}

pid_t ChildProcess::worker() const {
  const std::string own = std::to_string(pid_);
  std::ifstream children("/proc/" + own + "/task/" + own + "/children");
  pid_t first = -1;
  return children >> first ? first : -1;
}

std::size_t ChildProcess::resident_bytes() const {
  const pid_t work = worker();
  std::ifstream statm("/proc/" + std::to_string(work > 0 ? work : pid_) + "/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace rujukan::test
