#include "broker/base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace rujukan {

void invariant_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "rujukan: fatal: invariant failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace rujukan
