// Runs a fuzzer's function on every file of the given folders, whole and with each byte changed, so
// that a run without libFuzzer still leaves the beaten track. Exit code 2 when there is no file.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

namespace {

std::vector<std::uint8_t> read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void replay(std::vector<std::uint8_t> input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
  for (std::uint8_t& byte : input) {
    const std::uint8_t kept = byte;
    for (const int change : {0x01, 0x80, 0xff}) {
      byte = static_cast<std::uint8_t>(kept ^ change);
      LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    byte = kept;
  }
  for (std::size_t length = input.size(); length > 0; --length) {
    LLVMFuzzerTestOneInput(input.data(), length - 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
      replay(read(file.path()));
      ++files;
    }
  }
  std::printf("%d files replayed\n", files);
  return files > 0 ? 0 : 2;
}
