// rujukan keys new units.
#include <cstdio>

#include "broker/crypto/ed25519.h"
#include "broker/crypto/sha256.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "ops/cli/keys.h"
#include "ops/cli/registry.h"
#include "ops/cli/unit_choice.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Makes for each chosen unit an Ed25519 key that signs and an X25519 key that opens seals, all in
DIR/NAME.units.key (NAME is --name, else the agency, else the unit), and adds the public halves to
keys.csv. A key's id is its purpose and the beginning of its SHA-256.

A unit that has keys in the registry gets further ones with --valid-from: from then on senders seal
for the new key, and the old one stays valid until its line in keys.csv says otherwise. With --force
the lines of the units are replaced; what was sealed for the old keys opens only with the old file.

Examples:
  rujukan keys new units --config config --agency police --out keys --registry registry
  rujukan keys new units --unit kpai --out keys --registry registry
  rujukan keys new units --unit kpai --name kpai-2027 --valid-from 2027-01-01 \
      --out keys --registry registry

Exit codes: 0 made; 2 the keys exist, a file cannot be read or written, or a name is not valid.)";

struct Options {
  KeyTarget target;
  UnitChoice choice;
  std::string name;
  std::string valid_from;
  std::string valid_until;
};

constexpr KeyPurpose kPurposes[] = {KeyPurpose::kSign, KeyPurpose::kSeal};
constexpr std::size_t kKeyIdDigits = 8;

PublicKey public_half(KeyPurpose purpose, const SecretBytes& secret) {
  switch (purpose) {
    case KeyPurpose::kSign:
      return Ed25519SecretKey::from_seed(secret).public_key();
    case KeyPurpose::kSeal:
      return x25519_public_key(secret);
  }
  INVARIANT(false);
}

std::string key_id_of(KeyPurpose purpose, const PublicKey& key) {
  return std::string(name_of(purpose)) + "-" + to_hex(sha256(key)).substr(0, kKeyIdDigits);
}

Result<std::string> file_name(const Options& options) {
  std::string name = options.name;
  if (name.empty()) name = options.choice.agency;
  if (name.empty() && options.choice.units.size() == 1) name = options.choice.units.front();
  if (const auto valid = check_name("--name", name); !valid) return valid.error();
  return name + ".units.key";
}

Result<void> check_time(const char* option, const std::string& text) {
  if (text.empty() || parse_time(text)) return {};
  return Error{ErrorCode::kConfigValue, option, "not a date or time: " + text};
}

// A unit's present rows: dropped when forced, kept beside a key with a date of its own, refused
// otherwise, because senders could not tell which key is the present one.
Result<void> settle_present(RegistryFile& registry, const UnitId& unit, const Options& options) {
  const std::string row_key[] = {unit.str()};
  if (!registry.holds(row_key)) return {};
  if (options.target.force) {
    registry.remove(row_key);
    return {};
  }
  if (!options.valid_from.empty()) return {};
  return Error{ErrorCode::kConfigDuplicate, "keys.csv",
               unit.str() + " has keys; --valid-from adds further ones"};
}

std::vector<UnitSecret> draw_secrets(const std::vector<UnitId>& units, const Options& options,
                                     RegistryFile& registry) {
  std::vector<UnitSecret> secrets;
  for (const UnitId& unit : units) {
    for (const KeyPurpose purpose : kPurposes) {
      const SecretBytes secret = random_bytes<32>();
      const PublicKey key = public_half(purpose, secret);
      const std::string key_id = key_id_of(purpose, key);
      secrets.push_back({unit, key_id, purpose, secret});
      registry.add({unit.str(), key_id, std::string(name_of(purpose)), to_base64(key),
                    options.valid_from, options.valid_until, ""});
    }
  }
  return secrets;
}

// Errors: file.*, config.*.
Result<void> make(const Options& options) {
  const auto units = chosen_units(options.choice);
  if (!units) return units.error();
  const auto name = file_name(options);
  if (!name) return name.error();
  for (const auto& [option, text] : {std::pair{"--valid-from", options.valid_from},
                                     std::pair{"--valid-until", options.valid_until}}) {
    if (auto valid = check_time(option, text); !valid) return valid;
  }
  const auto path = options.target.out / *name;
  if (auto ready = prepare(options.target, path); !ready) return ready;
  auto registry = open_keys(options.target.registry);
  if (!registry) return registry.error();
  for (const UnitId& unit : *units) {
    if (auto settled = settle_present(*registry, unit, options); !settled) return settled;
  }
  const auto secrets = draw_secrets(*units, options, *registry);
  if (auto written = write_key_file(path, secrets); !written) return written;
  std::printf("file=%s\nunits=%zu\nkeys=%zu\n", path.c_str(), units->size(), secrets.size());
  return registry->save();
}

}  // namespace

void add_keys_units(CommandSyntax keys_new, int& exit_code) {
  const auto command = keys_new.add_subcommand("units", "Signing and sealing keys of units");
  const auto options = std::make_shared<Options>();
  add_unit_options(command, options->choice);
  command.add_option("--name", options->name, "Name of the key file").type_name("NAME");
  command.add_option("--valid-from", options->valid_from, "Date or time; default: always")
      .type_name("TIME");
  command.add_option("--valid-until", options->valid_until, "Date or time; default: open")
      .type_name("TIME");
  add_target_options(command, options->target, true);
  command.footer(kManual);
  command.callback([options, &exit_code] {
    const auto made = make(*options);
    exit_code = made ? kOk : fail(made.error());
  });
}

}  // namespace rujukan::cli
