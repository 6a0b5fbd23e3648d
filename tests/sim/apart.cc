#include "tests/sim/apart.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace rujukan::sim {
namespace {

void write_all(int to, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(to, text.data() + done, text.size() - done);
    if (wrote <= 0) std::abort();
    done += static_cast<std::size_t>(wrote);
  }
}

std::string read_all(int from) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(from, buffer, sizeof buffer);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

}  // namespace

std::optional<std::string> run_apart(const std::function<std::optional<std::string>()>& body) {
  std::fflush(nullptr);
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    ::close(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);
    const auto fault = body();
    if (fault) write_all(ends[1], *fault);
    std::fflush(stdout);
    ::_exit(fault ? 1 : 0);
  }
  ::close(ends[1]);
  std::string text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) std::abort();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return text.empty() ? "it died without a word" : text;
}

std::vector<Command> shrunk(
    std::vector<Command> commands,
    const std::function<std::optional<std::string>(const std::vector<Command>&)>& fault_of) {
  std::size_t chunk = std::max<std::size_t>(commands.size() / 2, 1);
  for (;;) {
    bool fewer = false;
    for (std::size_t at = 0; at < commands.size();) {
      const std::size_t end = std::min(at + chunk, commands.size());
      std::vector<Command> rest(commands.begin(),
                                commands.begin() + static_cast<std::ptrdiff_t>(at));
      rest.insert(rest.end(), commands.begin() + static_cast<std::ptrdiff_t>(end), commands.end());
      if (fault_of(rest)) {
        commands = std::move(rest);
        fewer = true;
      } else {
        at = end;
      }
    }
    if (chunk == 1 && !fewer) return commands;
    if (!fewer) chunk = std::max<std::size_t>(chunk / 2, 1);
  }
}

}  // namespace rujukan::sim
