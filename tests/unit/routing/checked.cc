#include "tests/unit/routing/checked.h"

#include <algorithm>

namespace rujukan::routing {
namespace {

// Holds for every table that is built.
constexpr const char* kPromise = "[[guarantee]]\nid = \"last\"\nterminal_level = [\"national\"]\n";

}  // namespace

ConfigFiles total() {
  ConfigFiles files = small();
  files["units.csv"] =
      "id,agency,function,level,areas,valid_from,valid_until,successor\n"
      "nation,police,investigation,national,00,,,\n"
      "province,police,investigation,province,11,,,\n"
      "post,police,investigation,regency,11.01,,,\n"
      "centre,care,protection,national,00,,,\n"
      "watch,kpai,oversight,national,00,,,\n";
  files["routing.toml"] = std::string(
                              "[[rule]]\n"
                              "id = \"R1\"\n"
                              "needs = [\"investigation\"]\n"
                              "function = \"investigation\"\n"
                              "level = \"regency\"\n"
                              "anchors = [\"victims\"]\n"
                              "[[rule]]\n"  // line 7
                              "id = \"R2\"\n"
                              "needs = [") +
                          kOtherNeeds +
                          "]\n"
                          "function = \"protection\"\n"
                          "level = \"national\"\n" +
                          kPromise;
  files["deadlines.toml"] =
      "immediate_accept_within_s = 60\n"
      "urgent_accept_within_s = 120\n"
      "routine_accept_within_s = 180\n";
  std::string& permissions = files["permissions.toml"];
  permissions.clear();
  for (const char* agency : {"police", "care", "kpai"}) {
    permissions += std::string("[[agency]]\nid = \"") + agency +
                   "\"\nopen_categories = " + kAllCategories +
                   "\nrequest_needs = [\"investigation\", " + kOtherNeeds +
                   "]\nmay_own = " + (agency[0] == 'k' ? "false" : "true") + "\n";
  }
  return files;
}

ConfigFiles changed(const std::string& file, const std::string& old_text, const std::string& text) {
  return replaced(total(), file, old_text, text);
}

ConfigFiles extended(const std::string& file, const std::string& text) {
  ConfigFiles files = total();
  std::string& bytes = files[file];
  bytes.insert(std::min(bytes.find(kPromise), bytes.size()), text);
  return files;
}

Checked::Checked(const ConfigFiles& files, const Validity& validity) {
  BuildFacts facts;
  facts.validity = validity;
  Compiled compiled = compile(files, facts);
  for (const Finding& finding : compiled.findings) FAIL(finding.to_string());
  report = check(compiled.release, compiled.places);
  auto built = RoutingTable::build(std::move(compiled.release));
  REQUIRE(built.ok());
  table = *built;
}

Texts Checked::findings() const {
  Texts out;
  for (const Finding& f : report.findings) {
    out.push_back((f.severity == Severity::kWarning ? "W " : "") + f.file + ":" +
                  std::to_string(f.line) + ":" + std::to_string(f.column) + " " +
                  std::string(name_of(f.error.code)) + " " + f.error.field);
  }
  return out;
}

FactsFile Checked::example(ErrorCode code) const {
  const Finding* found = nullptr;
  for (const Finding& finding : report.findings) {
    if (finding.error.code != code) continue;
    REQUIRE(found == nullptr);
    found = &finding;
  }
  REQUIRE(found != nullptr);
  REQUIRE(found->example.has_value());
  const auto parsed = parse_facts(facts_to_json(*found->example));
  REQUIRE(parsed.ok());
  REQUIRE(*parsed == *found->example);
  REQUIRE(table->unit(parsed->origin) != nullptr);
  return *parsed;
}

Result<Route> Checked::routed(ErrorCode code) const {
  const FactsFile file = example(code);
  return table->route(file.facts, file.at);
}

std::string Checked::detail(std::size_t finding) const {
  return report.findings.at(finding).error.detail;
}

}  // namespace rujukan::routing
