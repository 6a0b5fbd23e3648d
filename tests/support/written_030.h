// What version 0.3.0 wrote (tests/fixtures/0.3.0/README.md): later versions read it and go on.
#pragma once

#include <string>

#include "tests/support/temporary_folder.h"

namespace rujukan::test {

// A copy of its own.
class Written030 {
 public:
  Written030();
  std::filesystem::path operator/(const char* name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

// What a command of 0.3.0 printed about it.
std::string said_by_030(const std::string& name);

}  // namespace rujukan::test
