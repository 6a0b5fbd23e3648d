// Reads a mapping file. Private to the mapping.
#pragma once

#include <set>

#include "adapters/gateway/mapping.h"
#include "broker/runtime/toml_table.h"

namespace rujukan::gateway {

class Mapping::Reader {
 public:
  Reader(TomlTable root, Mapping& mapping) : root_(std::move(root)), mapping_(mapping) {}

  // Errors: config.*.
  Result<void> read();

 private:
  // The table of [key]; nullopt, with a fault when it is required, when it is absent.
  std::optional<TomlTable> table_of(TomlTable& table, const std::string& key, bool required);
  void read_codes();
  // Every target of the section, from the table of that name.
  void read_targets(const std::string& section);
  void read_evidence();
  void read_narrative();
  ValueSource read_source(const Target& target, TomlTable& table);
  void check_values(const Target& target, const std::vector<std::string>& values, TomlTable& table,
                    const std::string& key);
  void check_codes(const Target& target, const std::string& name, TomlTable& table);
  JsonPath read_path(TomlTable& table, const std::string& key);
  void refuse_unused_codes();
  // Ends the reading of a table; the first fault of the file is kept.
  void finish(TomlTable& table);

  TomlTable root_;
  std::optional<TomlTable> codes_table_;
  Mapping& mapping_;
  std::set<std::string> used_codes_;
  std::optional<Error> fault_;
};

}  // namespace rujukan::gateway
