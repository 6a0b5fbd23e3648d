// Reads a configuration folder and a registry of keys, and compiles them.
#pragma once

#include <filesystem>
#include <optional>

#include "broker/base/result.h"
#include "broker/routing/check.h"

namespace rujukan::cli {

struct ConfigSource {
  std::filesystem::path folder;     // areas.csv units.csv routing.toml permissions.toml ...
  std::filesystem::path registry;   // keys.csv stations.csv administrators.csv; empty: none
  std::filesystem::path deadlines;  // instead of the folder's deadlines.toml; empty: none
};

// Errors: file.unreadable, config.too_large.
Result<routing::ConfigFiles> read_config(const ConfigSource& source);

// Reads and compiles; prints what is wrong, every finding on a line of its own. nullopt when
// anything is. Whether the table is total is not looked at.
std::optional<Release> load_release(const ConfigSource& source, const routing::BuildFacts& facts);

// A release and what stands against it.
struct CheckedRelease {
  Release release;  // meaningful when the report has no errors
  routing::CheckReport report;
  routing::SourcePlaces places = {};  // of a folder
  bool compiled = true;  // false: the findings are those of the files, and nothing was walked over
};

// Reads, compiles and checks. Errors: as read_config.
Result<CheckedRelease> check_config(const ConfigSource& source, const routing::BuildFacts& facts);

// "FILE:LINE:COLUMN: CODE: ...", and its example on a line of its own, on stderr; errors only.
// Returns whether there were any.
bool refuse_errors(const routing::CheckReport& report);

}  // namespace rujukan::cli
