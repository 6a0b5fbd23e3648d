#include "broker/sequencer/recover.h"

#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "ops/cli/cli.h"
#include "ops/cli/log_key.h"
#include "ops/cli/progress.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
After a database error the broker marks its data directory and does not start on it again, because a
disk that failed once may have lost what it still shows. This command copies entries, payloads and
releases to a fresh file, recomputes the tree, holds it against every checkpoint that the log signed,
and derives cases and mailboxes anew. The old database stays beside it as rujukan.db.before-recovery.
Delete that one when the broker serves again: what is erased later is not erased in it.
When an entry was lost or altered nothing is changed.

The broker must not run. There must be room for a second copy of the database.

Examples:
  rujukan recover /var/lib/rujukan --anchor anchor.toml

Exit codes: 0 recovered; 1 the log is damaged, nothing was changed; 2 bad usage or unreadable input)";

struct Options {
  std::string directory;
  LogKeyChoice log_key;
};

int run(const Options& options) {
  const auto key = chosen_log_key(options.log_key);
  if (!key) return fail(key.error());
  if (!*key) return fail({ErrorCode::kConfigMissing, "--anchor", "or --log-key"});
  ::umask(077);  // as the broker's
  const auto recovered = sequencer::recover(
      options.directory, **key,
      [](std::uint64_t done, std::uint64_t all) { show_progress("recovering", done, all); });
  if (!recovered) {
    fail(options.directory, recovered.error());
    const ErrorCode code = recovered.error().code;
    return code == ErrorCode::kFileUnreadable || code == ErrorCode::kStoreLocked ? kBadInput
                                                                                 : kNegative;
  }
  std::printf(
      "recovered: %llu entries, %llu checkpoints, %llu payloads, %llu payloads erased, "
      "%llu payloads missing\n",
      static_cast<unsigned long long>(recovered->entries),
      static_cast<unsigned long long>(recovered->checkpoints),
      static_cast<unsigned long long>(recovered->payloads),
      static_cast<unsigned long long>(recovered->payloads_erased),
      static_cast<unsigned long long>(recovered->payloads_missing));
  return kOk;
}

}  // namespace

void add_recover(CommandSyntax app, int& exit_code) {
  const auto command =
      app.add_subcommand("recover", "Rebuild a failed data directory from its log");
  const auto options = std::make_shared<Options>();
  command.add_option("DIR", options->directory, "Data directory").type_name("").required();
  add_log_key_options(command, options->log_key);
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
