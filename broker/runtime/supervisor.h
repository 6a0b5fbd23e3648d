// Runs a program's work in a child that may die: libraries abort on what they did not expect.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace rujukan {

// How long to wait before a child that a signal ended is started again: at once at first, longer
// each time while the children do not live long, and always within a second.
class RestartPauses {
 public:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kMost{800};
  // Whoever lived longer had begun to work.
  static constexpr std::chrono::milliseconds kQuickDeath{2'000};

  std::chrono::milliseconds after(std::chrono::milliseconds lived);

 private:
  std::chrono::milliseconds next_ = kFirst;
};

// In the process that a person or the system started: runs this executable with the same arguments
// in a child, again whenever a signal ended it, and returns the exit code to end with, which is the
// child's own when it exited. SIGTERM, SIGINT and SIGHUP are passed on to it; it dies with this
// process. `on_death` is called before each new start. In the child: nullopt. It does the work, and
// finds those three signals blocked: see unblock_signals().
// A new image each time: addresses are drawn anew, so that no crash teaches anything about the
// next. Requires: a single thread, and that a restart needs nothing but what lies in files.
std::optional<int> supervise(char** argv, const std::function<void()>& on_death);

}  // namespace rujukan
