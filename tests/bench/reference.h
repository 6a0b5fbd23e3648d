// What this machine can do, measured in the same run as a benchmark, so that its figures can be
// read as ratios.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "broker/base/result.h"

namespace rujukan::bench {

// One thread. Each takes about `duration`; the figure is the median of several slices, because
// other processes share the machine.
double verifies_per_second(std::chrono::milliseconds duration);
double sha256_per_second(std::size_t bytes, std::chrono::milliseconds duration);

// 4 KiB appended and synced, one after the other, to a file in the folder that is gone afterwards.
// Errors: file.unwritable.
Result<double> fdatasyncs_per_second(const std::filesystem::path& folder,
                                     std::chrono::milliseconds duration);

// All of them by name. Errors: file.unwritable.
Result<nlohmann::json> reference_figures(const std::filesystem::path& folder,
                                         std::chrono::milliseconds duration);

}  // namespace rujukan::bench
