// What is wrong with a log, and where.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/base/error.h"

namespace rujukan::audit {

// `position` is a place in the tree, from 0; for a tile the first entry that it covers.
struct Finding {
  std::uint64_t position = 0;
  Error error;

  // "17: log.time: time_us: the entry's time is not after that of the entry before (...)"
  std::string text() const { return std::to_string(position) + ": " + to_string(error); }
  friend bool operator==(const Finding&, const Finding&) = default;
};
using Findings = std::vector<Finding>;

// A log is not worth reading further after as many.
inline constexpr std::size_t kMostFindings = 100;

}  // namespace rujukan::audit
