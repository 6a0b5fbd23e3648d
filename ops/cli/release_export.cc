// rujukan release export and revert: from a release back to text.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "broker/routing/config_text.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/file.h"
#include "ops/cli/cli.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kExportManual = R"(
Writes the text of a release into a new folder: areas.csv units.csv routing.toml permissions.toml
deadlines.toml legal_bases.toml, and the registry keys.csv stations.csv administrators.csv. The
folder serves `rujukan release build` as --config and --registry, and gives the same tables again.
Comments, sources and the laws that rules cite are not in a release, and so not in the text.

Example:
  rujukan release export release-7.rjr release-7

Exit codes: 0 written; 2 the file is not a release, or the folder is there or cannot be written.)";

constexpr const char* kRevertManual = R"(
Prepares an earlier release to come into force again: writes the text of --to into a new folder,
with what cannot be taken back from --previous, the release in force. Units that came since end now,
and the nation's unit of their function succeeds them, because open cases name them; areas, legal
bases, all keys and what is known of them, stations, administrators and the threshold stay as they
are in force. Look at it, build it with --previous, and have it signed: cases go by the earlier rules
from its activation on.

Example:
  rujukan release revert --to release-5.rjr --previous release-7.rjr back
  rujukan release build --config back --registry back --previous release-7.rjr -o release-8.rjr

Exit codes: 0 written; 2 a file is not a release, --to is not the earlier one, or the folder is there
or cannot be written.)";

struct Options {
  std::string file;
  std::string to;
  std::string previous;
  std::string folder;
};

Result<void> write_folder(const std::filesystem::path& folder, const Release& release) {
  std::error_code why;
  if (std::filesystem::exists(folder, why) && !std::filesystem::is_empty(folder, why)) {
    return Error{ErrorCode::kFileUnwritable, folder.string(), "it is there already"};
  }
  std::filesystem::create_directories(folder, why);
  if (why) return Error{ErrorCode::kFileUnwritable, folder.string(), why.message()};
  for (const auto& [name, text] : routing::config_text(release)) {
    if (auto done = write_file_durably(folder / name, as_bytes(text), kForAnyone); !done) {
      return done;
    }
  }
  return {};
}

int finish(const Options& options, const Release& release) {
  if (const auto written = write_folder(options.folder, release); !written) {
    return fail(written.error());
  }
  std::printf("%s: %zu areas, %zu units, %zu keys, %zu stations, %zu rules\n",
              options.folder.c_str(), release.areas.size(), release.units.size(),
              release.keys.size(), release.stations.size(), release.rules.size());
  return kOk;
}

int run_export(const Options& options) {
  const auto file = read_release_file(options.file);
  return file ? finish(options, file->release) : fail(file.error());
}

int run_revert(const Options& options) {
  const auto to = read_release_file(options.to);
  if (!to) return fail(to.error());
  const auto previous = read_release_file(options.previous);
  if (!previous) return fail(previous.error());
  if (to->release.version >= previous->release.version) {
    return fail(options.to, Error{ErrorCode::kReleaseInvalid, "version", "not an earlier one"});
  }
  SystemClock clock;
  return finish(options, routing::reverted(to->release, previous->release, clock.now()));
}

}  // namespace

void add_release_export(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("export", "Write a release as text again");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "Release file").type_name("").required();
  command.add_option("DIR", options->folder, "New folder").type_name("").required();
  command.footer(kExportManual);
  command.callback([options, &exit_code] { exit_code = run_export(*options); });
}

void add_release_revert(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("revert", "Prepare an earlier release again");
  const auto options = std::make_shared<Options>();
  command.add_option("--to", options->to, "The earlier release").type_name("FILE").required();
  command.add_option("--previous", options->previous, "The release in force")
      .type_name("FILE")
      .required();
  command.add_option("DIR", options->folder, "New folder").type_name("").required();
  command.footer(kRevertManual);
  command.callback([options, &exit_code] { exit_code = run_revert(*options); });
}

}  // namespace rujukan::cli
