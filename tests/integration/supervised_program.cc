// A supervised program for tests: makes a file for each thing that happens, and does as it is told.
// Usage: supervised_program FOLDER abort|exit-7|echo
//   child-N   the Nth child has begun; died-N: its supervisor knows that a signal ended it
//   signal-N  the child was sent signal N; after SIGTERM it exits with 5
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "broker/runtime/process.h"
#include "broker/runtime/supervisor.h"
#include "broker/runtime/trace.h"

namespace {

void say(const std::filesystem::path& file) { std::ofstream(file).flush(); }

void say_next(const std::filesystem::path& folder, const std::string& what) {
  int number = 1;
  while (std::filesystem::exists(folder / (what + "-" + std::to_string(number)))) ++number;
  say(folder / (what + "-" + std::to_string(number)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::filesystem::path folder = argv[1];
  const std::string task = argv[2];
  rujukan::trace::start("supervised", rujukan::trace::Level::kInfo);
  if (const auto end = rujukan::supervise(argv, [&] { say_next(folder, "died"); })) return *end;
  say_next(folder, "child");
  if (task == "abort") std::abort();
  if (task == "exit-7") return 7;
  sigset_t all;
  sigemptyset(&all);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&all, signal);
  for (int signal = 0; signal != SIGTERM;) {
    if (::sigwait(&all, &signal) != 0) return 3;
    say(folder / ("signal-" + std::to_string(signal)));
  }
  return 5;
}
