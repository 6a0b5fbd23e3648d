// rujukan log: what auditors do with a log.
#include "ops/cli/cli.h"

namespace rujukan::cli {

void add_log(CommandSyntax app, int& exit_code) {
  const auto log = app.add_subcommand("log", "Check, replay, search and export a log");
  log.require_one_subcommand();
  add_log_export(log, exit_code);
  add_log_verify(log, exit_code);
  add_log_replay(log, exit_code);
  add_log_find(log, exit_code);
  add_log_case(log, exit_code);
  add_log_bundle(log, exit_code);
}

}  // namespace rujukan::cli
