// rujukan keys new administrator.
#include <cstdio>

#include "broker/crypto/ed25519.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "ops/cli/keys.h"
#include "ops/cli/registry.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Makes an administrator's Ed25519 key, which signs releases, in DIR/NAME.administrator.key and adds the
public half to administrators.csv.

Example:
  rujukan keys new administrator admin-a --out keys --registry registry

Exit codes: 0 made; 2 the key exists, a file cannot be read or written, or the name is not valid.)";

struct Options {
  KeyTarget target;
  std::string name;
};

// Errors: file.*, config.*.
Result<void> make(const Options& options) {
  if (auto valid = check_name("NAME", options.name); !valid) return valid;
  const auto path = options.target.out / (options.name + ".administrator.key");
  if (auto ready = prepare(options.target, path); !ready) return ready;
  auto registry = open_administrators(options.target.registry);
  if (!registry) return registry.error();
  const std::string row_key[] = {options.name};
  if (registry->holds(row_key) && !options.target.force) {
    return Error{ErrorCode::kConfigDuplicate, "administrators.csv", options.name};
  }
  const AdministratorKey key{options.name, random_bytes<32>()};
  if (auto written = write_key_file(path, key); !written) return written;
  const std::string public_key = to_base64(Ed25519SecretKey::from_seed(key.seed).public_key());
  std::printf("administrator=%s\nkey=%s\n", options.name.c_str(), public_key.c_str());
  registry->remove(row_key);
  registry->add({options.name, public_key});
  return registry->save();
}

}  // namespace

void add_keys_administrator(CommandSyntax keys_new, int& exit_code) {
  const auto command =
      keys_new.add_subcommand("administrator", "The key of a person who signs releases");
  const auto options = std::make_shared<Options>();
  command.add_option("NAME", options->name, "Name of the administrator").type_name("").required();
  add_target_options(command, options->target, true);
  command.footer(kManual);
  command.callback([options, &exit_code] {
    const auto made = make(*options);
    exit_code = made ? kOk : fail(made.error());
  });
}

}  // namespace rujukan::cli
