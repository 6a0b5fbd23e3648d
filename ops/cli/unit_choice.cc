#include "ops/cli/unit_choice.h"

#include <algorithm>
#include <set>

#include "ops/cli/config_folder.h"

namespace rujukan::cli {
namespace {

Result<void> check_units(const std::set<UnitId>& chosen, const std::set<UnitId>& directory) {
  for (const UnitId& unit : chosen) {
    if (!directory.contains(unit)) {
      return Error{ErrorCode::kConfigReference, "--unit", "no unit " + unit.str()};
    }
  }
  return {};
}

// Adds the agency's units, and checks the others against the directory. Errors: config.*.
Result<void> add_from_directory(const UnitChoice& choice, std::set<UnitId>& chosen) {
  const auto release = load_release({.folder = choice.config, .registry = {}, .deadlines = {}}, {});
  if (!release) return Error{ErrorCode::kConfigValue, "--config", "see the findings above"};
  std::set<UnitId> directory;
  for (const Unit& unit : release->units) {
    directory.insert(unit.id);
    if (unit.agency.str() == choice.agency) chosen.insert(unit.id);
  }
  if (!choice.agency.empty() && chosen.empty()) {
    return Error{ErrorCode::kConfigReference, "--agency", "no unit of " + choice.agency};
  }
  return check_units(chosen, directory);
}

}  // namespace

void add_unit_options(CommandSyntax command, UnitChoice& choice) {
  command.add_option("--unit", choice.units, "Unit id; may be repeated").type_name("UNIT");
  const auto config =
      command.add_option("--config", choice.config, "Folder with units.csv to choose from")
          .type_name("DIR");
  command.add_option("--agency", choice.agency, "All units of this agency")
      .type_name("AGENCY")
      .needs(config);
}

Result<std::vector<UnitId>> chosen_units(const UnitChoice& choice) {
  std::set<UnitId> chosen;
  for (const std::string& unit : choice.units) {
    if (!is_valid_id(unit)) return Error{ErrorCode::kConfigValue, "--unit", "not an id: " + unit};
    chosen.insert(UnitId(unit));
  }
  if (!choice.config.empty()) {
    const auto added = add_from_directory(choice, chosen);
    if (!added) return added.error();
  }
  if (chosen.empty()) {
    return Error{ErrorCode::kConfigMissing, "--unit", "name units, or --config and --agency"};
  }
  return std::vector<UnitId>(chosen.begin(), chosen.end());
}

}  // namespace rujukan::cli
