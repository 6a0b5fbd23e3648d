#include "broker/routing/toml_reader.h"

namespace rujukan::routing {
namespace {

Place place_of(const toml::source_region& source) {
  return {source.begin.line, source.begin.column};
}

}  // namespace

std::optional<toml::table> parse_toml(std::string_view text, FileFindings& findings) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& why) {
    findings.add(place_of(why.source()), ErrorCode::kConfigSyntax, "",
                 std::string(why.description()));
    return std::nullopt;
  }
}

const toml::node* TomlReader::ask(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

Place TomlReader::place() const { return place_of(table_.source()); }

void TomlReader::refuse(std::string_view key, ErrorCode code, std::string detail) {
  const toml::node* node = table_.get(key);
  findings_.add(node == nullptr ? place() : place_of(node->source()), code,
                path_ + std::string(key), std::move(detail));
}

std::string TomlReader::text(std::string_view key) {
  const toml::node* node = ask(key);
  const toml::value<std::string>* value = node == nullptr ? nullptr : node->as_string();
  if (node == nullptr) {
    refuse(key, ErrorCode::kConfigMissing, "required");
  } else if (value == nullptr || value->get().empty()) {
    refuse(key, ErrorCode::kConfigValue, "must be a string that is not empty");
  }
  return value == nullptr ? std::string() : value->get();
}

std::int64_t TomlReader::number(std::string_view key, std::int64_t least, std::int64_t most) {
  const toml::node* node = ask(key);
  if (node == nullptr) {
    refuse(key, ErrorCode::kConfigMissing, "required");
    return least;
  }
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= least && *value <= most) return *value;
  refuse(key, ErrorCode::kConfigValue,
         "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

std::optional<bool> TomlReader::optional_flag(std::string_view key) {
  const toml::node* node = ask(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<bool>();
  if (!value) refuse(key, ErrorCode::kConfigValue, "must be true or false");
  return value;
}

std::vector<std::string> TomlReader::texts(std::string_view key) {
  const toml::node* node = ask(key);
  if (node == nullptr) return {};
  const toml::array* array = node->as_array();
  if (array == nullptr || (!array->empty() && !array->is_homogeneous<std::string>())) {
    refuse(key, ErrorCode::kConfigValue, "must be a list of strings");
    return {};
  }
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const toml::node& element : *array) {
    const std::string& value = element.as_string()->get();
    if (value.empty()) {
      refuse(key, ErrorCode::kConfigValue, "an empty string");
    } else if (seen.insert(value).second) {
      out.push_back(value);
    } else {
      refuse(key, ErrorCode::kConfigDuplicate, "stands twice: " + in_quotes(value));
    }
  }
  return out;
}

std::vector<TomlReader> TomlReader::tables(std::string_view key) {
  const toml::node* node = ask(key);
  if (node == nullptr) return {};
  const toml::array* array = node->as_array();
  if (array == nullptr || (!array->empty() && !array->is_array_of_tables())) {
    refuse(key, ErrorCode::kConfigValue, "must be a list of tables");
    return {};
  }
  std::vector<TomlReader> out;
  for (const toml::node& element : *array) {
    out.emplace_back(*element.as_table(), path_ + std::string(key) + ".", findings_);
  }
  return out;
}

std::optional<TomlReader> TomlReader::table(std::string_view key) {
  const toml::node* node = ask(key);
  if (node == nullptr) return std::nullopt;
  if (node->as_table() == nullptr) {
    refuse(key, ErrorCode::kConfigValue, "must be a table");
    return std::nullopt;
  }
  return TomlReader(*node->as_table(), path_ + std::string(key) + ".", findings_);
}

void TomlReader::finish() {
  for (const auto& [key, node] : table_) {
    if (asked_.contains(key.str())) continue;
    findings_.add(place_of(key.source()), ErrorCode::kConfigUnknownKey,
                  path_ + in_quotes(key.str()), "");
  }
}

}  // namespace rujukan::routing
