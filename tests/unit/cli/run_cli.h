// Runs the built `rujukan` as a user would.
#pragma once

#include <string>
#include <vector>

namespace rujukan::test {

struct Ran {
  int exit_code = -1;  // -1: killed by a signal
  std::string out;
  std::string err;
};

// Arguments as given, no shell; `input` is its standard input.
Ran run_cli(const std::vector<std::string>& arguments, const std::string& input = "");

}  // namespace rujukan::test
