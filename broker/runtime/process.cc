#include "broker/runtime/process.h"

#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

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

}  // namespace

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
