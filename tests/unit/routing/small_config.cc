#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {

ConfigFiles small() {
  return {{"areas.csv",
           "code,parent,level,name,valid_from,valid_until,succeeded_by\n"
           "00,,national,Indonesia,,,\n"
           "11,00,province,Aceh,,,\n"
           "11.01,11,regency,Kabupaten A,,,\n"
           "11.02,11,regency,Kabupaten B,,2022-07-25,11.01\n"},
          {"units.csv",
           "id,agency,function,level,areas,valid_from,valid_until,successor\n"
           "nation,police,investigation,national,00,,,\n"
           "post,police,investigation,regency,11.01,,,\n"
           "kpai,kpai,oversight,national,00,,,\n"},
          {"routing.toml",
           "[[rule]]\n"
           "id = \"R1\"\n"
           "needs = [\"investigation\"]\n"
           "function = \"investigation\"\n"
           "level = \"regency\"\n"
           "anchors = [\"victims\"]\n"},
          {"permissions.toml",
           "[[agency]]\n"
           "id = \"police\"\n"
           "open_categories = [\"csam\"]\n"
           "request_needs = [\"investigation\"]\n"
           "may_own = true\n"
           "[[agency]]\n"
           "id = \"kpai\"\n"
           "open_categories = []\n"
           "request_needs = []\n"
           "may_own = false\n"},
          {"deadlines.toml",
           "immediate_accept_within_s = 1\n"
           "urgent_accept_within_s = 2\n"
           "routine_accept_within_s = 3\n"}};
}

Texts findings(const ConfigFiles& files, const BuildFacts& facts) {
  Texts out;
  for (const Finding& finding : compile(files, facts).findings) {
    const Error& e = finding.error;
    out.push_back(finding.file + ":" + std::to_string(finding.line) + ":" +
                  std::to_string(finding.column) + " " + std::string(name_of(e.code)) + " " +
                  e.field);
  }
  return out;
}

ConfigFiles with(const std::string& file, const std::string& text) {
  ConfigFiles files = small();
  files[file] = text;
  return files;
}

ConfigFiles replaced(ConfigFiles files, const std::string& file, const std::string& old_text,
                     const std::string& text) {
  std::string& bytes = files[file];
  const std::size_t at = bytes.find(old_text);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, old_text.size(), text);
  return files;
}

ConfigFiles edited(const std::string& file, const std::string& old_text, const std::string& text) {
  return replaced(small(), file, old_text, text);
}

ConfigFiles appended(const std::string& file, const std::string& text) {
  ConfigFiles files = small();
  files[file] += text;
  return files;
}

}  // namespace rujukan::routing
