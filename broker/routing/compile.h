// config/ text -> Release. Pure: the caller reads the files and passes their bytes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/release.h"

namespace rujukan::routing {

// File name ("units.csv") -> bytes. Required: areas.csv units.csv routing.toml permissions.toml
// deadlines.toml. Optional, the registry: keys.csv stations.csv administrators.csv.
using ConfigFiles = std::map<std::string, std::string>;

struct BuildFacts {
  ReleaseVersion version{};
  std::string log_origin;
  Validity validity;
  std::uint32_t threshold = 1;
};

// A fault of the configuration, at a place of a file.
struct Finding {
  Error error;
  std::string file;
  std::size_t line = 0;    // from 1; 0: the file as a whole
  std::size_t column = 0;  // from 1; 0: the line as a whole

  // "units.csv:17:3: config.reference: successor: ...".
  std::string to_string() const;
};

struct Compiled {
  Release release;                // meaningful when there are no findings
  std::vector<Finding> findings;  // in the order of files and lines
};

// Reads and cross-checks everything; reports every finding, not the first only.
Compiled compile(const ConfigFiles& files, const BuildFacts& facts);

}  // namespace rujukan::routing
