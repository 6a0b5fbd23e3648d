// `rujukan-gateway`: joins the folders of one agency to the broker until a signal or a fatal error.
#include <signal.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "adapters/gateway/gateway.h"
#include "adapters/sdk/broker_link.h"
#include "broker/runtime/command_line.h"
#include "broker/runtime/process.h"
#include "broker/runtime/supervisor.h"

namespace {

using namespace rujukan;

constexpr int kStopped = 0;
constexpr int kFatal = 1;
constexpr int kBadConfiguration = 2;
constexpr int kContradiction = 3;

constexpr const char* kFooter = R"(
DESCRIPTION
  Takes an agency's records from a folder, turns them into coded facts and a sealed narrative by the
  agency's mapping, routes, signs and submits them, and keeps the receipts. What other agencies
  refer is checked, opened and put into another folder. Answers are small JSON files:
    {"kind": "accept", "case": "<id>", "unit": "<unit>", "need": "investigation"}

  What waits for a release, for a delivery, for an earlier answer or for the broker has a file in
  waiting/ that says why and since when. What lies in outgoing/ and is not taken stands in
  ignored.txt.

FILES
  The configuration is TOML; adapters/gateway/gateway.toml documents every key and folder. Paths in
  it are relative to its folder.

SIGNALS
  SIGTERM, SIGINT, SIGHUP  stop, exit 0. What is in the outbox is sent by the next start. SIGHUP
                           does nothing under nohup.
  SIGKILL                  loses nothing and sends nothing twice.

PROCESSES
  The process that was started does not touch the network. It runs the gateway in a child, passes
  these signals on to it and ends with its exit code. A child that a signal ended (an abort, a lack
  of memory) is started again within a second, later when it happens again and again, with a trace
  line process.restarted. The child dies with its parent.

EXIT CODES
  0  stopped by a signal
  1  fatal: the folder is in use by another gateway, or the database failed; then ALARM.txt lies in
     the folder. A full disk is no failure: the gateway says gateway.no_room and goes on when there
     is room. Neither is a folder that cannot be read or written: TROUBLE.txt says which
  2  bad usage or configuration: a key of a file is unknown, missing or out of range, a file cannot
     be read, a key file is open to others
  3  the log forked or went back: ALARM.txt names both checkpoints, and evidence/ in the folder
     keeps both signed notes. The gateway does not start again, with the same exit code, until a
     person runs it once with --accept-log. That forgets the checkpoints seen so far and which
     deliveries were taken, trusts the log as at installation, and keeps outbox, cases and evidence
  128 + N  signal N ended the child while it stopped

EXAMPLES
  rujukan-gateway --config /etc/rujukan/kpai.toml
  rujukan-gateway --config /etc/rujukan/kpai.toml --accept-log)";

int fail(const Error& error, int code) {
  std::fprintf(stderr, "rujukan-gateway: %s\n", to_string(error).c_str());
  return code;
}

int fatal(const Error& error) {
  const bool contradiction =
      error.code == ErrorCode::kCheckpointFork || error.code == ErrorCode::kCheckpointBehind;
  return fail(error, contradiction ? kContradiction : kFatal);
}

// nohup(1) and others start programs so.
bool ignores_hang_up() {
  struct sigaction now {};
  return ::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

// The loop's work: link, folder and signals on one thread.
class Process {
 public:
  Process(gateway::Gateway& gateway, const SecretBytes& curve_secret)
      : gateway_(gateway),
        poll_(loop_),
        signals_(loop_, SIGTERM, SIGINT),
        link_(loop_, gateway.parts().anchor, curve_secret,
              {gateway.parts().config.reconnect, std::chrono::milliseconds(10'000)},
              {[this] { connected(); }, [this] { gateway_.station().disconnected(); },
               [this](wire::FrameViews frames) { received(frames); }, [this] { drained(); }}) {}

  // The fatal error that ended it, if any.
  std::optional<Error> run() {
    if (!ignores_hang_up()) signals_.add(SIGHUP);
    // Those that wait since before there was somebody to take them.
    unblock_signals();
    signals_.async_wait([this](const auto& why, int number) {
      if (why) return;
      trace::info("gateway.stopping", {{"signal", number}});
      loop_.stop();
    });
    link_.start();
    look();
    loop_.run();
    link_.stop();
    return fatal_;
  }

 private:
  void connected() {
    check(gateway_.station().connected(
        [this](const wire::Frames& frames) { return link_.send(frames); }));
  }

  void received(wire::FrameViews frames) {
    check(gateway_.station().receive(frames));
    if (gateway_.station().distrusts()) link_.give_up();
  }

  void drained() { advance(); }

  // Both directions in turns: a bounded part of what is to send, then whatever came meanwhile.
  void advance() {
    if (fatal_) return;
    check(gateway_.advance());
    check(gateway_.station().pump());
    if (!gateway_.has_more() || advances_) return;
    advances_ = true;
    boost::asio::post(loop_, [this] {
      advances_ = false;
      advance();
    });
  }

  void look() {
    // It lasted from one look to the next.
    if (gateway_.station().welcomed()) link_.well();
    check(gateway_.look());
    advance();
    if (fatal_) return;
    poll_.expires_after(gateway_.parts().config.poll);
    poll_.async_wait([this](const auto& cancelled) {
      if (!cancelled) look();
    });
  }

  void check(const Result<void>& done) {
    if (done || fatal_) return;
    fatal_ = done.error();
    loop_.stop();
  }

  gateway::Gateway& gateway_;
  boost::asio::io_context loop_;
  boost::asio::steady_timer poll_;
  boost::asio::signal_set signals_;
  sdk::BrokerLink link_;
  bool advances_ = false;  // is to be called
  std::optional<Error> fatal_;
};

bool has_room(const std::filesystem::path& folder) {
  // For a commit of the database and a file of the largest size.
  constexpr std::uintmax_t kRoomBytes = 8 * 1024 * 1024;
  std::error_code why;
  const auto space = std::filesystem::space(folder, why);
  return why || space.available >= kRoomBytes;
}

bool has_room(const gateway::Config& config) {
  return has_room(config.folder) && has_room(config.database.parent_path());
}

// False: a signal ended the waiting.
bool wait_for_room(const gateway::Config& config) {
  constexpr std::chrono::seconds kBetween{2};
  boost::asio::io_context loop;
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
  if (!ignores_hang_up()) signals.add(SIGHUP);
  bool stopped = false;
  signals.async_wait([&](const auto& why, int) {
    stopped = !why;
    loop.stop();
  });
  boost::asio::steady_timer timer(loop);
  std::function<void()> look = [&] {
    if (has_room(config)) return loop.stop();
    timer.expires_after(kBetween);
    timer.async_wait([&](const auto& cancelled) {
      if (!cancelled) look();
    });
  };
  look();
  loop.run();
  return !stopped;
}

int run(const gateway::Config& config) {
  const auto station_key = read_station_key(config.station_key_file);
  if (!station_key) return fail(station_key.error(), kBadConfiguration);
  SystemClock clock;
  while (true) {
    auto parts = gateway::Gateway::load(config);
    if (!parts) return fail(parts.error(), kBadConfiguration);
    auto gateway = gateway::Gateway::open(*std::move(parts), clock);
    std::optional<Error> end;
    if (gateway) {
      trace::info("gateway.serving", {{"station", station_key->name.str()},
                                      {"units", (*gateway)->parts().keys.units().size()}});
      end = Process(**gateway, station_key->curve_secret).run();
      if (!end) return kStopped;
    } else {
      end = gateway.error();
    }
    // What was durable is what the next turn goes on from, as after a crash.
    const bool of_files =
        end->code == ErrorCode::kStoreFailed || end->code == ErrorCode::kFileUnwritable;
    if (!of_files || has_room(config)) {
      if (gateway) (*gateway)->leave_alarm(*end);
      return fatal(*end);
    }
    trace::error("gateway.no_room", *end);
    if (gateway) gateway->reset();
    if (!wait_for_room(config)) return kStopped;
    trace::info("gateway.has_room");
  }
}

int accept_log(const gateway::Config& config) {
  const auto accepted = gateway::Gateway::accept_log(config);
  if (!accepted) return fail(accepted.error(), kFatal);
  std::puts(*accepted ? "The log is trusted anew from its next checkpoint on."
                      : "Nothing to accept: the log did not contradict itself.");
  return kStopped;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine cli{"Joins an agency's own system to Rujukan through folders.", "rujukan-gateway"};
  std::string config_path;
  cli.add_option("-c,--config", config_path, "The configuration file").required().type_name("FILE");
  bool accepts_log = false;
  cli.add_flag("--accept-log", accepts_log,
               "After a fork or rollback was settled: trust the log anew, and exit");
  cli.add_version(RUJUKAN_VERSION);
  cli.footer(kFooter);
  if (const auto end = cli.parse(argc, argv)) return *end;
  const auto config = gateway::read_config(config_path);
  if (!config) return fail(config.error(), kBadConfiguration);
  trace::start("rujukan-gateway", config->trace_level);
  // A reader of standard error that went away must not end the gateway.
  ::signal(SIGPIPE, SIG_IGN);
  // Records and the outbox carry identities: no file of this process is for others.
  ::umask(077);
  if (!accepts_log) {
    if (const auto end = supervise(argv, [] {})) return *end;
  }
  forbid_core_dumps();
  if (accepts_log) return accept_log(*config);
  return run(*config);
}
