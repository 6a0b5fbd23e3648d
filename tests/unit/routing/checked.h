// A configuration against which nothing stands, and the check's findings as short texts.
#pragma once

#include "broker/routing/check.h"
#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {

inline const char* const kAllCategories =
    "[\"grooming\", \"sexual_extortion\", \"csam\", \"livestreamed_abuse\", "
    "\"self_generated_imagery\", \"online_harassment\", \"trafficking\", \"sexual_exploitation\", "
    "\"contact_sexual_abuse\", \"physical_violence\", \"psychological_violence\", \"neglect\", "
    "\"economic_exploitation\", \"property_crime\"]";
inline const char* const kOtherNeeds =
    "\"protection\", \"psychological\", \"shelter\", \"legal_aid\", \"rehabilitation\", "
    "\"medical\", \"takedown\", \"prosecution\", \"witness_protection\"";

// Investigation is of the police, in 11.01 by a post and in the rest of 11 by the province; all
// else is of one national centre. The watch may not own.
inline ConfigFiles total() {
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
                          "level = \"national\"\n";
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

// total() with the first `old_text` of a file replaced.
inline ConfigFiles changed(const std::string& file, const std::string& old_text,
                           const std::string& text) {
  ConfigFiles files = total();
  std::string& bytes = files[file];
  const std::size_t at = bytes.find(old_text);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, old_text.size(), text);
  return files;
}

inline ConfigFiles extended(const std::string& file, const std::string& text) {
  ConfigFiles files = total();
  files[file] += text;
  return files;
}

// A check of files that compile.
struct Checked {
  explicit Checked(const ConfigFiles& files, const Validity& validity = {}) {
    BuildFacts facts;
    facts.validity = validity;
    Compiled compiled = compile(files, facts);
    for (const Finding& finding : compiled.findings) FAIL(finding.to_string());
    report = check(compiled.release, compiled.places);
    auto built = RoutingTable::build(std::move(compiled.release));
    REQUIRE(built.ok());
    table = *built;
  }

  // "routing.toml:1:1 table.no_rule field", warnings with a W before.
  Texts findings() const {
    Texts out;
    for (const Finding& f : report.findings) {
      out.push_back((f.severity == Severity::kWarning ? "W " : "") + f.file + ":" +
                    std::to_string(f.line) + ":" + std::to_string(f.column) + " " +
                    std::string(name_of(f.error.code)) + " " + f.error.field);
    }
    return out;
  }
  // The example of the only finding of the code, as it is read back.
  FactsFile example(ErrorCode code) const {
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
  Result<Route> routed(ErrorCode code) const {
    const FactsFile file = example(code);
    return table->route(file.facts, file.at);
  }
  std::string detail(std::size_t finding = 0) const {
    return report.findings.at(finding).error.detail;
  }

  CheckReport report;
  std::shared_ptr<const RoutingTable> table;
};

}  // namespace rujukan::routing
