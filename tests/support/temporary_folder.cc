#include "tests/support/temporary_folder.h"

#include <stdlib.h>

#include <string>

namespace rujukan::test {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "rujukan-test-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // a test must not fail because of its own rubbish
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::operator/(const char* name) const { return path_ / name; }

}  // namespace rujukan::test
