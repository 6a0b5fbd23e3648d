// rujukan release diff: what one release changes against another, and for whom.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "broker/runtime/clock.h"
#include "ops/cli/cli.h"
#include "ops/cli/config_folder.h"
#include "ops/cli/release_diff_text.h"
#include "ops/cli/release_file.h"
#include "ops/cli/release_lineage.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Compares two releases, or configuration folders, or one of each (a folder is compiled first):
  - of two releases first, in capitals: why B may not follow on A, another threshold, another log;
  - WEAKER: all guarantees are gone, an agency that only watched may own, or a rule takes cases of
    another and drops whom that informed;
  - what changes for whom: by the victim's age and the needs, from which units to which, and where,
    whether the need leads or not; who is no longer and who newly informed;
  - every entry that was added, removed, moved or changed, with its fields. A folder has no keys,
    stations, administrators and dates of its own: when one is compared, those are left out;
  - for which facts the owner changes, exhaustively: every combination of facts that a rule of
    either can tell apart, with every need that can lead, with no area, with every area and with
    every two areas, at every date at which a unit of either begins or ends and B is valid;
  - for how many more groups of facts the owner stays and the chain, another assignment or the
    informed units change. --all lists them.
Of many that are alike the first few stand for all, with the number of the rest; --all lists all.
Facts that differ in nothing that matters are one group, and what a group does not name does not
matter. "victims in 36.71 or 36.74" means that every area of the list is one of these;
(A) together with (B) is a list of two areas. A longer list goes where that pair of its areas goes
that rises highest.

"from nobody": such facts are refused, for example because an area is not known there. Facts that
name an area which only one of the two knows are compared only where the area decides.

Examples:
  rujukan release diff release-6.rjr release-7.rjr
  rujukan release diff --json release-6.rjr config
  rujukan release diff --exit-code --all config-before config

Exit codes: 0 compared; 1 with --exit-code, an owner changes; 2 bad usage, or a file or folder that
cannot be read or is not valid.)";

struct Options {
  std::string before;
  std::string after;
  bool json = false;
  bool all = false;
  bool exit_code = false;
};

struct Source {
  Release release;
  bool is_folder = false;
};

// nullopt: reported.
std::optional<Source> load(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    auto release = load_release({.folder = path, .registry = {}, .deadlines = {}}, {});
    if (!release) return std::nullopt;
    return Source{std::move(*release), true};
  }
  auto file = read_release_file(path);
  if (!file) {
    fail(file.error());
    return std::nullopt;
  }
  return Source{std::move(file->release), false};
}

// Empties what a folder does not hold.
void keep_configuration(Release& release) {
  const Release none;
  release.log_origin = none.log_origin;
  release.threshold = none.threshold;
  release.administrators.clear();
  release.stations.clear();
  release.keys.clear();
}

std::size_t count(const std::vector<routing::RouteChange>& changes, routing::ChangedPart part) {
  return static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(),
                    [part](const routing::RouteChange& change) { return change.part == part; }));
}

Json others_json(const std::vector<routing::RouteChange>& others) {
  Json out = Json::object();
  for (const auto part : {routing::ChangedPart::kChain, routing::ChangedPart::kAssignment,
                          routing::ChangedPart::kInformed}) {
    out[std::string(name_of(part))] = count(others, part);
  }
  return out;
}

template <typename Changes>
Json describe_all(const Changes& changes) {
  Json out = Json::array();
  for (const auto& change : changes) out.push_back(describe(change));
  return out;
}

// How B follows on A, when both are releases: whatever stands first, because nobody may overlook
// it.
std::vector<std::string> lineage_of(const Source& before, const Source& after) {
  if (before.is_folder || after.is_folder) return {};
  std::vector<std::string> lines = grave_changes(after.release, before.release);
  SystemClock clock;
  const TimeUs at = std::max(clock.now(), after.release.validity.from.value_or(TimeUs()));
  if (auto may = check_may_follow(after.release, &before.release, at); !may) {
    lines.insert(lines.begin(), "IT MAY NOT FOLLOW: " + to_string(may.error()));
  }
  return lines;
}

void print_json(const Options& options, const Source& before, const Source& after,
                const routing::ReleaseDiff& diff) {
  Json out = {
      {"before", {{"name", options.before}, {"version", to_number(before.release.version)}}},
      {"after", {{"name", options.after}, {"version", to_number(after.release.version)}}}};
  out["lineage"] = lineage_of(before, after);
  out["weakened"] = describe_all(diff.weakened);
  out["for_whom"] = describe_all(diff.people);
  out["entries"] = describe_all(diff.entries);
  out["owner_changes"] = describe_all(diff.routes.owner);
  out["other_changes"] = others_json(diff.routes.other);
  if (options.all) out["others"] = describe_all(diff.routes.other);
  print(out, true);
}

void print_text(const Options& options, const Source& before, const Source& after,
                const routing::ReleaseDiff& diff) {
  const AreaWords areas(before.release, after.release);
  const std::vector<routing::RouteChange>& owners = diff.routes.owner;
  const std::vector<routing::RouteChange>& others = diff.routes.other;
  std::string text = options.before + " -> " + options.after + "\n";
  for (const std::string& line : lineage_of(before, after)) text += line + "\n";
  text += to_text(diff.weakened);
  if (!diff.people.empty()) text += "what changes for whom, in some or all of their cases:\n";
  text += to_text(diff.people, areas, options.all);
  text += diff.entries.empty() ? "no entry changes\n" : "entries that change:\n";
  text += to_text(diff.entries, options.all);
  if (owners.empty()) {
    text += "no owner changes\n";
  } else {
    text += "the owner changes for " + std::to_string(owners.size()) + " groups of facts:\n" +
            to_text(owners, areas, options.all);
  }
  const auto number = [&others](routing::ChangedPart part) {
    return std::to_string(count(others, part));
  };
  text += "groups of facts whose owner stays: " + number(routing::ChangedPart::kChain) +
          " with another chain, " + number(routing::ChangedPart::kAssignment) +
          " with another assignment, " + number(routing::ChangedPart::kInformed) +
          " with other informed units\n";
  if (options.all) text += to_text(others, areas, true);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int run(const Options& options) {
  auto before = load(options.before);
  auto after = load(options.after);
  if (!before || !after) return kBadInput;
  if (before->is_folder || after->is_folder) {
    keep_configuration(before->release);
    keep_configuration(after->release);
    // The dates of B are those at which owners are compared.
    before->release.validity = after->release.validity;
  }
  const auto diff = routing::diff(before->release, after->release);
  if (!diff) return fail(diff.error());
  if (options.json) {
    print_json(options, *before, *after, *diff);
  } else {
    print_text(options, *before, *after, *diff);
  }
  return options.exit_code && !diff->routes.owner.empty() ? kNegative : kOk;
}

}  // namespace

void add_release_diff(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("diff", "Print what changes, and whose cases");
  const auto options = std::make_shared<Options>();
  command.add_option("A", options->before, "Release file or configuration folder")
      .type_name("")
      .required();
  command.add_option("B", options->after, "The same, that is to follow it")
      .type_name("")
      .required();
  command.add_flag("--json", options->json, "As JSON");
  command.add_flag("--all", options->all, "Everything that changes, and nothing cut short");
  command.add_flag("--exit-code", options->exit_code, "1 when an owner changes");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
