// What a sanitizer changes about a test's measurements.
#pragma once

#include <cstdint>

namespace rujukan::test {

// The address sanitizer keeps what was freed for a while, by default up to 256 MiB, and half as
// much again for its shadow and what it puts around each.
#ifdef __SANITIZE_ADDRESS__
inline constexpr std::uint64_t kQuarantineBytes = 384ULL * 1024 * 1024;
#else
inline constexpr std::uint64_t kQuarantineBytes = 0;
#endif

}  // namespace rujukan::test
