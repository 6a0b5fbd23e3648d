#include "ops/cli/progress.h"

#include <unistd.h>

#include <cstdio>

namespace rujukan::cli {

void show_progress(const char* doing, std::uint64_t done, std::uint64_t all) {
  if (::isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r%s: %llu of %llu entries%s", doing, static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(all), done == all ? "\n" : "");
}

}  // namespace rujukan::cli
