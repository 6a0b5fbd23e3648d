// rujukan release show: a release readably.
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Prints versions, validity, administrators, signatures, deadlines, stations, rules and permissions,
and how many areas, units and keys there are. --full prints those lists as well. Signatures are
listed, not verified: that is `rujukan release verify`.

Examples:
  rujukan release show release-7.rjr
  rujukan release show --full --json release-7.rjr

Exit codes: 0 shown; 2 the file is not a release.)";

struct Options {
  std::string file;
  bool json = false;
  bool full = false;
};

int run(const Options& options) {
  const auto file = read_release_file(options.file);
  if (!file) return fail(file.error());
  print_release(*file, options.full, options.json);
  return kOk;
}

}  // namespace

void add_release_show(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("show", "Print a release readably");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "Release file").type_name("").required();
  command.add_flag("--json", options->json, "As JSON");
  command.add_flag("--full", options->full, "With every area, unit and key");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
