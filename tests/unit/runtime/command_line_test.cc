#include "broker/runtime/command_line.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <vector>

using namespace rujukan;

namespace {

using Path = std::filesystem::path;

// What is printed while it lives.
class Printed {
 public:
  explicit Printed(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Printed() { stream_.rdbuf(before_); }
  Printed(const Printed&) = delete;
  Printed& operator=(const Printed&) = delete;

  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

struct Outcome {
  std::optional<int> end;  // nullopt: go on
  std::string out;
  std::string err;
};

Outcome parsed(CommandLine& line, std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tool");
  const Printed out(std::cout);
  const Printed err(std::cerr);
  const auto end = line.parse(static_cast<int>(arguments.size()), arguments.data());
  return {end, out.text(), err.text()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr std::optional<int> kGoOn;

template <typename Value>
Value value_of(std::vector<const char*> arguments) {
  CommandLine line("A tool");
  Value value{};
  line.add_option("--value", value);
  const auto end = parsed(line, std::move(arguments)).end;
  CHECK(end == kGoOn);
  return value;
}

}  // namespace

TEST_CASE("an option of each type is read") {
  CHECK(value_of<std::string>({"--value", "a b"}) == "a b");
  CHECK(value_of<Path>({"--value", "folder/file"}) == Path("folder/file"));
  CHECK(value_of<std::vector<std::string>>({"--value", "a", "--value", "b"}) ==
        std::vector<std::string>{"a", "b"});
  CHECK(value_of<std::vector<Path>>({"--value", "a", "--value", "b"}) ==
        std::vector<Path>{"a", "b"});
  CHECK(value_of<int>({"--value", "-7"}) == -7);
  CHECK(value_of<unsigned>({"--value", "4294967295"}) == 4'294'967'295u);
  CHECK(value_of<std::uint64_t>({"--value", "18446744073709551615"}) ==
        18'446'744'073'709'551'615u);
  CHECK(value_of<std::optional<std::uint64_t>>({"--value", "0"}) == std::uint64_t{0});
  CHECK(value_of<std::optional<std::uint64_t>>({}) == std::nullopt);
}

TEST_CASE("a flag is set when it is given") {
  for (const bool given : {false, true}) {
    CommandLine line("A tool");
    bool json = false;
    line.add_flag("--json", json, "As JSON");
    const auto arguments = given ? std::vector{"--json"} : std::vector<const char*>();
    CHECK(parsed(line, arguments).end == kGoOn);
    CHECK(json == given);
  }
}

TEST_CASE("a value that is none of the option's type is bad usage") {
  CommandLine line("A tool");
  unsigned count = 0;
  line.add_option("--count", count);
  const auto outcome = parsed(line, {"--count", "many"});
  CHECK(outcome.end == 2);
  CHECK(contains(outcome.err, "--count"));
}

TEST_CASE("a missing required option is bad usage, with the reason on standard error") {
  CommandLine line("A tool");
  std::string file;
  line.add_option("FILE", file, "The file").type_name("").required();
  const auto outcome = parsed(line, {});
  CHECK(outcome.end == 2);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "FILE is required"));
  CHECK(parsed(line, {"a"}).end == kGoOn);
  CHECK(file == "a");
}

TEST_CASE("an unknown option is bad usage") {
  CommandLine line("A tool");
  CHECK(parsed(line, {"--unknown"}).end == 2);
}

TEST_CASE("an option that needs another is bad usage without it") {
  CommandLine line("A tool");
  std::string folder;
  std::string agency;
  const Option config = line.add_option("--config", folder);
  line.add_option("--agency", agency).needs(config);
  CHECK(parsed(line, {"--agency", "kpai"}).end == 2);
  CHECK(parsed(line, {"--agency", "kpai", "--config", "config"}).end == kGoOn);
}

TEST_CASE("options that exclude each other are bad usage together") {
  CommandLine line("A tool");
  std::string anchor;
  std::string key;
  std::string policy;
  const Option first = line.add_option("--anchor", anchor);
  line.add_option("--log-key", key).excludes(first);
  line.add_option("--policy", policy).excludes("--anchor");
  CHECK(parsed(line, {"--anchor", "a", "--log-key", "k"}).end == 2);
  CHECK(parsed(line, {"--anchor", "a", "--policy", "p"}).end == 2);
  CHECK(parsed(line, {"--log-key", "k", "--policy", "p"}).end == kGoOn);
}

TEST_CASE("a number outside its bounds is bad usage") {
  CommandLine line("A tool");
  unsigned threads = 0;
  unsigned every_s = 5;
  std::size_t threshold = 0;
  line.add_option("--threads", threads).between(1, 256);
  line.add_option("--every", every_s).between(1U, 60U);
  line.add_option("--threshold", threshold).positive();
  for (const char* good : {"1", "256"}) CHECK(parsed(line, {"--threads", good}).end == kGoOn);
  for (const char* bad : {"0", "257"}) CHECK(parsed(line, {"--threads", bad}).end == 2);
  for (const char* good : {"1", "60"}) CHECK(parsed(line, {"--every", good}).end == kGoOn);
  for (const char* bad : {"0", "61"}) CHECK(parsed(line, {"--every", bad}).end == 2);
  CHECK(parsed(line, {"--threshold", "1"}).end == kGoOn);
  CHECK(parsed(line, {"--threshold", "0"}).end == 2);
}

TEST_CASE("a name is stored as its number") {
  CommandLine line("A tool");
  int number = 0;
  line.add_option("--break", number).one_of({{"owner", 3}, {"version", 4}});
  CHECK(parsed(line, {"--break", "version"}).end == kGoOn);
  CHECK(number == 4);
  CHECK(parsed(line, {"--break", "nothing"}).end == 2);
}

TEST_CASE("a list that takes one value at a time leaves the next word to others") {
  CommandLine line("A tool");
  std::vector<std::string> units;
  std::string file;
  line.add_option("--unit", units).one_value_at_a_time();
  line.add_option("FILE", file);
  CHECK(parsed(line, {"--unit", "a", "--unit", "b", "c"}).end == kGoOn);
  CHECK(units == std::vector<std::string>{"a", "b"});
  CHECK(file == "c");
}

TEST_CASE("of a group that requires one option exactly one is given") {
  CommandLine line("A tool");
  std::string data;
  std::string from;
  const CommandSyntax source = line.add_option_group("source");
  source.add_option("--data", data);
  source.add_option("--from", from);
  source.require_one_option();
  CHECK(parsed(line, {}).end == 2);
  CHECK(parsed(line, {"--data", "a", "--from", "b"}).end == 2);
  CHECK(parsed(line, {"--from", "b"}).end == kGoOn);
  CHECK(from == "b");
}

TEST_CASE("the manual shows what is asked of the user and not what is hidden") {
  CommandLine line("Does things", "tool");
  std::string file;
  unsigned every_s = 5;
  bool secret = false;
  line.add_option("-o,--out", file, "File to write").type_name("OUT_FILE").required();
  line.add_option("--every", every_s, "Seconds").between(1U, 60U).shows_default();
  line.add_flag("--secret", secret, "Of tests").hidden();
  line.footer("And no more.");
  const auto outcome = parsed(line, {"--help"});
  CHECK(outcome.end == 0);
  CHECK(outcome.err.empty());
  for (const char* shown : {"Does things", "Usage: tool [OPTIONS]", "-o,--out OUT_FILE REQUIRED",
                            "File to write", "UINT in [1 - 60]=5", "And no more."}) {
    CAPTURE(shown);
    CHECK(contains(outcome.out, shown));
  }
  CHECK_FALSE(contains(outcome.out, "--secret"));
}

TEST_CASE("the manual of every command and the version are shown when asked for") {
  CommandLine line("Does things");
  line.add_help_all("The manual of every command");
  line.add_version("1.2.3");
  std::string out;
  line.add_subcommand("keys", "Makes keys").add_option("--out", out, "Where they go");
  const auto manuals = parsed(line, {"--help-all"});
  CHECK(manuals.end == 0);
  CHECK(contains(manuals.out, "Makes keys"));
  CHECK(contains(manuals.out, "Where they go"));
  const auto version = parsed(line, {"--version"});
  CHECK(version.end == 0);
  CHECK(version.out == "1.2.3\n");
}

TEST_CASE("the callback of the chosen subcommand runs and no other") {
  CommandLine line("A tool");
  line.require_one_subcommand();
  std::string file;
  std::string ran;
  const CommandSyntax show = line.add_subcommand("show", "Shows");
  show.add_option("FILE", file).required();
  show.callback([&] { ran += "show " + file; });
  line.add_subcommand("sign", "Signs").callback([&] { ran += "sign"; });

  CHECK(parsed(line, {}).end == 2);
  CHECK(parsed(line, {"show"}).end == 2);
  CHECK(parsed(line, {"show", "--help"}).end == 0);
  CHECK(ran.empty());
  CHECK(parsed(line, {"show", "a"}).end == kGoOn);
  CHECK(ran == "show a");
}
