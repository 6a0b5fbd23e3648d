// rujukan keys: the group of commands, and what they share.
#include "ops/cli/keys.h"

#include "broker/model/ids.h"
#include "broker/runtime/process.h"

namespace rujukan::cli {

void add_target_options(CommandSyntax command, KeyTarget& target, bool registered) {
  command.add_option("--out", target.out, "Folder for the secret key file")
      .type_name("DIR")
      .required();
  if (registered) {
    command.add_option("--registry", target.registry, "Folder of public keys to add it to")
        .type_name("DIR");
  }
  command.add_flag("--force", target.force, "Replace a key of the same name");
}

Result<void> prepare(const KeyTarget& target, const std::filesystem::path& key_file) {
  lock_memory();
  std::error_code failure;
  for (const auto& folder : {target.out, target.registry}) {
    if (folder.empty()) continue;
    std::filesystem::create_directories(folder, failure);
    if (failure) return Error{ErrorCode::kFileUnwritable, folder.string(), failure.message()};
  }
  if (target.force || !std::filesystem::exists(key_file)) return {};
  return Error{ErrorCode::kFileUnwritable, key_file.string(), "exists; --force replaces it"};
}

Result<void> check_name(const char* option, const std::string& name) {
  if (is_valid_id(name)) return {};
  return Error{ErrorCode::kConfigValue, option, "lower-case letters, digits and . - _ only"};
}

void add_keys(CommandSyntax app, int& exit_code) {
  const auto keys = app.add_subcommand("keys", "Make keys");
  keys.require_one_subcommand();
  const auto keys_new =
      keys.add_subcommand("new", "Make new keys and register their public halves");
  keys_new.require_one_subcommand();
  keys_new.footer(R"(
Secret halves go to a file that only its owner may read; public halves are printed and added to the
registry, from which `rujukan release build` reads them:
  administrators.csv  name,key
  stations.csv        station,curve_key,units
  keys.csv            unit,key_id,purpose,key,valid_from,valid_until,compromised_since
A key that exists is never replaced without --force. To end a key or to mark it as compromised, edit
its line in keys.csv and build the next release.)");
  add_keys_broker(keys_new, exit_code);
  add_keys_administrator(keys_new, exit_code);
  add_keys_station(keys_new, exit_code);
  add_keys_units(keys_new, exit_code);
  add_keys_witness(keys_new, exit_code);
}

}  // namespace rujukan::cli
