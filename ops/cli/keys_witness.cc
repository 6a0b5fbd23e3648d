// rujukan keys new witness.
#include <cstdio>

#include "broker/merkle/cosignature.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "ops/cli/keys.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Makes a witness's Ed25519 key, which cosigns the checkpoints of logs, in DIR/witness.key. Prints its
public half, for the policy files of those who trust it:
  witness_key  verifier key of the witness

Example:
  rujukan keys new witness --name witness.example.org/w1 --out /etc/rujukan/keys

Exit codes: 0 made; 2 the file exists, or cannot be written, or the name is not valid.)";

struct Options {
  KeyTarget target;
  std::string name;
};

int run(const Options& options) {
  if (!merkle::is_valid_origin(options.name)) {
    return fail({ErrorCode::kConfigValue, "--name", "letters, digits and . _ / - only"});
  }
  const auto path = options.target.out / "witness.key";
  if (const auto ready = prepare(options.target, path); !ready) return fail(ready.error());
  const WitnessKey key{options.name, random_bytes<32>()};
  if (const auto written = write_key_file(path, key); !written) return fail(written.error());
  const merkle::CosignerKey cosigner{key.name, Ed25519SecretKey::from_seed(key.seed).public_key()};
  std::printf("witness_key=%s\n", cosigner.to_vkey().c_str());
  return kOk;
}

}  // namespace

void add_keys_witness(CommandSyntax keys_new, int& exit_code) {
  const auto command = keys_new.add_subcommand("witness", "The key of a witness of logs");
  const auto options = std::make_shared<Options>();
  command.add_option("--name", options->name, "Name in the witness's cosignatures")
      .type_name("NAME")
      .required();
  add_target_options(command, options->target, false);
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
