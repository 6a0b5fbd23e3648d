#include "adapters/gateway/mapping_reader.h"

namespace rujukan::gateway {

Result<void> Mapping::Reader::read() {
  read_codes();
  read_targets("sender");
  read_targets("facts");
  read_evidence();
  read_narrative();
  refuse_unused_codes();
  finish(root_);
  if (fault_) return *fault_;
  return {};
}

void Mapping::Reader::finish(TomlTable& table) {
  const auto end = table.finish();
  if (!end && !fault_) fault_ = end.error();
}

std::optional<TomlTable> Mapping::Reader::table_of(TomlTable& table, const std::string& key,
                                                   bool required) {
  auto tables = table.tables(key);
  if (tables.size() == 1) return std::move(tables.front());
  if (!tables.empty()) table.refuse(ErrorCode::kConfigValue, key, "must be one table");
  if (required && !table.has(key)) table.refuse(ErrorCode::kConfigMissing, key, "");
  return std::nullopt;
}

void Mapping::Reader::read_codes() {
  codes_table_ = table_of(root_, "codes", false);
  if (!codes_table_) return;
  for (const std::string& name : codes_table_->keys()) {
    auto table = table_of(*codes_table_, name, true);
    if (!table) continue;
    CodeTable& codes = mapping_.codes_[name];
    for (const std::string& code : table->keys()) codes[code] = table->values(code);
    finish(*table);
  }
}

void Mapping::Reader::read_targets(const std::string& section) {
  auto table = table_of(root_, section, true);
  if (!table) return;
  for (const Target& target : all_targets()) {
    if (!target.name.starts_with(section + ".")) continue;
    auto source =
        table_of(*table, std::string(target.name.substr(section.size() + 1)), target.required);
    if (source) mapping_.targets_.emplace(target.name, read_source(target, *source));
  }
  finish(*table);
}

ValueSource Mapping::Reader::read_source(const Target& target, TomlTable& table) {
  ValueSource source;
  if (table.has("constant")) {
    source.constant = table.values("constant");
    check_values(target, source.constant, table, "constant");
    finish(table);
    return source;
  }
  source.from = read_path(table, "from");
  source.from_text = table.text("from");
  source.codes = table.text_or("codes", "");
  if (!source.codes.empty()) check_codes(target, source.codes, table);
  if (table.has("default")) {
    source.otherwise = table.values("default");
    check_values(target, *source.otherwise, table, "default");
  }
  source.prefix = table.text_or("prefix", "");
  source.undotted = table.flag_or("undotted", false);
  if (!source.codes.empty() && (source.undotted || !source.prefix.empty())) {
    table.refuse(ErrorCode::kConfigValue, "codes", "excludes prefix and undotted");
  }
  source.disagree = table.text_or("disagree", "");
  if (!source.disagree.empty()) check_values(target, {source.disagree}, table, "disagree");
  if (!source.disagree.empty() && target.list) {
    table.refuse(ErrorCode::kConfigValue, "disagree", "is for targets of one value");
  }
  finish(table);
  return source;
}

void Mapping::Reader::check_values(const Target& target, const std::vector<std::string>& values,
                                   TomlTable& table, const std::string& key) {
  if (!target.list && values.size() != 1) {
    table.refuse(ErrorCode::kConfigValue, key, "must give exactly one value");
  }
  for (const std::string& value : values) {
    if (!target.valid(value)) {
      table.refuse(ErrorCode::kConfigValue, key,
                   "'" + value + "' is no value of " + std::string(target.name));
    }
  }
}

void Mapping::Reader::check_codes(const Target& target, const std::string& name, TomlTable& table) {
  const auto codes = mapping_.codes_.find(name);
  if (codes == mapping_.codes_.end()) {
    table.refuse(ErrorCode::kConfigReference, "codes", "there is no [codes." + name + "]");
    return;
  }
  used_codes_.insert(name);
  for (const auto& [code, values] : codes->second) check_values(target, values, table, "codes");
}

JsonPath Mapping::Reader::read_path(TomlTable& table, const std::string& key) {
  auto path = JsonPath::parse(table.text(key));
  if (path) return *std::move(path);
  table.refuse(path.error().code, key, path.error().detail);
  return JsonPath();
}

void Mapping::Reader::read_evidence() {
  auto table = table_of(root_, "evidence", false);
  if (!table) return;
  const auto source = [this, &table](const std::string& key) {
    auto fields = table_of(*table, key, true);
    return fields ? read_source(target_named("evidence." + key), *fields) : ValueSource();
  };
  const JsonPath each = read_path(*table, "each");
  const bool optional = table->flag_or("optional", false);
  mapping_.evidence_ =
      EvidenceFields{each, optional, source("digest"), source("kind"), source("custodian")};
  finish(*table);
}

void Mapping::Reader::read_narrative() {
  auto table = table_of(root_, "narrative", true);
  if (!table) return;
  for (const std::string& name : table->keys()) {
    if (table->is_text(name)) {
      mapping_.narrative_.push_back({name, read_path(*table, name), false});
      continue;
    }
    auto field = table_of(*table, name, true);
    if (!field) continue;
    const JsonPath from = read_path(*field, "from");
    mapping_.narrative_.push_back({name, from, field->flag_or("optional", false)});
    finish(*field);
  }
  finish(*table);
}

void Mapping::Reader::refuse_unused_codes() {
  if (!codes_table_) return;
  for (const auto& [name, codes] : mapping_.codes_) {
    if (!used_codes_.contains(name)) {
      codes_table_->refuse(ErrorCode::kConfigReference, name, "nothing uses this code table");
    }
  }
  finish(*codes_table_);
}

}  // namespace rujukan::gateway
