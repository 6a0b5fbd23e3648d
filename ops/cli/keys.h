// Shared by the commands of `rujukan keys new`.
#pragma once

#include <filesystem>

#include "broker/base/result.h"
#include "ops/cli/cli.h"

namespace rujukan::cli {

// Where a new key goes.
struct KeyTarget {
  std::filesystem::path out;       // folder of secret key files
  std::filesystem::path registry;  // folder of public keys; empty: none
  bool force = false;              // replace a key of the same name
};

// Adds --out, --registry (unless the key is registered nowhere) and --force.
void add_target_options(CommandSyntax command, KeyTarget& target, bool registered);

// Makes the folders; refuses a key file that exists unless forced. Errors: file.unwritable.
Result<void> prepare(const KeyTarget& target, const std::filesystem::path& key_file);

// Errors: config.value unless the name is a valid id.
Result<void> check_name(const char* option, const std::string& name);

void add_keys_broker(CommandSyntax keys_new, int& exit_code);
void add_keys_administrator(CommandSyntax keys_new, int& exit_code);
void add_keys_station(CommandSyntax keys_new, int& exit_code);
void add_keys_witness(CommandSyntax keys_new, int& exit_code);
void add_keys_units(CommandSyntax keys_new, int& exit_code);

}  // namespace rujukan::cli
