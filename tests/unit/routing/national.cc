#include "tests/unit/routing/national.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rujukan::routing {

std::string read_config_file(const std::string& name) {
  std::ifstream in(std::string(RUJUKAN_SOURCE_DIR "/config/") + name, std::ios::binary);
  if (!in) throw std::runtime_error("no " + name);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const ConfigFiles& national_files() {
  static const ConfigFiles files = [] {
    ConfigFiles all;
    for (const char* name : {"areas.csv", "units.csv", "routing.toml", "permissions.toml",
                             "deadlines.toml", "legal_bases.toml"}) {
      all[name] = read_config_file(name);
    }
    return all;
  }();
  return files;
}

std::shared_ptr<const RoutingTable> table_of(const ConfigFiles& files) {
  Compiled compiled = compile(files, {});
  if (!compiled.findings.empty()) throw std::runtime_error(compiled.findings[0].to_string());
  auto table = RoutingTable::build(std::move(compiled.release));
  if (!table) throw std::runtime_error(to_string(table.error()));
  return *table;
}

const RoutingTable& national_table() {
  static const std::shared_ptr<const RoutingTable> table = table_of(national_files());
  return *table;
}

TimeUs day(const char* text) { return parse_time(text).value(); }

std::vector<AreaCode> areas(std::initializer_list<const char*> codes) {
  return {codes.begin(), codes.end()};
}

}  // namespace rujukan::routing
