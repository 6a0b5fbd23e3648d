// What a sanitizer changes about a test's measurements.
#pragma once

#include <cstdint>

namespace rujukan::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
// The address sanitizer keeps what was freed for a while, by default up to 256 MiB, and half as
// much again for its shadow and what it puts around each. The thread sanitizer keeps four bytes for
// each that was touched, and what its threads did last.
inline constexpr std::uint64_t kSanitizerBytes = 384ULL * 1024 * 1024;
#else
inline constexpr bool kSanitized = false;
inline constexpr std::uint64_t kSanitizerBytes = 0;
#endif

}  // namespace rujukan::test
