#include <cstdio>

#include "ops/cli/cli.h"

namespace rujukan::cli {

int fail(const Error& error) {
  std::fprintf(stderr, "rujukan: %s\n", to_string(error).c_str());
  return kBadInput;
}

int fail(std::string_view where, const Error& error) {
  std::fprintf(stderr, "rujukan: %.*s: %s\n", static_cast<int>(where.size()), where.data(),
               to_string(error).c_str());
  return kBadInput;
}

}  // namespace rujukan::cli
