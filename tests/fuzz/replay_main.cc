// Runs a fuzzer's function on every file of the given folders, whole and with bytes of it changed
// or cut off, so that a run without libFuzzer still leaves the beaten track.
//   NAME_fuzz [--every N] FOLDER...
// --every: of these changes only each N-th. Exit code 2 when there is no file.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

namespace {

std::vector<std::uint8_t> read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Replay {
 public:
  explicit Replay(unsigned long every) : every_(every) {}

  void file(std::vector<std::uint8_t> input) {
    LLVMFuzzerTestOneInput(input.data(), input.size());
    for (std::uint8_t& byte : input) {
      const std::uint8_t kept = byte;
      for (const int change : {0x01, 0x80, 0xff}) {
        byte = static_cast<std::uint8_t>(kept ^ change);
        try_changed(input, input.size());
      }
      byte = kept;
    }
    for (std::size_t length = input.size(); length > 0; --length) try_changed(input, length - 1);
  }

 private:
  void try_changed(const std::vector<std::uint8_t>& input, std::size_t size) {
    if (changes_++ % every_ == 0) LLVMFuzzerTestOneInput(input.data(), size);
  }

  const unsigned long every_;
  unsigned long changes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  int first = 1;
  unsigned long every = 1;
  if (argc > 2 && std::string(argv[1]) == "--every") {
    every = std::stoul(argv[2]);
    first = 3;
  }
  Replay replay(every);
  int files = 0;
  for (int i = first; i < argc; ++i) {
    for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
      replay.file(read(file.path()));
      ++files;
    }
  }
  std::printf("%d files replayed\n", files);
  return files > 0 ? 0 : 2;
}
