#include "broker/runtime/command_line.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <vector>

namespace rujukan {
namespace {

constexpr int kShown = 0;
constexpr int kBadUsage = 2;

}  // namespace

Option Option::type_name(std::string_view name) const {
  option_->type_name(std::string(name));
  return *this;
}

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Option Option::excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::excludes(std::string_view name) const {
  option_->excludes(std::string(name));
  return *this;
}

Option Option::between(int least, int most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::between(unsigned least, unsigned most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::positive() const {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Option Option::one_of(const std::map<std::string, int>& numbers) const {
  option_->transform(CLI::CheckedTransformer(numbers));
  return *this;
}

Option Option::one_value_at_a_time() const {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::shows_default() const {
  option_->capture_default_str();
  return *this;
}

Option Option::hidden() const {
  option_->group("");
  return *this;
}

template <typename Value>
Option CommandSyntax::add_option(std::string_view name, Value& value,
                                 std::string_view description) const {
  return Option(*app_->add_option(std::string(name), value, std::string(description)));
}

template Option CommandSyntax::add_option(std::string_view, std::string&, std::string_view) const;
template Option CommandSyntax::add_option(std::string_view, std::filesystem::path&,
                                          std::string_view) const;
template Option CommandSyntax::add_option(std::string_view, std::vector<std::string>&,
                                          std::string_view) const;
template Option CommandSyntax::add_option(std::string_view, std::vector<std::filesystem::path>&,
                                          std::string_view) const;
template Option CommandSyntax::add_option(std::string_view, int&, std::string_view) const;
template Option CommandSyntax::add_option(std::string_view, unsigned&, std::string_view) const;
template Option CommandSyntax::add_option(std::string_view, std::uint64_t&, std::string_view) const;
template Option CommandSyntax::add_option(std::string_view, std::optional<std::uint64_t>&,
                                          std::string_view) const;

Option CommandSyntax::add_flag(std::string_view name, bool& value,
                               std::string_view description) const {
  return Option(*app_->add_flag(std::string(name), value, std::string(description)));
}

CommandSyntax CommandSyntax::add_subcommand(std::string_view name,
                                            std::string_view description) const {
  return CommandSyntax(*app_->add_subcommand(std::string(name), std::string(description)));
}

CommandSyntax CommandSyntax::add_option_group(std::string_view name,
                                              std::string_view description) const {
  return CommandSyntax(*app_->add_option_group(std::string(name), std::string(description)));
}

void CommandSyntax::require_one_subcommand() const { app_->require_subcommand(1); }

void CommandSyntax::require_one_option() const { app_->require_option(1); }

void CommandSyntax::footer(std::string_view text) const { app_->footer(std::string(text)); }

void CommandSyntax::callback(std::function<void()> run) const { app_->callback(std::move(run)); }

CommandLine::CommandLine(std::string_view description, std::string_view name)
    : CommandLine(std::make_unique<CLI::App>(std::string(description), std::string(name))) {}

CommandLine::CommandLine(std::unique_ptr<CLI::App> root)
    : CommandSyntax(*root), root_(std::move(root)) {}

CommandLine::~CommandLine() = default;

void CommandLine::add_help_all(std::string_view description) {
  root_->set_help_all_flag("--help-all", std::string(description));
}

void CommandLine::add_version(std::string_view version) {
  root_->set_version_flag("--version", std::string(version));
}

std::optional<int> CommandLine::parse(int argc, const char* const* argv) {
  try {
    root_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    // CLI11 has exit codes of its own for each kind of usage error.
    return root_->exit(error) == 0 ? kShown : kBadUsage;
  }
}

}  // namespace rujukan
