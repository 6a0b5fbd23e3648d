#include "ops/cli/config_folder.h"

#include <cstdio>

#include "broker/base/limits.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/file.h"
#include "ops/cli/cli.h"

namespace rujukan::cli {
namespace {

constexpr const char* kConfigFiles[] = {"areas.csv", "units.csv", "routing.toml",
                                        "permissions.toml", "deadlines.toml"};
constexpr const char* kRegistryFiles[] = {"keys.csv", "stations.csv", "administrators.csv"};

Result<void> add_file(routing::ConfigFiles& files, const std::string& name,
                      const std::filesystem::path& path) {
  auto bytes = read_file(path, limits::kConfigFileBytes);
  if (!bytes) return bytes.error();
  files[name] = std::move(*bytes);
  return {};
}

}  // namespace

Result<routing::ConfigFiles> read_config(const ConfigSource& source) {
  routing::ConfigFiles files;
  for (const char* name : kConfigFiles) {
    const bool replaced = !source.deadlines.empty() && std::string_view(name) == "deadlines.toml";
    const auto added = add_file(files, name, replaced ? source.deadlines : source.folder / name);
    if (!added) return added.error();
  }
  // A configuration of an earlier version has none.
  if (const auto list = source.folder / "legal_bases.toml"; std::filesystem::exists(list)) {
    const auto added = add_file(files, "legal_bases.toml", list);
    if (!added) return added.error();
  }
  if (source.registry.empty()) return files;
  for (const char* name : kRegistryFiles) {
    const std::filesystem::path path = source.registry / name;
    // Each of these files begins to exist with its first key.
    if (!std::filesystem::exists(path)) continue;
    const auto added = add_file(files, name, path);
    if (!added) return added.error();
  }
  return files;
}

std::optional<Release> load_release(const ConfigSource& source, const routing::BuildFacts& facts) {
  const auto files = read_config(source);
  if (!files) {
    fail(files.error());
    return std::nullopt;
  }
  routing::Compiled compiled = routing::compile(*files, facts);
  if (compiled.findings.empty()) return std::move(compiled.release);
  for (const routing::Finding& finding : compiled.findings) {
    std::fprintf(stderr, "rujukan: %s\n", finding.to_string().c_str());
  }
  return std::nullopt;
}

Result<CheckedRelease> check_config(const ConfigSource& source, const routing::BuildFacts& facts) {
  const auto files = read_config(source);
  if (!files) return files.error();
  routing::Compiled compiled = routing::compile(*files, facts);
  if (compiled.findings.empty()) {
    SystemClock clock;
    const TimeUs at = compiled.release.validity.from.value_or(clock.now());
    auto report = routing::check(compiled.release, compiled.places, at);
    return CheckedRelease{std::move(compiled.release), std::move(report),
                          std::move(compiled.places)};
  }
  CheckedRelease refused;
  refused.report.findings = std::move(compiled.findings);
  refused.compiled = false;
  return refused;
}

bool refuse_errors(const routing::CheckReport& report) {
  for (const routing::Finding& finding : report.findings) {
    if (finding.severity != routing::Severity::kError) continue;
    std::fprintf(stderr, "rujukan: %s\n", finding.to_string().c_str());
    if (!finding.example) continue;
    std::fprintf(stderr, "  example: %s\n", routing::facts_to_json(*finding.example).c_str());
  }
  return report.errors() != 0;
}

}  // namespace rujukan::cli
