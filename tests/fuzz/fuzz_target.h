// What every fuzzer defines. Preset `fuzz` links libFuzzer's main; all others link replay_main.cc,
// which runs the corpus once, in CTest.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
