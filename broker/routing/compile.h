// config/ text -> Release. Pure: the caller reads the files and passes their bytes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/release.h"
#include "broker/routing/facts_json.h"

namespace rujukan::routing {

// File name ("units.csv") -> bytes. Required: areas.csv units.csv routing.toml permissions.toml
// deadlines.toml. Optional: legal_bases.toml; the registry: keys.csv stations.csv
// administrators.csv.
using ConfigFiles = std::map<std::string, std::string>;

struct BuildFacts {
  ReleaseVersion version{};
  std::string log_origin;
  Validity validity;
  std::uint32_t threshold = 1;
};

// Of a file; both count from 1, 0 is not known. Columns count bytes.
struct Place {
  std::size_t line = 0;
  std::size_t column = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

enum class Severity : std::uint8_t { kError, kWarning };

// A fault of the configuration, at a place of a file.
struct Finding {
  Error error;
  std::string file;
  std::size_t line = 0;    // from 1; 0: the file as a whole
  std::size_t column = 0;  // from 1; 0: the line as a whole
  Severity severity = Severity::kError;
  // The smallest facts that meet the fault; not set when facts cannot show it.
  std::optional<FactsFile> example = {};

  // "units.csv:17:3: config.reference: successor: ...".
  std::string to_string() const;
};

// Where the parts of a release stand in the files, by their ids, and what they rest on.
struct SourcePlaces {
  std::map<std::string, Place, std::less<>>
      rules;  // of routing.toml: guarantees and case informs too
  std::map<std::string, Place, std::less<>> units;  // of units.csv
  std::map<std::string, Place, std::less<>> areas;  // of areas.csv
  // What the rows of both rest on: "law:<code>", "published:<name>" or "assumed". Empty for a file
  // without the column. No part of a release.
  std::map<std::string, std::string, std::less<>> unit_sources;
  std::map<std::string, std::string, std::less<>> area_sources;
  // Laws that routing.toml cites by their codes: where, and of which rule.
  struct Citation {
    std::string code;
    std::string rule;
    Place place;
  };
  std::vector<Citation> citations;
};

struct Compiled {
  Release release;                // meaningful when there are no findings
  std::vector<Finding> findings;  // errors, in the order of files and lines
  SourcePlaces places;
};

// Reads and cross-checks everything; reports every finding, not the first only. Whether the table
// is total is for check() to say.
Compiled compile(const ConfigFiles& files, const BuildFacts& facts);

}  // namespace rujukan::routing
