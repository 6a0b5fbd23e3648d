// rujukan anchor new: the file that a station is installed with.
#include "adapters/sdk/anchor.h"

#include <cstdio>

#include "ops/cli/cli.h"
#include "ops/cli/registry.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Writes what a station, or an auditor, trusts before it has heard anything: the log's verifier key, the
broker's CURVE key and endpoints, and the administrators of the registry with the number of them that
must sign the first release. It holds no secret, but whoever can change it can mislead the station:
hand it over by a way you trust.

LOG_KEY and BROKER_KEY are the lines that `rujukan keys new broker` prints.

Example:
  rujukan anchor new --log-key example.org/log+1a2b3c4d+AQ... --broker-key Zm9v... \
      --endpoint tcp://broker.example.org:7400 --registry registry --threshold 2 -o anchor.toml

Exit codes: 0 written; 2 a key, an endpoint or the threshold is not valid, or a file cannot be read
or written.)";

struct Options {
  std::string log_key;
  std::string broker_key;
  std::vector<std::string> endpoints;
  std::string registry;
  std::uint32_t threshold = 0;
  std::string out;
};

// Errors: those of the parts; config.* of parse_anchor, so that nothing is written that stations
// refuse.
Result<sdk::Anchor> make(const Options& options) {
  auto log = merkle::NoteKey::from_vkey(options.log_key);
  if (!log) return Error{log.error().code, "--log-key", log.error().detail};
  const auto bytes = from_base64(options.broker_key);
  const auto broker_key = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!broker_key) return Error{ErrorCode::kConfigValue, "--broker-key", "base64 of 32 bytes"};
  auto administrators = read_administrators(options.registry);
  if (!administrators) return administrators.error();
  const sdk::Anchor anchor{.log = std::move(*log),
                           .broker_key = *broker_key,
                           .endpoints = options.endpoints,
                           .trust = {options.threshold, std::move(*administrators)}};
  return sdk::parse_anchor(sdk::anchor_to_toml(anchor), "anchor");
}

int run(const Options& options) {
  const auto anchor = make(options);
  if (!anchor) return fail(anchor.error());
  const auto written = sdk::write_anchor(options.out, *anchor);
  if (!written) return fail(written.error());
  std::printf("%s: log %s, %zu administrators, threshold %u\n", options.out.c_str(),
              anchor->log.name.c_str(), anchor->trust.administrators.size(),
              anchor->trust.threshold);
  return kOk;
}

}  // namespace

void add_anchor(CommandSyntax app, int& exit_code) {
  const auto group = app.add_subcommand("anchor", "Make the trust files of stations and auditors");
  group.require_one_subcommand();
  add_anchor_policy(group, exit_code);
  const auto command = group.add_subcommand("new", "Write an anchor file");
  const auto options = std::make_shared<Options>();
  command.add_option("--log-key", options->log_key, "Verifier key of the log")
      .type_name("LOG_KEY")
      .required();
  command.add_option("--broker-key", options->broker_key, "CURVE key of the broker")
      .type_name("BROKER_KEY")
      .required();
  command.add_option("--endpoint", options->endpoints, "tcp://HOST:PORT; may be repeated")
      .type_name("ENDPOINT")
      .required();
  command.add_option("--registry", options->registry, "Folder with administrators.csv")
      .type_name("DIR")
      .required();
  command.add_option("--threshold", options->threshold, "Administrators that must sign")
      .type_name("K")
      .required();
  command.add_option("-o,--out", options->out, "File to write").type_name("FILE").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
