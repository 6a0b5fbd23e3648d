// A fresh folder for one test, removed with everything in it.
#pragma once

#include <filesystem>

namespace rujukan::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const char* name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace rujukan::test
