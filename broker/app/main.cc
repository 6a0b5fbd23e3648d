// `rujukand`: reads its configuration, serves until a signal or a fatal error, and drains.
#include <signal.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <optional>

#include "broker/app/broker.h"
#include "broker/base/limits.h"
#include "broker/runtime/command_line.h"
#include "broker/runtime/file.h"
#include "broker/runtime/process.h"
#include "broker/runtime/supervisor.h"

namespace {

using namespace rujukan;

constexpr int kDrained = 0;
constexpr int kFatal = 1;
constexpr int kBadConfiguration = 2;
// Descriptors beside those of the stations: database, tiles, events and libraries.
constexpr unsigned long kOwnFiles = 128;

constexpr const char* kFooter = R"(
DESCRIPTION
  Takes signed referrals from the stations of a release, decides by its routing table which unit
  owns each case, writes every decision to a log before anyone sees it, and delivers. It cannot
  read the sealed part of a referral.

FILES
  The configuration is TOML; config/broker.toml documents every key. Paths in it are relative to its
  folder. A new data directory needs release_file; later starts use the release in the log unless
  release_file holds a newer one, signed by enough administrators of that one. A file that is
  missing, older, not valid yet or not signed by enough of them stops no later start: a trace line
  says why the release in the log stays in force.
  Make the key file with `rujukan keys new broker`, the release with `rujukan release build` and
  `rujukan release sign`.

SIGNALS
  SIGHUP           read the settings, release_file, order_folder and client_crl again. A newer
                   release, signed by enough administrators of the one in force, is put in force
                   and told to every connected station; one that is signed for later, then. Each
                   order that is new is decided and logged; revoked client certificates open
                   nothing any more. Any other release is refused with a trace line, and the broker
                   goes on as it was. Of the settings, release_file and order_folder are taken; of
                   others that changed a trace line says that they hold from the next start on.
  SIGTERM, SIGINT  stop reading, decide and commit what was read, send the answers, exit 0.
  SIGKILL          loses nothing that had a receipt.

PROCESSES
  The process that was started does not touch the network. It runs the broker in a child, passes
  these signals on to it and ends with its exit code. A child that a signal ended (an abort, a lack
  of memory) is started again within a second, later when it happens again and again, with a trace
  line process.restarted; the log is all that the new one needs. The child dies with its parent.

TIME
  The log's time only advances, so one start with a clock that is ahead would spoil it. A broker
  whose clock is more than clock_ahead_min after the log's last sign of life does not start before
  somebody looked at the clock and says --confirm-clock; so after a longer outage, too. When the
  clock jumps ahead while it runs, it logs nothing (clock.doubted, trace line clock.ahead) until the
  clock went back or it was started anew. A clock that is behind the log is traced (clock.behind).
  Deadlines do not run while the broker takes no answers: when it is down, its release has expired,
  its witnesses are too far behind, or it doubts its clock. The time lost is an entry of the log,
  and for at most settle_s after it no deadline fires.

EXIT CODES
  0  drained after a signal
  1  fatal: the port is taken, another broker uses the data directory, it is marked as failed
     (run `rujukan recover DIR --anchor FILE`), the database failed, the socket lets strangers in,
     or the clock is too far ahead of the log
  2  bad usage or configuration: a key of the file is unknown, missing or out of range, a file
     cannot be read, the key file is open to others, the release is not signed or not valid
  128 + N  signal N ended the child while it drained

DIAGNOSTICS
  Standard error, one line per event, never with the contents of a case.

EXAMPLES
  rujukand --config /etc/rujukan/broker.toml
  rujukand --config /etc/rujukan/broker.toml --confirm-clock)";

int fail(const Error& error) {
  std::fprintf(stderr, "rujukand: %s\n", to_string(error).c_str());
  return fate_of(error.code) == Fate::kFatal ? kFatal : kBadConfiguration;
}

// For who waits until the broker serves: the endpoint as bound, and on a second line the log's URL.
Result<void> announce(const app::Config& config, const app::Broker& broker) {
  const std::string log = broker.log_url();
  trace::info("broker.serving", {{"endpoint", broker.endpoint()}, {"log", log}});
  if (config.ready_file.empty()) return {};
  const std::string text = broker.endpoint() + "\n" + (log.empty() ? "" : "log " + log + "\n");
  return write_file_durably(config.ready_file, as_bytes(text), kForAnyone);
}

void withdraw(const app::Config& config) {
  std::error_code why;
  if (!config.ready_file.empty()) std::filesystem::remove(config.ready_file, why);
  if (why) trace::warning("broker.ready_file", {{"why", why.message()}});
}

// Settings that cannot be read change nothing.
void reload(const std::string& path, const app::Config& running, app::Broker& broker) {
  const auto read = app::read_config(path);
  if (!read) trace::error("broker.reload", read.error());
  for (const std::string& key : read ? needs_restart(running, *read) : std::vector<std::string>()) {
    trace::warning("broker.reload", {{"key", key}, {"holds", "from the next start on"}});
  }
  if (read) broker.follow(*read);
  const auto offered = broker.reload();
  if (!offered) trace::error("broker.reload", offered.error());
}

// SIGHUP, as often as it comes.
void await_reload(boost::asio::signal_set& reloads, const std::string& path,
                  const app::Config& running, app::Broker& broker) {
  reloads.async_wait([&, path](const boost::system::error_code& why, int) {
    if (why) return;
    reload(path, running, broker);
    await_reload(reloads, path, running, broker);
  });
}

int run(const std::string& path, const app::Config& config) {
  boost::asio::io_context events;
  boost::asio::signal_set signals(events, SIGTERM, SIGINT);
  boost::asio::signal_set reloads(events, SIGHUP);
  std::optional<Error> fatal;
  std::unique_ptr<app::Broker> broker;
  {
    const SignalsBlocked blocked;
    auto opened = app::Broker::open(config);
    if (!opened) return fail(opened.error());
    broker = *std::move(opened);
    broker->serve([&](const Error& error) {
      boost::asio::post(events, [&, error] {
        fatal = error;
        events.stop();
      });
    });
  }
  signals.async_wait([&](const boost::system::error_code& why, int number) {
    trace::info("broker.draining", {{"signal", number}, {"error", why.value()}});
    events.stop();
  });
  await_reload(reloads, path, config, *broker);
  if (const auto announced = announce(config, *broker); !announced) {
    return fail(announced.error());
  }
  events.run();
  withdraw(config);
  broker->drain();
  // A fatal error while draining was posted and not run.
  events.restart();
  events.poll();
  if (fatal) return fail(*fatal);
  trace::info("broker.drained");
  return kDrained;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine cli{"The broker of Rujukan: gives every referred case exactly one owner.",
                  "rujukand"};
  std::string config_path;
  cli.add_option("-c,--config", config_path, "The configuration file").required().type_name("FILE");
  bool clock_confirmed = false;
  cli.add_flag("--confirm-clock", clock_confirmed,
               "The clock is right, however far ahead of the log it is");
  cli.add_version(RUJUKAN_VERSION);
  cli.footer(kFooter);
  if (const auto end = cli.parse(argc, argv)) return *end;
  auto config = app::read_config(config_path);
  if (!config) return fail(config.error());
  config->clock_confirmed = clock_confirmed;
  trace::start("rujukand", config->trace_level);
  // A reader of standard error that went away must not end the broker.
  ::signal(SIGPIPE, SIG_IGN);
  // Coded facts are confidential: whatever is made here is for the owner only.
  ::umask(077);
  if (const auto end = supervise(argv, [&config] { withdraw(*config); })) return *end;
  forbid_core_dumps();
  raise_open_files(static_cast<unsigned long>(limits::kConnections) + kOwnFiles);
  withdraw(*config);
  return run(config_path, *config);
}
