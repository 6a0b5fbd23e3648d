// The command lines of the executables. CLI11 is named in command_line.cc only: its header costs
// every source that includes it seconds of compilation.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace rujukan {

// An option, positional argument or flag. A handle: it lives in the CommandLine.
class Option {
 public:
  // What the manual shows in the place of the value; empty: nothing.
  Option type_name(std::string_view name) const;
  Option required() const;
  Option needs(Option other) const;
  Option excludes(Option other) const;
  // Requires: the same command has an option of this name.
  Option excludes(std::string_view name) const;
  // Both bounds are in it. The manual names the type of the bounds.
  Option between(int least, int most) const;
  Option between(unsigned least, unsigned most) const;
  Option positive() const;
  // Takes a name and stores its number.
  Option one_of(const std::map<std::string, int>& numbers) const;
  // One value each time it is given, also if it is stored in a list.
  Option one_value_at_a_time() const;
  // The manual shows the value that the variable has now.
  Option shows_default() const;
  // Not in the manual.
  Option hidden() const;

 private:
  friend class CommandSyntax;
  explicit Option(CLI::Option& option) : option_(&option) {}

  CLI::Option* option_;
};

// What a command takes. A handle: it lives in the CommandLine.
class CommandSyntax {
 public:
  // `name`: "-o,--out", or "FILE" for a positional argument. `value` is written while the command
  // line is parsed. Value: std::string, std::filesystem::path, vectors of these (may be repeated),
  // int, unsigned, std::uint64_t, std::optional<std::uint64_t>.
  template <typename Value>
  Option add_option(std::string_view name, Value& value, std::string_view description = {}) const;
  Option add_flag(std::string_view name, bool& value, std::string_view description) const;

  CommandSyntax add_subcommand(std::string_view name, std::string_view description) const;
  // Options under a heading of their own.
  CommandSyntax add_option_group(std::string_view name, std::string_view description = {}) const;
  void require_one_subcommand() const;
  void require_one_option() const;
  // What the manual says after the options.
  void footer(std::string_view text) const;
  // Runs while the command line is parsed, when all of it is well and it names this command.
  void callback(std::function<void()> run) const;

 protected:
  explicit CommandSyntax(CLI::App& app) : app_(&app) {}

  CLI::App* app_;
};

// An executable's command line; owns the syntax of all its commands. Has --help.
class CommandLine : public CommandSyntax {
 public:
  // `name`: of the executable; empty: as it is called.
  explicit CommandLine(std::string_view description, std::string_view name = {});
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  void add_help_all(std::string_view description);
  void add_version(std::string_view version);

  // The exit code when there is nothing more to do: 0 after a manual or the version was printed, 2
  // after bad usage, with its reason on stderr. nullopt: go on.
  std::optional<int> parse(int argc, const char* const* argv);

 private:
  explicit CommandLine(std::unique_ptr<CLI::App> root);

  std::unique_ptr<CLI::App> root_;
};

}  // namespace rujukan
