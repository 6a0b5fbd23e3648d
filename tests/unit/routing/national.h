// The configuration of config/, read and compiled once for all tests of this folder.
#pragma once

#include <initializer_list>

#include "broker/routing/compile.h"
#include "broker/routing/table.h"

namespace rujukan::routing {

std::string read_config_file(const std::string& name);

const ConfigFiles& national_files();

std::shared_ptr<const RoutingTable> table_of(const ConfigFiles& files);

const RoutingTable& national_table();

TimeUs day(const char* text);
inline const TimeUs kNow = day("2026-03-01");

std::vector<AreaCode> areas(std::initializer_list<const char*> codes);

// Texts of ids, which Catch2 can print.
template <typename Ids>
std::vector<std::string> texts(const Ids& ids) {
  std::vector<std::string> out;
  for (const auto& id : ids) out.push_back(id.str());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace rujukan::routing
