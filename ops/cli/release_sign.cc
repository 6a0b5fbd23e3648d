// rujukan release sign: adds one administrator's signature.
#include <algorithm>
#include <cstdio>

#include "broker/crypto/ed25519.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/key_files.h"
#include "ops/cli/cli.h"
#include "ops/cli/config_folder.h"
#include "ops/cli/release_file.h"
#include "ops/cli/release_lineage.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Adds the signature of one administrator to a release file, in place. Signing again with the same key
changes nothing. Look at what you sign first: `rujukan release show FILE`, and what it changes:
`rujukan release diff OLD FILE`.

Whatever the broker would refuse is refused here: a table with errors (`rujukan release check
--release FILE`), and with --previous, the release in force, a version that is not newer, another
parent, a unit that is gone, a function without a national unit. The key has to be that of an
administrator of the release before, who are the ones that count, or of a log's first release. A
release that names the one that it was made from is signed with --previous only.

A change of the threshold or of the log's origin is printed first, in capitals.

Examples:
  rujukan release sign --key keys/admin-a.administrator.key release-1.rjr
  rujukan release sign --key keys/admin-a.administrator.key --previous release-6.rjr release-7.rjr

Exit codes: 0 signed; 2 the release has errors or may not follow, the key is no administrator's, the
key or a release cannot be read, or the file cannot be written.)";

struct Options {
  std::string key;
  std::string previous;
  std::string file;
};

// The administrators whose signatures count.
Result<std::vector<Administrator>> check_against(const Options& options, const Release& release) {
  if (options.previous.empty()) {
    if (!release.parent) return release.administrators;
    return Error{ErrorCode::kConfigMissing, "--previous",
                 "the release names the one that it was made from"};
  }
  auto previous = read_release_file(options.previous);
  if (!previous) return previous.error();
  for (const std::string& line : grave_changes(release, previous->release)) {
    std::printf("%s\n", line.c_str());
  }
  // One that is signed for later may follow then.
  SystemClock clock;
  const TimeUs at = std::max(clock.now(), release.validity.from.value_or(TimeUs()));
  if (auto may = check_may_follow(release, &previous->release, at); !may) return may.error();
  return std::move(previous->release.administrators);
}

bool holds(const std::vector<Administrator>& administrators, const PublicKey& key) {
  return std::ranges::any_of(administrators,
                             [&key](const Administrator& one) { return one.key == key; });
}

int run(const Options& options) {
  auto file = read_release_file(options.file);
  if (!file) return fail(file.error());
  routing::CheckReport report = routing::check(file->release);
  for (routing::Finding& finding : report.findings) finding.file = options.file;
  if (refuse_errors(report)) return kBadInput;
  const auto administrator = read_administrator_key(options.key);
  if (!administrator) return fail(administrator.error());
  const auto counting = check_against(options, file->release);
  if (!counting) return fail(options.file, counting.error());
  const auto key = Ed25519SecretKey::from_seed(administrator->seed);
  if (!holds(*counting, key.public_key())) {
    return fail(options.key,
                Error{ErrorCode::kReleaseSignature, administrator->name,
                      options.previous.empty() ? "no administrator of this release: see --previous"
                                               : "no administrator of the release before"});
  }
  auto& signatures = file->envelope.signatures;
  std::erase_if(signatures, [&key](const auto& s) { return s.key == key.public_key(); });
  signatures.push_back({key.public_key(), key.sign(wire::release_signing_bytes(file->digest))});
  const auto written = write_release_file(options.file, file->envelope);
  if (!written) return fail(written.error());
  std::printf("%s: release %u signed by %s, %zu signatures, digest %s\n", options.file.c_str(),
              to_number(file->release.version), administrator->name.c_str(), signatures.size(),
              to_hex(file->digest).c_str());
  return kOk;
}

}  // namespace

void add_release_sign(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("sign", "Add an administrator's signature");
  const auto options = std::make_shared<Options>();
  command.add_option("--key", options->key, "Administrator's key file")
      .type_name("FILE")
      .required();
  command.add_option("--previous", options->previous, "The release in force").type_name("FILE");
  command.add_option("FILE", options->file, "Release file").type_name("").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
