#include "broker/runtime/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "tests/support/sanitizer.h"

using namespace rujukan;

namespace {

// The exit code of `work` in a process of its own, so that this one stays as it is.
template <typename Work>
int in_a_child(const Work& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::uint64_t locked_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) return std::stoull(line.substr(6));
  }
  return 0;
}

}  // namespace

TEST_CASE("a process that forbade core dumps leaves none and is not read by others") {
  const int code = in_a_child([] {
    forbid_core_dumps();
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) return 1;
    if (!test::kSanitized && ::prctl(PR_GET_DUMPABLE) != 0) return 2;
    return 0;
  });
  CHECK(code == 0);
}

TEST_CASE("memory is locked where the system allows it, and what comes later too") {
  const int code = in_a_child([] {
    lock_memory();
    lock_memory();
    if (locked_kib() == 0) return 7;  // not allowed here
    const std::uint64_t before = locked_kib();
    std::string later(64 * 1024 * 1024, 'x');
    return later[1] == 'x' && locked_kib() >= before + 60 * 1024 ? 0 : 1;
  });
  CHECK((code == 0 || code == 7));
}
