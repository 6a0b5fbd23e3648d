// rujukan keys new station.
#include <cstdio>

#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "ops/cli/keys.h"
#include "ops/cli/registry.h"
#include "ops/cli/unit_choice.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Makes the CURVE key of one installed gateway in DIR/NAME.station.key and adds its public half, with
the units for which it may speak, to stations.csv. A whole agency is written as agency:NAME: units that
join it later are served as well.

Examples:
  rujukan keys new station kpai-pusat --unit kpai --out keys --registry registry
  rujukan keys new station polri --config config --agency police --out keys --registry registry

Exit codes: 0 made; 2 the key exists, a file cannot be read or written, or a name is not valid.)";

struct Options {
  KeyTarget target;
  UnitChoice choice;
  std::string name;
};

// A whole agency stands as such, so that units which join it later are served as well.
std::string units_cell(const UnitChoice& choice) {
  std::string cell = choice.agency.empty() ? "" : "agency:" + choice.agency;
  for (const std::string& unit : choice.units) cell += (cell.empty() ? "" : " ") + unit;
  return cell;
}

// Errors: file.*, config.*.
Result<void> make(const Options& options) {
  if (auto valid = check_name("NAME", options.name); !valid) return valid;
  const auto units = chosen_units(options.choice);
  if (!units) return units.error();
  const auto path = options.target.out / (options.name + ".station.key");
  if (auto ready = prepare(options.target, path); !ready) return ready;
  auto registry = open_stations(options.target.registry);
  if (!registry) return registry.error();
  const std::string row_key[] = {options.name};
  if (registry->holds(row_key) && !options.target.force) {
    return Error{ErrorCode::kConfigDuplicate, "stations.csv", options.name};
  }
  const StationKey key{StationId(options.name), random_bytes<32>()};
  if (auto written = write_key_file(path, key); !written) return written;
  const std::string public_key = to_base64(x25519_public_key(key.curve_secret));
  std::printf("station=%s\ncurve_key=%s\nunits=%zu\n", options.name.c_str(), public_key.c_str(),
              units->size());
  registry->remove(row_key);
  registry->add({options.name, public_key, units_cell(options.choice)});
  return registry->save();
}

}  // namespace

void add_keys_station(CommandSyntax keys_new, int& exit_code) {
  const auto command = keys_new.add_subcommand("station", "The CURVE key of an installed gateway");
  const auto options = std::make_shared<Options>();
  command.add_option("NAME", options->name, "Name of the station").type_name("").required();
  add_unit_options(command, options->choice);
  add_target_options(command, options->target, true);
  command.footer(kManual);
  command.callback([options, &exit_code] {
    const auto made = make(*options);
    exit_code = made ? kOk : fail(made.error());
  });
}

}  // namespace rujukan::cli
