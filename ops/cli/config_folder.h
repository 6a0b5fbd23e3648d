// Reads a configuration folder and a registry of keys, and compiles them.
#pragma once

#include <filesystem>
#include <optional>

#include "broker/base/result.h"
#include "broker/routing/compile.h"

namespace rujukan::cli {

struct ConfigSource {
  std::filesystem::path folder;     // areas.csv units.csv routing.toml permissions.toml ...
  std::filesystem::path registry;   // keys.csv stations.csv administrators.csv; empty: none
  std::filesystem::path deadlines;  // instead of the folder's deadlines.toml; empty: none
};

// Errors: file.unreadable, config.too_large.
Result<routing::ConfigFiles> read_config(const ConfigSource& source);

// Reads and compiles; prints what is wrong, every finding on a line of its own. nullopt when
// anything is.
std::optional<Release> load_release(const ConfigSource& source, const routing::BuildFacts& facts);

}  // namespace rujukan::cli
