// `rujukan`: the command line of administrators and auditors.
#include <cstdio>

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
  int exit_code = rujukan::cli::kOk;
  CLI::App app{"Administers and audits a Rujukan referral broker.", "rujukan"};
  app.set_help_all_flag("--help-all", "The manual of every command");
  app.set_version_flag("--version", RUJUKAN_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
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
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has exit codes of its own for each kind of usage error.
    return app.exit(error) == 0 ? rujukan::cli::kOk : rujukan::cli::kBadInput;
  }
  if (std::fflush(stdout) != 0) return rujukan::cli::kBadInput;
  return exit_code;
}
