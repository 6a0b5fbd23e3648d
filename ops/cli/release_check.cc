// rujukan release check: whether the table is total and the guarantees hold.
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "broker/runtime/file.h"
#include "ops/cli/cli.h"
#include "ops/cli/config_folder.h"
#include "ops/cli/describe.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Proves that every case has an owner, or shows the smallest facts for which it has none. Goes through
every class of facts that the rules can tell apart, every set of needs, and every area, function and
level at every date at which the directory changes; nothing is sampled. Each [[guarantee]] of
routing.toml is proved over the same combinations.

Prints each finding as FILE:LINE:COLUMN: CODE: TEXT, with an example where facts can show it: the
smallest facts file that `rujukan route` accepts. Warnings are marked so: rules that match the same
facts and decide differently, categories and needs that no agency may open or ask for, laws that a
rule cites (`basis`) and that are not in force, and what looks like a slip of whoever typed it:
functions that no rule names, areas without a unit among neighbours that have one, ids, successors,
dates and names. config/README.md lists the codes.

  --release FILE   checks a built release instead of a folder, within its validity
  --examples DIR   writes each example to a file of its own in DIR
  --sources        of a folder: how many rows of areas.csv and units.csv rest on a law, on what is
                   published and on an assumption
  --strict         warnings count as a no
  --json           one object: errors, warnings, guarantees, combinations, sources

Examples:
  rujukan release check config
  rujukan release check --release release-7.rjr --strict
  rujukan release check config --sources
  rujukan release check config --examples examples; rujukan route --config config \
      --facts examples/01-table.overlap.json

Exit codes: 0 no errors; 1 no errors, but warnings, with --strict; 2 errors, bad usage, or a file
that cannot be read or written.)";

struct Options {
  ConfigSource source;
  std::string release;
  std::string examples;
  bool sources = false;
  bool strict = false;
  bool json = false;
};

Result<CheckedRelease> check_source(const Options& options) {
  if (options.release.empty()) return check_config(options.source, {});
  auto file = read_release_file(options.release);
  if (!file) return file.error();
  auto report = routing::check(file->release);
  for (routing::Finding& finding : report.findings) finding.file = options.release;
  return CheckedRelease{std::move(file->release), std::move(report)};
}

// "01-table.no_rule.json"; numbered in the order of the findings that have an example.
Result<void> write_examples(const std::filesystem::path& folder,
                            const routing::CheckReport& report) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return Error{ErrorCode::kFileUnwritable, folder.string(), failure.message()};
  std::size_t number = 0;
  for (const routing::Finding& finding : report.findings) {
    if (!finding.example) continue;
    std::string name = std::to_string(++number);
    if (name.size() < 2) name.insert(0, 1, '0');
    name += "-" + std::string(name_of(finding.error.code)) + ".json";
    const std::string text = routing::facts_to_json(*finding.example) + "\n";
    if (auto written = write_file_durably(folder / name, as_bytes(text), kForAnyone); !written)
      return written;
  }
  return {};
}

Json to_json(const routing::Finding& finding) {
  Json out = {{"file", finding.file},
              {"line", finding.line},
              {"column", finding.column},
              {"code", name_of(finding.error.code)},
              {"field", finding.error.field},
              {"text", to_string(finding.error)},
              {"example", nullptr}};
  if (finding.example) out["example"] = Json::parse(routing::facts_to_json(*finding.example));
  return out;
}

Json to_json(const routing::CheckCounts& counts) {
  return {{"classes", counts.classes},           {"decisions", counts.decisions},
          {"sets_of_needs", counts.need_sets},   {"rules", counts.rules},
          {"functions", counts.functions},       {"dates", counts.dates},
          {"area_lookups", counts.area_lookups}, {"area_pairs", counts.area_pairs}};
}

Json to_json(const routing::CheckReport& report) {
  Json errors = Json::array();
  Json warnings = Json::array();
  for (const routing::Finding& finding : report.findings) {
    const bool error = finding.severity == routing::Severity::kError;
    (error ? errors : warnings).push_back(to_json(finding));
  }
  Json guarantees = Json::array();
  for (const auto& guarantee : report.guarantees) {
    guarantees.push_back({{"id", guarantee.id.view()},
                          {"holds", guarantee.holds},
                          {"combinations", guarantee.combinations}});
  }
  return {{"errors", std::move(errors)},
          {"warnings", std::move(warnings)},
          {"guarantees", std::move(guarantees)},
          {"combinations", to_json(report.counts)}};
}

void print_findings(const routing::CheckReport& report) {
  for (const routing::Finding& finding : report.findings) {
    const bool warning = finding.severity == routing::Severity::kWarning;
    std::printf("%s%s\n", finding.to_string().c_str(), warning ? " [warning]" : "");
    if (!finding.example) continue;
    std::printf("  example: %s\n", routing::facts_to_json(*finding.example).c_str());
  }
}

void print_covered(const routing::CheckReport& report) {
  const routing::CheckCounts& c = report.counts;
  using Number = unsigned long long;
  std::printf("%llu rules: %llu classes of facts, for each of the needs: %llu decisions\n",
              Number{c.rules}, Number{c.classes}, Number{c.decisions});
  std::printf("owners: %llu classes of facts with sets of needs\n", Number{c.need_sets});
  std::printf(
      "directory: %llu functions, %llu dates: %llu areas by function, level and date; "
      "%llu pairs of areas by function and date\n",
      Number{c.functions}, Number{c.dates}, Number{c.area_lookups}, Number{c.area_pairs});
  for (const auto& guarantee : report.guarantees) {
    std::printf("guarantee %s %s: %llu classes of facts with sets of needs\n",
                guarantee.id.str().c_str(), guarantee.holds ? "holds" : "does not hold",
                Number{guarantee.combinations});
  }
}

using Sources = std::map<std::string, std::string, std::less<>>;

// Rows by what they rest on.
std::map<std::string, std::size_t> count_by_source(const Sources& sources) {
  std::map<std::string, std::size_t> out;
  for (const auto& [id, source] : sources) ++out[source];
  return out;
}

void print_sources(const char* file, const Sources& sources, std::size_t rows) {
  if (sources.empty()) std::printf("%s: no column source\n", file);
  for (const auto& [source, count] : count_by_source(sources)) {
    std::printf("%s: %zu of %zu rows: %s\n", file, count, rows, source.c_str());
  }
}

int run(const Options& options) {
  const auto checked = check_source(options);
  if (!checked) return fail(checked.error());
  const routing::CheckReport& report = checked->report;
  if (!options.examples.empty()) {
    if (auto written = write_examples(options.examples, report); !written) {
      return fail(written.error());
    }
  }
  if (options.json) {
    Json out = to_json(report);
    if (options.sources) {
      out["sources"] = {{"areas.csv", count_by_source(checked->places.area_sources)},
                        {"units.csv", count_by_source(checked->places.unit_sources)}};
    }
    std::printf("%s\n", out.dump(2).c_str());
  } else {
    print_findings(report);
    if (checked->compiled) print_covered(report);
    if (checked->compiled && options.sources) {
      const routing::SourcePlaces& places = checked->places;
      print_sources("areas.csv", places.area_sources, places.areas.size());
      print_sources("units.csv", places.unit_sources, places.units.size());
    }
    std::printf("%zu errors, %zu warnings%s\n", report.errors(), report.warnings(),
                checked->compiled ? "" : "; the table is not checked before the files are right");
  }
  if (report.errors() != 0) return kBadInput;
  return options.strict && report.warnings() != 0 ? kNegative : kOk;
}

}  // namespace

void add_release_check(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("check", "Prove that the table is total");
  const auto options = std::make_shared<Options>();
  const auto from = command.add_option_group("from", "Exactly one of");
  from.add_option("DIR", options->source.folder, "Configuration folder").type_name("");
  const Option release_file =
      from.add_option("--release", options->release, "Release file").type_name("FILE");
  from.require_one_option();
  command.add_option("--registry", options->source.registry, "Folder of registered public keys")
      .type_name("DIR");
  command.add_option("--examples", options->examples, "Folder for the examples").type_name("DIR");
  command.add_flag("--sources", options->sources, "Count what the rows rest on")
      .excludes(release_file);
  command.add_flag("--strict", options->strict, "Warnings count as a no");
  command.add_flag("--json", options->json, "As JSON");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
