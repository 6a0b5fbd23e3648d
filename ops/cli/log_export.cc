// rujukan log export: a log as static files.
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "broker/audit/export.h"
#include "broker/audit/source.h"
#include "broker/base/invariant.h"
#include "broker/store/stored_log_files.h"
#include "ops/cli/cli.h"
#include "ops/cli/progress.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Copies a log into DIR as the files of c2sp.org/tlog-tiles: `checkpoint`, `tile/`, `tile/entries/` and
the signed releases under `release/`. Any web server can serve DIR and rsync can mirror it; copy
`checkpoint` last, as this command writes it. Reads a broker's data directory also while the broker
runs. An export goes on from the checkpoint that lies in DIR, also after it was killed.

Entries hold no payload, yet are meant for members and auditors: a new DIR is its owner's only (0700).
What is in it can be read by all (0644, folders 0755), so that one `chmod` or `chgrp` of DIR lets a web
server in. The mode of a DIR that is there is not changed.

Signatures and entries are copied, not judged: `rujukan log verify DIR` does that. But a log whose
tree does not continue the checkpoint in DIR (a fork, or a broker restored from an old backup) is
refused; both checkpoints are named and DIR is left as it was. So is a new shard: each shard of a log
is a log of its own and has a folder of its own.

Examples:
  rujukan log export /srv/log --data /var/lib/rujukan
  rujukan log export /srv/log --data /var/lib/rujukan --follow --every 10
  rujukan log export /srv/log-2026 --data /var/lib/rujukan --shard 0
  rujukan log export mirror --from https://log.example/ --token-file auditor.token

Exit codes: 0 DIR holds the log, or --follow was ended by SIGTERM or SIGINT; 1 the log does not
continue the one in DIR, or its files contradict its checkpoint; 2 something cannot be read or
written, or bad usage.)";

constexpr unsigned kMaxEvery = 86'400;

struct Options {
  std::string directory;
  std::string data;
  std::string from;
  std::optional<std::size_t> shard;  // the newest one when not given
  audit::SourceAccess access;
  bool follow = false;
  unsigned every_s = 5;
};

// SIGTERM and SIGINT, taken when asked for.
class StopSignals {
 public:
  StopSignals() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGTERM);
    ::sigaddset(&set_, SIGINT);
    INVARIANT(::pthread_sigmask(SIG_BLOCK, &set_, nullptr) == 0);
  }

  // True as soon as one has come, once and for all; false after as many seconds.
  bool wait(unsigned seconds) {
    const timespec time{static_cast<time_t>(seconds), 0};
    while (!come_) {
      if (::sigtimedwait(&set_, nullptr, &time) > 0)
        come_ = true;
      else if (errno != EINTR)
        return false;
    }
    return true;
  }

 private:
  sigset_t set_{};
  bool come_ = false;
};

Result<std::unique_ptr<store::LogFiles>> open_log(const Options& options) {
  if (!options.from.empty()) return audit::open_source(options.from, options.access);
  auto files = store::StoredLogFiles::open(options.data, options.shard);
  if (!files) return files.error();
  return std::unique_ptr<store::LogFiles>(*std::move(files));
}

// What is wrong with the log, not with reading or writing it.
constexpr std::array kAnswers = {ErrorCode::kCheckpointFork, ErrorCode::kCheckpointInvalid,
                                 ErrorCode::kNoteMalformed,  ErrorCode::kLogRoot,
                                 ErrorCode::kLogRelease,     ErrorCode::kTileMissing,
                                 ErrorCode::kTileMalformed};

int fail_export(const Options& options, const Error& error) {
  fail(options.directory, error);
  const bool answer = std::find(kAnswers.begin(), kAnswers.end(), error.code) != kAnswers.end();
  return answer ? kNegative : kBadInput;
}

void report(const Options& options, const audit::Exported& exported) {
  std::printf("%s: %s at size %llu, %llu new\n", options.directory.c_str(), exported.origin.c_str(),
              static_cast<unsigned long long>(exported.size),
              static_cast<unsigned long long>(exported.size - exported.from));
  std::fflush(stdout);
}

bool show(std::uint64_t done, std::uint64_t all) {
  show_progress("exporting", done, all);
  return true;
}

int follow(const Options& options, const audit::Export& target, const store::LogFiles& log) {
  StopSignals signals;
  do {
    const auto exported = target.update(log, [&](std::uint64_t done, std::uint64_t all) {
      return show(done, all) && !signals.wait(0);
    });
    if (exported) {
      if (exported->size != exported->from) report(options, *exported);
    } else if (fate_of(exported.error().code) == Fate::kRetry) {
      fail(options.directory, exported.error());
    } else {
      return fail_export(options, exported.error());
    }
  } while (!signals.wait(options.every_s));
  return kOk;
}

int run(const Options& options) {
  const auto log = open_log(options);
  if (!log) return fail(log.error());
  if (audit::is_data_directory(options.directory)) {
    return fail({ErrorCode::kConfigValue, options.directory, "is a broker's data directory"});
  }
  const auto target = audit::Export::open(options.directory);
  if (!target) return fail(target.error());
  if (options.follow) return follow(options, *target, **log);
  const auto exported = target->update(**log, show);
  if (!exported) return fail_export(options, exported.error());
  report(options, *exported);
  return kOk;
}

}  // namespace

void add_log_export(CommandSyntax log, int& exit_code) {
  const auto command = log.add_subcommand("export", "Write a log as static files");
  const auto options = std::make_shared<Options>();
  command.add_option("DIR", options->directory, "Folder to write").type_name("").required();
  const auto source = command.add_option_group("source");
  const auto data = source.add_option("--data", options->data, "A broker's data directory");
  data.type_name("DIR");
  const auto from = source.add_option("--from", options->from, "A log's URL or folder");
  from.type_name("SOURCE");
  source.require_one_option();
  command.add_option("--shard", options->shard, "The N-th shard, from 0, instead of the newest")
      .type_name("N")
      .needs(data);
  command.add_option("--token-file", options->access.token_file, "For a URL: a bearer token")
      .type_name("FILE")
      .needs(from);
  command.add_option("--ca-file", options->access.ca_file, "For a URL: trusted certificates, PEM")
      .type_name("FILE")
      .needs(from);
  const auto follows =
      command.add_flag("--follow", options->follow, "Go on until SIGTERM or SIGINT");
  command.add_option("--every", options->every_s, "Seconds between two looks at the log")
      .type_name("S")
      .between(1U, kMaxEvery)
      .needs(follows)
      .shows_default();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
