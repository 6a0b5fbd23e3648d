#include "tests/support/failing_sync.h"

#include <sqlite3.h>

#include <map>

namespace rujukan::test {
namespace {

// Files outlive the object and keep its functions.
struct State {
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs shown{};
  // By the methods that a file had: its kind's.
  std::map<const sqlite3_io_methods*, sqlite3_io_methods> shown_methods;
  std::map<const sqlite3_io_methods*, const sqlite3_io_methods*> real_methods;
  int left = 0;  // until the failure; below 0: over
};
State& state() {
  static State one;
  return one;
}

int sync(sqlite3_file* file, int flags) {
  if (--state().left == 0) return SQLITE_IOERR_FSYNC;
  return state().real_methods.at(file->pMethods)->xSync(file, flags);
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  const int code = state().real->xOpen(state().real, name, file, flags, flags_out);
  if (file->pMethods == nullptr) return code;
  const auto [at, is_new] = state().shown_methods.emplace(file->pMethods, *file->pMethods);
  at->second.xSync = sync;
  state().real_methods[&at->second] = file->pMethods;
  file->pMethods = &at->second;
  return code;
}

}  // namespace

FailingSync::FailingSync(int which) {
  State& now = state();
  if (now.real == nullptr) {
    now.real = sqlite3_vfs_find(nullptr);
    now.shown = *now.real;
    now.shown.zName = "failing_sync";
    now.shown.xOpen = open;
  }
  now.left = which;
  sqlite3_vfs_register(&now.shown, 1);
}

FailingSync::~FailingSync() {
  state().left = -1;
  sqlite3_vfs_unregister(&state().shown);
  sqlite3_vfs_register(state().real, 1);
}

bool FailingSync::failed() const { return state().left <= 0; }

}  // namespace rujukan::test
