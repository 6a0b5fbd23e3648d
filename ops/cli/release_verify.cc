// rujukan release verify: whether enough administrators signed.
#include <cstdio>
#include <optional>

#include "adapters/sdk/anchor.h"
#include "broker/base/limits.h"
#include "broker/decide/release_trust.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/file.h"
#include "ops/cli/cli.h"
#include "ops/cli/release_file.h"
#include "ops/cli/release_lineage.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Says whether a release may follow: whether `threshold` administrators of the anchor (--anchor, for a
log's first release) or of the release before (--previous, which is taken as genuine) have signed it,
and everything else that the broker asks before it puts a release in force, but for the open cases:
whether its version is greater, the one that it was made from is --previous, its table is total, no
unit is gone, and it is valid now. A log's first release is of the anchor's log; one after --previous may begin a new shard of the log, under an origin that no shard
had before, which is then said.

Examples:
  rujukan release verify release-1.rjr --anchor anchor.toml
  rujukan release verify release-7.rjr --previous release-6.rjr

Exit codes: 0 it may follow; 1 it may not, stderr says why; 2 a file cannot be read.)";

struct Options {
  std::string file;
  std::string anchor;
  std::string previous;
};

// What the release is measured against.
struct Before {
  decide::Trust trust;
  std::string log_origin;
  std::optional<Release> release;  // not set: the first one of a log is looked at
};

Result<Before> read_before(const Options& options) {
  if (options.previous.empty()) {
    const auto anchor = sdk::read_anchor(options.anchor);
    if (!anchor) return anchor.error();
    return Before{anchor->trust, anchor->log.name, std::nullopt};
  }
  auto file = read_release_file(options.previous);
  if (!file) return file.error();
  return Before{decide::trust_of(file->release), file->release.log_origin,
                std::move(file->release)};
}

Result<decide::VerifiedRelease> verify(ByteView bytes, const Before& before, TimeUs now) {
  auto verified = before.release ? decide::verify_release(bytes, before.trust)
                                 : decide::verify_release(bytes, before.trust, before.log_origin);
  if (!verified) return verified;
  const Release* previous = before.release ? &*before.release : nullptr;
  if (auto may = check_may_follow(verified->release, previous, now); !may) return may.error();
  return verified;
}

int run(const Options& options) {
  const auto before = read_before(options);
  if (!before) return fail(before.error());
  const auto bytes = read_file(options.file, limits::kReleaseBytes);
  if (!bytes) return fail(bytes.error());
  SystemClock clock;
  const auto verified = verify(as_bytes(*bytes), *before, clock.now());
  if (!verified) {
    fail(options.file, verified.error());
    return kNegative;
  }
  std::printf("%s: verifies: release %u of %s, digest %s\n", options.file.c_str(),
              to_number(verified->release.version), verified->release.log_origin.c_str(),
              to_hex(verified->digest).c_str());
  if (before->release) {
    for (const std::string& line : grave_changes(verified->release, *before->release)) {
      std::printf("%s\n", line.c_str());
    }
  }
  return kOk;
}

}  // namespace

void add_release_verify(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("verify", "Check a release's signatures and order");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "Release file").type_name("").required();
  const auto against = command.add_option_group("against", "Exactly one of");
  against.add_option("--anchor", options->anchor, "Anchor of the log").type_name("FILE");
  against.add_option("--previous", options->previous, "The release before").type_name("FILE");
  against.require_one_option();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
