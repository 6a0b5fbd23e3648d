// What every fuzzer defines. Preset `fuzz` links libFuzzer's main; all others link replay_main.cc,
// which runs the corpus once, in CTest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace rujukan::fuzz {

// What must hold of every input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace rujukan::fuzz
