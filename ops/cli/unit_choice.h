// Which units a command is about: a list, or all of an agency.
#pragma once

#include <filesystem>

#include "broker/base/result.h"
#include "broker/model/ids.h"
#include "ops/cli/cli.h"

namespace rujukan::cli {

struct UnitChoice {
  std::vector<std::string> units;
  std::filesystem::path config;
  std::string agency;
};

// Adds --unit, --config and --agency.
void add_unit_options(CommandSyntax command, UnitChoice& choice);

// Sorted, without repeats, at least one. With a configuration folder every unit must stand in it.
// Errors: config.value, config.reference; findings of the configuration are printed.
Result<std::vector<UnitId>> chosen_units(const UnitChoice& choice);

}  // namespace rujukan::cli
