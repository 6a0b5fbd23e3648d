// rujukan release build: config/ and registry -> an unsigned release file.
#include <cstdio>

#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/runtime/clock.h"
#include "ops/cli/cli.h"
#include "ops/cli/config_folder.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Compiles the configuration folder (areas.csv units.csv routing.toml permissions.toml deadlines.toml
and, when it is there, legal_bases.toml) and the registry (keys.csv stations.csv administrators.csv) into one file without signatures. The
table is checked as `rujukan release check` does. Every error is printed as FILE:LINE:COLUMN: CODE:
FIELD: TEXT, and nothing is written when there is one.

Times are dates (2026-03-01) or RFC 3339 times (2026-03-01T08:00:00Z).

Examples:
  rujukan release build --config config --registry registry --version 1 \
      --log-origin example.org/log --threshold 2 -o release-1.rjr
  rujukan release build --config config --registry registry --version 2 \
      --log-origin example.org/log --expires 2027-01-01 -o release-2.rjr

Exit codes: 0 written; 2 errors, bad usage, or a file that cannot be read or written.)";

constexpr auto kDefaultLifetime = std::chrono::days(365);

struct Options {
  ConfigSource source;
  std::uint32_t version = 0;
  std::uint32_t threshold = 1;
  std::string log_origin;
  std::string valid_from;
  std::string expires;
  std::string out;
};

Result<TimeUs> time_option(const char* name, const std::string& text, TimeUs otherwise) {
  if (text.empty()) return otherwise;
  const auto time = parse_time(text);
  if (!time) return Error{ErrorCode::kConfigValue, name, "not a date or time: " + text};
  return *time;
}

Result<Validity> validity_of(const Options& options) {
  SystemClock clock;
  const auto from = time_option("--valid-from", options.valid_from, clock.now());
  if (!from) return from.error();
  const auto until = time_option("--expires", options.expires, *from + kDefaultLifetime);
  if (!until) return until.error();
  if (*until <= *from) return Error{ErrorCode::kConfigValue, "--expires", "not after --valid-from"};
  return Validity{*from, *until};
}

Result<void> check(const Options& options) {
  if (options.version == 0) return Error{ErrorCode::kConfigValue, "--version", "from 1"};
  if (!merkle::is_valid_origin(options.log_origin)) {
    return Error{ErrorCode::kConfigValue, "--log-origin", "letters, digits and . _ / - only"};
  }
  return {};
}

int run(const Options& options) {
  if (const auto checked = check(options); !checked) return fail(checked.error());
  const auto validity = validity_of(options);
  if (!validity) return fail(validity.error());
  const auto checked = check_config(options.source, {.version = ReleaseVersion{options.version},
                                                     .log_origin = options.log_origin,
                                                     .validity = *validity,
                                                     .threshold = options.threshold});
  if (!checked) return fail(checked.error());
  if (refuse_errors(checked->report)) return kBadInput;
  const Release* release = &checked->release;
  const Bytes body = wire::encode_release(*release);
  const auto written = write_release_file(options.out, {.body = body, .signatures = {}});
  if (!written) return fail(written.error());
  std::printf("%s: release %u, %zu units, %zu keys, %zu stations, %zu rules, digest %s\n",
              options.out.c_str(), options.version, release->units.size(), release->keys.size(),
              release->stations.size(), release->rules.size(), to_hex(sha256(body)).c_str());
  return kOk;
}

}  // namespace

void add_release_build(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("build", "Compile a release without signatures");
  const auto options = std::make_shared<Options>();
  command.add_option("--config", options->source.folder, "Configuration folder")
      .type_name("DIR")
      .required();
  command.add_option("--registry", options->source.registry, "Folder of registered public keys")
      .type_name("DIR");
  command.add_option("--deadlines", options->source.deadlines, "Instead of deadlines.toml")
      .type_name("FILE");
  command.add_option("--version", options->version, "Greater than the release before")
      .type_name("N")
      .required();
  command.add_option("--log-origin", options->log_origin, "Origin line of the log's checkpoints")
      .type_name("ORIGIN")
      .required();
  command.add_option("--valid-from", options->valid_from, "Default: now").type_name("TIME");
  command.add_option("--expires", options->expires, "Default: 365 days after --valid-from")
      .type_name("TIME");
  command
      .add_option("--threshold", options->threshold,
                  "Administrators that must sign the next release; default 1")
      .type_name("K");
  command.add_option("-o,--out", options->out, "File to write").type_name("FILE").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
