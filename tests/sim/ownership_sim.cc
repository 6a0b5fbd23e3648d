// Random commands against a reference model of ownership. Prints its seed first. Exit code: 0 when
// everything is as the model says, 1 with the fewest commands that show that it is not.
#include <sys/mman.h>

#include <chrono>
#include <iostream>

#include "broker/runtime/command_line.h"
#include "tests/sim/apart.h"
#include "tests/sim/world.h"

namespace {

using namespace rujukan;
using namespace rujukan::sim;

constexpr std::pair<const char*, Break> kBreaks[] = {
    {"nothing", Break::kNothing},     {"owner", Break::kOwner},
    {"version", Break::kVersion},     {"stale", Break::kStale},
    {"transfer", Break::kTransfer},   {"succession", Break::kSuccession},
    {"refusal", Break::kRefusal},     {"informed", Break::kInformed},
    {"deadline", Break::kDeadline},   {"overdue", Break::kOverdue},
    {"exclusion", Break::kExclusion}, {"proposal", Break::kProposal},
};

struct Options {
  std::uint64_t commands = 1'000'000;
  std::uint64_t seed = 0;
  std::size_t length = 100;  // commands of one sequence
  std::optional<std::uint64_t> sequence;
  Break broken = Break::kNothing;
};

// One sequence has one world and one seed.
class Simulation {
 public:
  explicit Simulation(const Options& options)
      : options_(options), tables_(releases()), at_(shared_number()) {}

  // Whether all is well.
  bool run() {
    const std::uint64_t first = options_.sequence.value_or(0);
    const std::uint64_t sequences =
        options_.sequence ? 1 : (options_.commands + options_.length - 1) / options_.length;
    const auto fault = run_apart([&] { return campaign(first, first + sequences); });
    if (!fault) return true;
    std::cout << *fault << "\n";
    explain(*at_);
    return false;
  }
  // How many commands were left of the sequence that failed; 0: none was found.
  std::size_t shrunk_to() const { return shrunk_to_; }

 private:
  // Seen by the parent when the child dies.
  static std::uint64_t* shared_number() {
    void* page = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) std::abort();
    return static_cast<std::uint64_t*>(page);
  }

  std::vector<Command> commands_of(std::uint64_t sequence) const {
    return drawn_commands(Draw(options_.seed ^ (sequence * 0x2545f4914f6cdd1d)).next(),
                          options_.length);
  }

  std::optional<std::string> fault_of(const std::vector<Command>& commands) const {
    return run_apart([&] {
      Counts counts;
      return World(tables_, options_.broken, counts).run(commands);
    });
  }

  std::optional<std::string> campaign(std::uint64_t first, std::uint64_t end) {
    Counts counts;
    for (*at_ = first; *at_ < end; ++*at_) {
      if (auto fault = World(tables_, options_.broken, counts).run(commands_of(*at_))) return fault;
    }
    report(counts, end - first);
    // A long campaign that some event never happens in checks less than it seems to.
    if (counts.commands < 200'000) return std::nullopt;
    for (const auto& row : code_names<EventType>()) {
      // The world has one shard.
      if (row.value == EventType::kCarried) continue;
      if (!counts.events.contains(row.value)) {
        return "no command led to the event " + std::string(row.name);
      }
    }
    return std::nullopt;
  }

  static void report(const Counts& counts, std::uint64_t sequences) {
    std::cout << counts.commands << " commands in " << sequences << " sequences, " << counts.refused
              << " refusals\n";
    std::cout << "events:";
    for (const auto& [type, count] : counts.events)
      std::cout << " " << name_of(type) << " " << count;
    std::cout << "\nrefusals:";
    for (const auto& [code, count] : counts.refusals)
      std::cout << " " << name_of(code) << " " << count;
    std::cout << std::endl;
  }

  void explain(std::uint64_t sequence) {
    std::vector<Command> commands = commands_of(sequence);
    if (!fault_of(commands)) return;
    commands = shrunk(std::move(commands), [this](const auto& list) { return fault_of(list); });
    std::cout << "sequence " << sequence << " fails; of its commands are left:" << std::endl;
    const auto fault = run_apart([&] {
      Counts counts;
      return World(tables_, options_.broken, counts, &std::cout).run(commands);
    });
    std::cout << "fault: " << fault.value_or("none") << "\nagain: ownership_sim --seed "
              << options_.seed << " --length " << options_.length << " --sequence " << sequence
              << std::endl;
    shrunk_to_ = commands.size();
  }

  const Options options_;
  const std::vector<Table> tables_;
  std::uint64_t* const at_;
  std::size_t shrunk_to_ = 0;
};

std::map<std::string, int> break_numbers() {
  std::map<std::string, int> numbers;
  for (const auto& [name, broken] : kBreaks) numbers[name] = static_cast<int>(broken);
  return numbers;
}

bool finds_every_break(Options options) {
  bool all = true;
  for (const auto& [name, broken] : kBreaks) {
    if (broken == Break::kNothing) continue;
    options.broken = broken;
    std::cout << "break " << name << ":" << std::endl;
    Simulation simulation(options);
    const bool found =
        !simulation.run() && simulation.shrunk_to() != 0 && simulation.shrunk_to() < 10;
    if (!found) std::cout << "break " << name << ": not found, or not shrunk" << std::endl;
    all = all && found;
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine app{
      "Random commands of every kind, with silences, releases and restarts, against a model of who "
      "owns a case.\nA campaign for a night: ownership_sim --commands 1000000000 --length 200"};
  Options options;
  options.seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                            std::chrono::microseconds(1));
  bool breaks = false;
  app.add_option("--commands", options.commands, "How many").shows_default();
  app.add_option("--length", options.length, "Commands of each sequence, which starts anew")
      .shows_default()
      .between(1, 100'000);
  app.add_option("--seed", options.seed, "From which all is drawn; else from the clock");
  app.add_option("--sequence", options.sequence, "Only this one");
  int broken = static_cast<int>(Break::kNothing);
  app.add_option("--break", broken, "A defect").one_of(break_numbers()).hidden();
  app.add_flag("--every-break", breaks, "Whether each defect is found and told in a few commands")
      .hidden();
  if (const auto end = app.parse(argc, argv)) return *end;
  options.broken = static_cast<Break>(broken);
  std::cout << "seed " << options.seed << std::endl;
  if (breaks) return finds_every_break(options) ? 0 : 1;
  return Simulation(options).run() ? 0 : 1;
}
