#include "tests/support/killed_process.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace rujukan::test {
namespace {

// At a stop before a call: its number.
std::optional<long> call_at_stop(pid_t pid) {
  __ptrace_syscall_info info{};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): as ptrace takes it
  const auto size = reinterpret_cast<void*>(sizeof info);
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid, size, &info) <= 0) return std::nullopt;
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return std::nullopt;
  return static_cast<long>(info.entry.nr);
}

}  // namespace

bool killed_before_call(int call, const std::function<bool()>& work, std::optional<long> only) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    if (!work()) std::abort();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!WIFSTOPPED(status)) throw std::runtime_error("it cannot be traced");
  // NOLINTNEXTLINE(performance-no-int-to-ptr): as ptrace takes it
  ::ptrace(PTRACE_SETOPTIONS, pid, nullptr, reinterpret_cast<void*>(PTRACE_O_TRACESYSGOOD));
  for (int seen = 0; seen < call;) {
    // Passing nothing on: the only signal is the one above.
    ::ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr);
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status)) return false;
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) throw std::runtime_error("it was sent a signal");
    const auto number = call_at_stop(pid);
    if (number && (!only || *number == *only)) ++seen;
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  return true;
}

}  // namespace rujukan::test
