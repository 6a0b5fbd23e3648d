// rujukan keys new broker.
#include <cstdio>

#include "broker/crypto/ed25519.h"
#include "broker/merkle/note.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/random.h"
#include "ops/cli/keys.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Makes the broker's two keys in DIR/broker.key: the log key, which signs checkpoints, and the CURVE key
of its socket. Prints both public halves, one NAME=VALUE per line:
  log_key     verifier key of the log, for anchors and auditors
  broker_key  CURVE key, for anchors

Example:
  rujukan keys new broker --log-origin example.org/log --out /etc/rujukan/keys

Exit codes: 0 made; 2 the file exists, or cannot be written, or the origin is not valid.)";

struct Options {
  KeyTarget target;
  std::string log_origin;
};

int run(const Options& options) {
  if (!merkle::is_valid_origin(options.log_origin)) {
    return fail({ErrorCode::kConfigValue, "--log-origin", "letters, digits and . _ / - only"});
  }
  const auto path = options.target.out / "broker.key";
  if (const auto ready = prepare(options.target, path); !ready) return fail(ready.error());
  const BrokerKeys keys{.origin = options.log_origin,
                        .log_seed = random_bytes<32>(),
                        .curve_secret = random_bytes<32>()};
  if (const auto written = write_key_file(path, keys); !written) return fail(written.error());
  const merkle::NoteKey log_key{keys.origin,
                                Ed25519SecretKey::from_seed(keys.log_seed).public_key()};
  std::printf("log_key=%s\nbroker_key=%s\n", log_key.to_vkey().c_str(),
              to_base64(x25519_public_key(keys.curve_secret)).c_str());
  return kOk;
}

}  // namespace

void add_keys_broker(CommandSyntax keys_new, int& exit_code) {
  const auto command = keys_new.add_subcommand("broker", "The broker's log key and CURVE key");
  const auto options = std::make_shared<Options>();
  command.add_option("--log-origin", options->log_origin, "Origin line of the log's checkpoints")
      .type_name("ORIGIN")
      .required();
  add_target_options(command, options->target, false);
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
