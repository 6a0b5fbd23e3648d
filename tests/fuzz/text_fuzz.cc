// Text that people write: facts and the configuration. The first byte chooses the file. A file of
// the configuration is compiled alone and among good ones, and what compiles is checked.
#include <cstdlib>

#include "broker/routing/check.h"
#include "broker/routing/facts_json.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace rujukan;

// A whole configuration of two units.
const routing::ConfigFiles& good_files() {
  static const routing::ConfigFiles files = {
      {"areas.csv",
       "code,parent,level,name,valid_from,valid_until,succeeded_by\n"
       "00,,national,Indonesia,,,\n"
       "11,00,province,Aceh,,,\n"},
      {"units.csv",
       "id,agency,function,level,areas,valid_from,valid_until,successor\n"
       "nation,police,investigation,national,00,,,\n"
       "post,police,investigation,province,11,,,\n"},
      {"routing.toml",
       "[[rule]]\nid = \"R1\"\nneeds = [\"investigation\"]\nfunction = \"investigation\"\n"
       "level = \"province\"\nanchors = [\"victims\"]\n"},
      {"permissions.toml",
       "[[agency]]\nid = \"police\"\nopen_categories = [\"csam\"]\n"
       "request_needs = [\"investigation\"]\nmay_own = true\n"},
      {"deadlines.toml",
       "immediate_accept_within_s = 1\nurgent_accept_within_s = 2\nroutine_accept_within_s = 3\n"}};
  return files;
}

// An example is read back as it was written; a facts file of wrong codes is none.
void try_findings(const std::vector<routing::Finding>& findings) {
  for (const routing::Finding& finding : findings) {
    if (finding.to_string().empty()) std::abort();
    if (!finding.example) continue;
    const auto read = routing::parse_facts(routing::facts_to_json(*finding.example));
    if (!read || read->facts.needs != finding.example->facts.needs) std::abort();
  }
}

void try_configuration(const char* file, const std::string& text) {
  routing::ConfigFiles files = good_files();
  files[file] = text;
  const auto compiled = routing::compile(files, {});
  try_findings(compiled.findings);
  if (!compiled.findings.empty()) return;
  const auto report = routing::check(compiled.release, compiled.places);
  try_findings(report.findings);
  // What compiles is a table, whatever else stands against it.
  if (report.counts.classes == 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const char* const kFiles[] = {"areas.csv",        "units.csv",         "routing.toml",
                                       "permissions.toml", "deadlines.toml",    "keys.csv",
                                       "stations.csv",     "administrators.csv"};
  const std::size_t choice = data[0] % 9;
  const std::string text(as_text({data + 1, size - 1}));
  if (choice == 8) {
    if (const auto facts = routing::parse_facts(text)) {
      if (!is_valid_id(facts->origin.view())) std::abort();
    }
    return 0;
  }
  // Alone it cannot be a whole configuration: there is always something to say.
  const auto compiled = routing::compile({{kFiles[choice], text}}, {});
  if (compiled.findings.empty()) std::abort();
  try_configuration(kFiles[choice], text);
  return 0;
}
