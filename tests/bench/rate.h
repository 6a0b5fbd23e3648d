// How often something can be done per second.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace rujukan::bench {

// Calls per second of `call`, which returns false to stop: then 0. The median of several slices,
// because other processes share the machine. Reads the clock after each call.
template <typename Call>
double calls_per_second(std::chrono::milliseconds duration, Call call) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kSlices = 9;
  std::vector<double> rates;
  for (std::size_t slice = 0; slice < kSlices; ++slice) {
    const auto start = Clock::now();
    std::size_t calls = 0;
    std::chrono::duration<double> elapsed{0};
    do {
      if (!call()) return 0;
      ++calls;
      elapsed = Clock::now() - start;
    } while (elapsed < duration / kSlices);
    rates.push_back(static_cast<double>(calls) / elapsed.count());
  }
  std::nth_element(rates.begin(), rates.begin() + kSlices / 2, rates.end());
  return rates[kSlices / 2];
}

// The same for calls that use up what `prepare` made, whose time does not count: `run` returns how
// many calls it made of it. At least one of each per slice.
template <typename Prepare, typename Run>
double prepared_calls_per_second(std::chrono::milliseconds duration, Prepare prepare, Run run) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kSlices = 9;
  std::vector<double> rates;
  for (std::size_t slice = 0; slice < kSlices; ++slice) {
    std::size_t calls = 0;
    std::chrono::duration<double> elapsed{0};
    do {
      auto prepared = prepare();
      const auto start = Clock::now();
      calls += run(prepared);
      elapsed += Clock::now() - start;
    } while (elapsed < duration / kSlices);
    rates.push_back(static_cast<double>(calls) / elapsed.count());
  }
  std::nth_element(rates.begin(), rates.begin() + kSlices / 2, rates.end());
  return rates[kSlices / 2];
}

}  // namespace rujukan::bench
