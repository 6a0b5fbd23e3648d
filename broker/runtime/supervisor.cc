#include "broker/runtime/supervisor.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "broker/base/invariant.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/trace.h"

namespace rujukan {
namespace {

using std::chrono::milliseconds;

// Tells the child who its supervisor is: an environment that was copied elsewhere names another.
constexpr const char* kVariable = "RUJUKAN_SUPERVISOR";
// The executable of this process, also when its file was replaced meanwhile.
constexpr const char* kSelf = "/proc/self/exe";
constexpr int kCannotStart = 1;
// As shells say it.
constexpr int kEndedBySignal = 128;

milliseconds since(SteadyTime start) {
  return std::chrono::duration_cast<milliseconds>(steady_now() - start);
}

bool stops(int signal) { return signal == SIGTERM || signal == SIGINT; }

// True in a child of supervise(), once: children of its own would not be.
bool is_supervised() {
  const char* supervisor = std::getenv(kVariable);
  if (supervisor == nullptr) return false;
  const bool ours = std::to_string(::getppid()) == supervisor;
  ::unsetenv(kVariable);
  return ours;
}

// The kernel names a process after the file that it executes.
void take_name(const char* program) {
  const char* slash = std::strrchr(program, '/');
  ::prctl(PR_SET_NAME, slash == nullptr ? program : slash + 1);
}

class Supervisor {
 public:
  Supervisor(char** argv, const std::function<void()>& on_death)
      : argv_(argv), on_death_(on_death) {
    sigemptyset(&awaited_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&awaited_, signal);
    // A parent may have had it ignored, and then nobody could wait for a child.
    ::signal(SIGCHLD, SIG_DFL);
    INVARIANT(::sigprocmask(SIG_BLOCK, &awaited_, nullptr) == 0);
  }

  int run() {
    for (int count = 1;; ++count) {
      const SteadyTime start = steady_now();
      if (!start_child()) return kCannotStart;
      const int status = wait_for_end();
      if (WIFEXITED(status)) return WEXITSTATUS(status);
      const int signal = WTERMSIG(status);
      if (stopping_) return kEndedBySignal + signal;
      on_death_();
      const milliseconds pause = pauses_.after(since(start));
      if (!rest(pause)) return 0;
      trace::warning("process.restarted",
                     {{"signal", signal}, {"count", count}, {"after_ms", pause.count()}});
    }
  }

 private:
  bool start_child() {
    const pid_t self = ::getpid();
    child_ = ::fork();
    if (child_ == 0) become_child(self);
    if (child_ < 0) trace::warning("process.fork", {{"why", std::strerror(errno)}});
    return child_ > 0;
  }

  [[noreturn]] void become_child(pid_t supervisor) {
    // A supervisor that died before this line left no signal behind.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != supervisor) ::_exit(kCannotStart);
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, SIGCHLD);
    ::sigprocmask(SIG_UNBLOCK, &own, nullptr);
    ::setenv(kVariable, std::to_string(supervisor).c_str(), 1);
    ::execv(kSelf, argv_);
    trace::warning("process.exec", {{"why", std::strerror(errno)}});
    ::_exit(kCannotStart);
  }

  // Its status as waitpid(2) gives it.
  int wait_for_end() {
    for (;;) {
      siginfo_t signal{};
      if (::sigwaitinfo(&awaited_, &signal) < 0) continue;  // EINTR: after a stop and a continue
      int status = 0;
      if (::waitpid(child_, &status, WNOHANG) == child_) {
        // It was dead before this came, which is for the supervisor then.
        if (signal.si_signo != SIGCHLD) ::raise(signal.si_signo);
        return status;
      }
      if (signal.si_signo == SIGCHLD) continue;
      stopping_ = stopping_ || stops(signal.si_signo);
      ::kill(child_, signal.si_signo);
    }
  }

  // False when it was told to stop meanwhile.
  bool rest(milliseconds pause) {
    const SteadyTime start = steady_now();
    for (;;) {
      const milliseconds left = std::max(pause - since(start), milliseconds(0));
      const timespec wait{left.count() / 1000, left.count() % 1000 * 1'000'000};
      const int signal = ::sigtimedwait(&awaited_, nullptr, &wait);
      if (stops(signal)) return false;
      if (signal < 0 && errno == EAGAIN) return true;
    }
  }

  char** const argv_;
  const std::function<void()>& on_death_;
  sigset_t awaited_{};
  RestartPauses pauses_;
  pid_t child_ = -1;
  bool stopping_ = false;
};

}  // namespace

milliseconds RestartPauses::after(milliseconds lived) {
  if (lived >= kQuickDeath) next_ = kFirst;
  return std::exchange(next_, std::min(next_ * 2, kMost));
}

std::optional<int> supervise(char** argv, const std::function<void()>& on_death) {
  if (is_supervised()) {
    take_name(argv[0]);
    return std::nullopt;
  }
  return Supervisor(argv, on_death).run();
}

}  // namespace rujukan
