#include "broker/app/process.h"

#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include "broker/base/invariant.h"
#include "broker/base/limits.h"
#include "broker/runtime/trace.h"

namespace rujukan::app {
namespace {

// Database, tiles, event and library descriptors.
constexpr rlim_t kOwnFiles = 128;

void change_mask(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  INVARIANT(pthread_sigmask(how, &set, nullptr) == 0);
}

}  // namespace

void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      trace::warning("process.open_files", {{"why", std::strerror(errno)}});
    }
  }
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
      limit.rlim_cur < static_cast<rlim_t>(limits::kConnections) + kOwnFiles) {
    trace::warning("process.open_files",
                   {{"allowed", limit.rlim_cur}, {"stations", limits::kConnections}});
  }
}

SignalsBlocked::SignalsBlocked() { change_mask(SIG_BLOCK); }
SignalsBlocked::~SignalsBlocked() { change_mask(SIG_UNBLOCK); }

}  // namespace rujukan::app
