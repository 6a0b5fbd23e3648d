// `rujukan`: the command line of administrators and auditors.
#include <cstdio>

#include "broker/runtime/process.h"
#include "ops/cli/cli.h"

namespace {

constexpr const char* kFooter = R"(
Exit codes:
  0  done, or the answer is yes
  1  the answer is no: a signature, proof or log that does not verify, a case that is not there
  2  bad usage, or input that cannot be read; stderr says which field

Run `rujukan COMMAND --help` for a command's manual.)";

}  // namespace

int main(int argc, char** argv) {
  rujukan::forbid_core_dumps();
  int exit_code = rujukan::cli::kOk;
  rujukan::CommandLine app{"Administers and audits a Rujukan referral broker.", "rujukan"};
  app.add_help_all("The manual of every command");
  app.add_version(RUJUKAN_VERSION);
  app.footer(kFooter);
  app.require_one_subcommand();
  rujukan::cli::add_keys(app, exit_code);
  rujukan::cli::add_anchor(app, exit_code);
  rujukan::cli::add_release(app, exit_code);
  rujukan::cli::add_order(app, exit_code);
  rujukan::cli::add_route(app, exit_code);
  rujukan::cli::add_case(app, exit_code);
  rujukan::cli::add_cases(app, exit_code);
  rujukan::cli::add_log(app, exit_code);
  rujukan::cli::add_receipt(app, exit_code);
  rujukan::cli::add_bundle(app, exit_code);
  rujukan::cli::add_inspect(app, exit_code);
  rujukan::cli::add_recover(app, exit_code);
  rujukan::cli::add_witness(app, exit_code);
  if (const auto end = app.parse(argc, argv)) return *end;
  if (std::fflush(stdout) != 0) return rujukan::cli::kBadInput;
  return exit_code;
}
