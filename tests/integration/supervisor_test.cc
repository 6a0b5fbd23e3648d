// Work in a child that may die: it is started again, and nothing else changes.
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

#include "broker/runtime/file.h"
#include "tests/integration/conversation.h"
#include "tests/support/gateway_process.h"

using namespace rujukan;
using namespace rujukan::test;
namespace fs = std::filesystem;

namespace {

struct Supervised {
  explicit Supervised(const std::string& task)
      : process({RUJUKAN_SUPERVISED_PROGRAM, folder.path().string(), task}, errors / "trace") {}

  bool has(const std::string& name) const { return fs::exists(folder.path() / name); }
  bool wait_for(const std::string& name) { return process.wait_for_file(folder.path() / name); }

  TemporaryFolder folder;
  TemporaryFolder errors;
  ChildProcess process;
};

// Until a process that is nobody's child here is gone.
bool wait_for_end_of(pid_t pid) {
  const FileDescriptor end(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!end.open()) return true;
  pollfd wait{end.get(), POLLIN, 0};
  return ::poll(&wait, 1, 20'000) == 1;
}

}  // namespace

TEST_CASE("the exit code of an ordinary end is passed through, and nothing is started again") {
  Supervised program("exit-7");
  CHECK(program.process.wait() == 7);
  CHECK(program.has("child-1"));
  CHECK_FALSE(program.has("child-2"));
  CHECK_FALSE(program.has("died-1"));
}

TEST_CASE("a child that a signal ended is started again, with signal and count in the trace") {
  Supervised program("abort");
  REQUIRE(program.wait_for("died-3"));
  CHECK(program.has("child-3"));
  // It waits before the next start now.
  program.process.signal(SIGTERM);
  CHECK(program.process.wait() == 0);
  CHECK(program.process.errors().find("process.restarted signal=6 count=1 after_ms=100") !=
        std::string::npos);
  CHECK(program.process.errors().find("process.restarted signal=6 count=2 after_ms=200") !=
        std::string::npos);
  CHECK_FALSE(program.has("child-4"));
}

TEST_CASE("signals for the program reach the child that does its work") {
  Supervised program("echo");
  REQUIRE(program.wait_for("child-1"));
  for (const int signal : {SIGHUP, SIGINT, SIGHUP}) {
    const std::string name = "signal-" + std::to_string(signal);
    fs::remove(program.folder.path() / name);
    program.process.signal(signal);
    INFO(signal);
    REQUIRE(program.wait_for(name));
  }
  program.process.signal(SIGTERM);
  CHECK(program.process.wait() == 5);
  CHECK(program.has("signal-" + std::to_string(SIGTERM)));
}

TEST_CASE("the child dies with its supervisor") {
  Supervised program("echo");
  REQUIRE(program.wait_for("child-1"));
  const pid_t worker = program.process.worker();
  REQUIRE(worker > 0);
  program.process.signal(SIGKILL);
  CHECK(wait_for_end_of(worker));
  CHECK_FALSE(program.has("signal-" + std::to_string(SIGTERM)));
}

TEST_CASE("a child that is told to stop and dies of another signal is not started again") {
  Supervised program("echo");
  REQUIRE(program.wait_for("child-1"));
  const pid_t worker = program.process.worker();
  ::kill(worker, SIGSTOP);
  program.process.signal(SIGTERM);
  ::kill(worker, SIGKILL);
  // The stop may be heard after the death, while the supervisor rests.
  const int code = program.process.wait();
  CHECK((code == 128 + SIGKILL || code == 0));
  CHECK_FALSE(program.has("child-2"));
}

TEST_CASE("a program that is told to stop when its child is dead already ends in order") {
  Supervised program("echo");
  REQUIRE(program.wait_for("child-1"));
  const pid_t worker = program.process.worker();
  // Stopped, it finds both when it goes on: the signal of the stop before that of the death.
  program.process.signal(SIGSTOP);
  ::kill(worker, SIGKILL);
  REQUIRE(wait_for_end_of(worker));
  program.process.signal(SIGTERM);
  program.process.signal(SIGCONT);
  CHECK(program.process.wait() == 0);
  CHECK_FALSE(program.has("child-2"));
}

TEST_CASE("a broker whose work was ended by a signal serves again with all that had a receipt") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  wire::MessageResult before;
  {
    RawStation kpai = broker.connect("kpai");
    before = submit(kpai, referral_message(offline_facts(), 1));
  }
  int count = 0;
  for (const int signal : {SIGABRT, SIGKILL}) {
    REQUIRE(broker.crash(signal));
    CHECK(broker.trace().find("process.restarted signal=" + std::to_string(signal) +
                              " count=" + std::to_string(++count)) != std::string::npos);
  }
  RawStation kpai = broker.connect("kpai");
  CHECK(submit(kpai, referral_message(offline_facts(), 1)).receipt == before.receipt);
  require_served(kpai, 2);
  CHECK(broker.stop() == 0);
  CHECK_FALSE(fs::exists(broker.folder() / "ready"));
}

TEST_CASE("a broker is started again on its directory at once after it was killed") {
  BrokerProcess broker;
  for (int round = 0; round < 3; ++round) {
    REQUIRE(broker.start());
    broker.kill();
  }
  REQUIRE(broker.start());
}

TEST_CASE("a gateway whose work was ended by a signal goes on, and stops when it is told") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  GatewayProcess gateway("kpai");
  gateway.start(broker);
  REQUIRE(gateway.wait_for("station.db"));
  gateway.crash(SIGABRT);
  // Answers about cases that are not known are refused: it looks at its folder again.
  std::ofstream(gateway.agency() / "outgoing/a.answer.json") << "{}";
  REQUIRE(gateway.wait_for("failed/a.answer.json.error.json"));
  CHECK(gateway.trace().find("process.restarted signal=6 count=1") != std::string::npos);
  CHECK(gateway.stop() == 0);
}
