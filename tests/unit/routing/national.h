// The configuration of config/, read and compiled once for all tests of this folder.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "broker/routing/compile.h"
#include "broker/routing/table.h"

namespace rujukan::routing {

inline std::string read_config_file(const std::string& name) {
  std::ifstream in(std::string(RUJUKAN_SOURCE_DIR "/config/") + name, std::ios::binary);
  if (!in) throw std::runtime_error("no " + name);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline const ConfigFiles& national_files() {
  static const ConfigFiles files = [] {
    ConfigFiles all;
    for (const char* name :
         {"areas.csv", "units.csv", "routing.toml", "permissions.toml", "deadlines.toml"}) {
      all[name] = read_config_file(name);
    }
    return all;
  }();
  return files;
}

inline std::shared_ptr<const RoutingTable> table_of(const ConfigFiles& files) {
  Compiled compiled = compile(files, {});
  if (!compiled.findings.empty()) throw std::runtime_error(compiled.findings[0].to_string());
  auto table = RoutingTable::build(std::move(compiled.release));
  if (!table) throw std::runtime_error(to_string(table.error()));
  return *table;
}

inline const RoutingTable& national_table() {
  static const std::shared_ptr<const RoutingTable> table = table_of(national_files());
  return *table;
}

inline TimeUs day(const char* text) { return parse_time(text).value(); }
inline const TimeUs kNow = day("2026-03-01");

inline std::vector<AreaCode> areas(std::initializer_list<const char*> codes) {
  return {codes.begin(), codes.end()};
}

// Texts of ids, which Catch2 can print.
template <typename Ids>
std::vector<std::string> texts(const Ids& ids) {
  std::vector<std::string> out;
  for (const auto& id : ids) out.push_back(id.str());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace rujukan::routing
