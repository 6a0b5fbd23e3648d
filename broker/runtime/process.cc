#include "broker/runtime/process.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>

#include "broker/base/invariant.h"
#include "broker/runtime/trace.h"

namespace rujukan {
namespace {

void change_mask(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  INVARIANT(pthread_sigmask(how, &set, nullptr) == 0);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

// Within a container's users the capability is not the system's.
bool has_all_users() {
  std::ifstream map("/proc/self/uid_map");
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t count = 0;
  map >> inside >> outside >> count;
  return inside == 0 && outside == 0 && count == std::numeric_limits<std::uint32_t>::max();
}

// Under a limit, locking what is mapped later would let an allocation fail that is no fault.
bool may_lock_all() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_max == RLIM_INFINITY) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_MEMLOCK, &limit) == 0) return true;
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  return (data[0].effective & (1U << CAP_IPC_LOCK)) != 0 && has_all_users();
}

bool lock_all() {
  return may_lock_all() && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

}  // namespace

void forbid_core_dumps() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) {
    trace::warning("process.core_limit", {{"why", std::strerror(errno)}});
  }
  if (!kSanitized && ::prctl(PR_SET_DUMPABLE, 0) != 0) {
    trace::warning("process.dumpable", {{"why", std::strerror(errno)}});
  }
}

void lock_memory() {
  [[maybe_unused]] static const bool all = [] {
    const bool locked = lock_all();
    trace::info("process.memory_locked", {{"what", locked ? "all" : "keys"}});
    return locked;
  }();
}

void raise_open_files(unsigned long needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      trace::warning("process.open_files", {{"why", std::strerror(errno)}});
    }
  }
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < needed) {
    trace::warning("process.open_files", {{"allowed", limit.rlim_cur}, {"needed", needed}});
  }
}

void unblock_signals() { change_mask(SIG_UNBLOCK); }

SignalsBlocked::SignalsBlocked() { change_mask(SIG_BLOCK); }
SignalsBlocked::~SignalsBlocked() { unblock_signals(); }

}  // namespace rujukan
