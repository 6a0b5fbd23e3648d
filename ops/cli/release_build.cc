// rujukan release build: config/ and registry -> an unsigned release file.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/runtime/clock.h"
#include "ops/cli/cli.h"
#include "ops/cli/config_folder.h"
#include "ops/cli/release_file.h"
#include "ops/cli/release_lineage.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Compiles the configuration folder (areas.csv units.csv routing.toml permissions.toml deadlines.toml
and, when it is there, legal_bases.toml) and the registry (keys.csv stations.csv administrators.csv)
into one file without signatures. The table is checked as `rujukan release check` does. Every error
is printed as FILE:LINE:COLUMN: CODE: FIELD: TEXT, and nothing is written when there is one.

--previous names the release that this one is made from, and so may follow: when another one has
come into force meanwhile, it is refused instead of undoing that one. Version, log origin and
threshold go on from there. To change the origin (which begins a new shard of the log) or the
threshold takes a flag of its own. The first release of a log has none before it. A later one that
is made without --previous may follow any, also one whose changes it does not have.

Times are dates (2026-03-01) or RFC 3339 times (2026-03-01T08:00:00Z).

Examples:
  rujukan release build --config config --registry registry --version 1 \
      --log-origin example.org/log --threshold 2 -o release-1.rjr
  rujukan release build --config config --registry registry --previous release-1.rjr \
      --author "Balai A" --reason "PPA Kota B opens" --reference "SK 12/2026" -o release-2.rjr
  rujukan release build --config config --registry registry --previous release-2.rjr \
      --new-log-origin example.org/log-2027 --expires 2028-01-01 -o release-3.rjr

Exit codes: 0 written; 2 errors, bad usage, or a file that cannot be read or written.)";

constexpr auto kDefaultLifetime = std::chrono::days(365);

struct Options {
  ConfigSource source;
  std::string previous;
  unsigned version = 0;  // here and below 0 is not given
  unsigned threshold = 0;
  unsigned new_threshold = 0;
  std::string log_origin;
  std::string new_log_origin;
  Provenance provenance;
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

Error not_inherited(const char* name, const char* flag) {
  return {ErrorCode::kConfigValue, name,
          std::string("not that of the release before: to change it, ") + flag};
}

// Of the release before, or of the first one of a log.
Result<routing::BuildFacts> facts_of(const Options& options, const Release* previous) {
  const auto validity = validity_of(options);
  if (!validity) return validity.error();
  routing::BuildFacts facts;
  facts.validity = *validity;
  if (previous == nullptr) {
    if (options.version == 0 || options.log_origin.empty()) {
      return Error{ErrorCode::kConfigMissing, options.version == 0 ? "--version" : "--log-origin",
                   "needed without --previous"};
    }
    facts.version = ReleaseVersion{options.version};
    facts.log_origin = options.log_origin;
    facts.threshold = std::max(options.threshold, 1U);
  } else {
    if (!options.log_origin.empty() && options.log_origin != previous->log_origin) {
      return not_inherited("--log-origin", "--new-log-origin");
    }
    if (options.threshold != 0 && options.threshold != previous->threshold) {
      return not_inherited("--threshold", "--new-threshold");
    }
    facts.version =
        ReleaseVersion{options.version != 0 ? options.version : to_number(previous->version) + 1};
    facts.log_origin =
        options.new_log_origin.empty() ? previous->log_origin : options.new_log_origin;
    facts.threshold = options.new_threshold != 0 ? options.new_threshold : previous->threshold;
  }
  if (!merkle::is_valid_origin(facts.log_origin)) {
    return Error{ErrorCode::kConfigValue, "--log-origin", "letters, digits and . _ / - only"};
  }
  return facts;
}

void print_built(const Options& options, const Release& release, const Digest& digest) {
  std::printf("%s: release %u, %zu units, %zu keys, %zu stations, %zu rules, digest %s\n",
              options.out.c_str(), to_number(release.version), release.units.size(),
              release.keys.size(), release.stations.size(), release.rules.size(),
              to_hex(digest).c_str());
}

int run(const Options& options) {
  std::optional<ReleaseFile> previous;
  if (!options.previous.empty()) {
    auto file = read_release_file(options.previous);
    if (!file) return fail(file.error());
    previous = *std::move(file);
  }
  const Release* before = previous ? &previous->release : nullptr;
  const auto facts = facts_of(options, before);
  if (!facts) return fail(facts.error());
  auto checked = check_config(options.source, *facts);
  if (!checked) return fail(checked.error());
  if (refuse_errors(checked->report)) return kBadInput;
  Release& release = checked->release;
  if (previous) release.parent = previous->digest;
  release.provenance = options.provenance;
  const Bytes body = wire::encode_release(release);
  if (const auto read = wire::decode_release(body); !read) return fail(read.error());
  if (auto may = check_may_follow(release, before, *release.validity.from); !may) {
    return fail(may.error());
  }
  if (const auto written = write_release_file(options.out, {.body = body, .signatures = {}});
      !written) {
    return fail(written.error());
  }
  if (previous) {
    for (const std::string& line : grave_changes(release, *before)) {
      std::printf("%s\n", line.c_str());
    }
  } else if (to_number(release.version) > 1) {
    std::fprintf(stderr,
                 "rujukan: made without --previous: it may undo what it does not know of\n");
  }
  print_built(options, release, sha256(body));
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
  const auto previous =
      command.add_option("--previous", options->previous, "The release that it is made from")
          .type_name("FILE");
  command
      .add_option("--version", options->version,
                  "Default: one more than --previous; needed for the first")
      .type_name("N");
  command
      .add_option("--log-origin", options->log_origin,
                  "Origin line of the log's checkpoints; needed for the first")
      .type_name("ORIGIN");
  command.add_option("--new-log-origin", options->new_log_origin, "Begins a new shard of the log")
      .type_name("ORIGIN")
      .needs(previous);
  command.add_option("--author", options->provenance.author, "Who makes it").type_name("TEXT");
  command.add_option("--reason", options->provenance.reason, "Why").type_name("TEXT");
  command.add_option("--reference", options->provenance.reference, "By which letter or minutes")
      .type_name("TEXT");
  command.add_option("--valid-from", options->valid_from, "Default: now").type_name("TIME");
  command.add_option("--expires", options->expires, "Default: 365 days after --valid-from")
      .type_name("TIME");
  command
      .add_option("--threshold", options->threshold,
                  "Administrators that must sign the next release; of the first one, default 1")
      .type_name("K");
  command
      .add_option("--new-threshold", options->new_threshold,
                  "Changes how many must sign the next release")
      .type_name("K")
      .needs(previous);
  command.add_option("-o,--out", options->out, "File to write").type_name("FILE").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
