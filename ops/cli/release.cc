// rujukan release: the group of commands.
#include "ops/cli/cli.h"

namespace rujukan::cli {

void add_release(CommandSyntax app, int& exit_code) {
  const auto release = app.add_subcommand(
      "release", "Check, build, compare, sign, verify, show and take back releases");
  release.require_one_subcommand();
  release.footer(R"(
A release is one version of the directory, the keys, the routing table, the permissions and the
deadlines in one file. It takes effect when enough administrators of the release before have signed
it (of the anchor, for the first).

Example, with two administrators:
  rujukan release check config
  rujukan release build --config config --registry registry --previous release-6.rjr \
      --author "A" --reason "..." --reference "..." -o release-7.rjr
  rujukan release diff release-6.rjr release-7.rjr
  rujukan release sign --key keys/administrator-a.key --previous release-6.rjr release-7.rjr
  rujukan release sign --key keys/administrator-b.key --previous release-6.rjr release-7.rjr
  rujukan release verify release-7.rjr --previous release-6.rjr)");
  add_release_check(release, exit_code);
  add_release_build(release, exit_code);
  add_release_diff(release, exit_code);
  add_release_sign(release, exit_code);
  add_release_verify(release, exit_code);
  add_release_impact(release, exit_code);
  add_release_show(release, exit_code);
  add_release_export(release, exit_code);
  add_release_revert(release, exit_code);
}

}  // namespace rujukan::cli
