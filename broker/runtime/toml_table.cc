#include "broker/runtime/toml_table.h"

#include <toml++/toml.h>

#include <optional>

namespace rujukan {
namespace {

// Of the longest setting; 32 bytes take 43 characters in base64 and 64 in hexadecimal.
constexpr std::size_t kNameLength = 32;

}  // namespace

struct TomlTable::Content {
  toml::table table;
  std::string source;
  std::set<std::string, std::less<>> asked;
  std::optional<Error> first_error;

  const toml::node* ask(std::string_view key) {
    asked.emplace(key);
    return table.get(key);
  }
  std::string field(std::string_view key) const { return source + ": " + std::string(key); }
  // A setting's name says which it is; anything else may be a key that was pasted there.
  static bool is_name(std::string_view key) {
    return key.size() <= kNameLength &&
           key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  }
  // "" for an absent key. Copies of a table keep the places of its keys, not those of its nodes.
  std::string line_of(std::string_view key) const {
    const auto at = table.find(key);
    if (at == table.end()) return "";
    return "line " + std::to_string(at->first.source().begin.line);
  }
};

TomlTable::TomlTable(std::unique_ptr<Content> content) : content_(std::move(content)) {}
TomlTable::TomlTable(TomlTable&&) noexcept = default;
TomlTable& TomlTable::operator=(TomlTable&&) noexcept = default;
TomlTable::~TomlTable() = default;

Result<TomlTable> TomlTable::parse(std::string_view text, std::string source) {
  try {
    auto content = std::make_unique<Content>();
    content->table = toml::parse(text);
    content->source = std::move(source);
    return TomlTable(std::move(content));
  } catch (const toml::parse_error& why) {
    const auto at = why.source().begin;
    return Error{ErrorCode::kConfigSyntax, std::move(source),
                 "line " + std::to_string(at.line) + ", column " + std::to_string(at.column)};
  }
}

bool TomlTable::has(std::string_view key) const { return content_->table.contains(key); }

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> out;
  for (const auto& [key, node] : content_->table) out.emplace_back(key.str());
  return out;
}

bool TomlTable::is_text(std::string_view key) const {
  const toml::node* node = content_->table.get(key);
  return node != nullptr && node->is_string();
}

std::string TomlTable::text(std::string_view key) {
  if (!has(key)) refuse(ErrorCode::kConfigMissing, key, "");
  std::string value = text_or(key, "");
  if (value.empty()) refuse(ErrorCode::kConfigValue, key, "must not be empty");
  return value;
}

std::string TomlTable::text_or(std::string_view key, std::string_view fallback) {
  const toml::node* node = content_->ask(key);
  if (node == nullptr) return std::string(fallback);
  const auto value = node->value_exact<std::string>();
  if (!value) refuse(ErrorCode::kConfigValue, key, "must be a string");
  return value.value_or(std::string(fallback));
}

std::int64_t TomlTable::number_or(std::string_view key, std::int64_t fallback, std::int64_t least,
                                  std::int64_t most) {
  const toml::node* node = content_->ask(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) {
    refuse(ErrorCode::kConfigValue, key,
           "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
    return fallback;
  }
  return *value;
}

bool TomlTable::flag_or(std::string_view key, bool fallback) {
  const toml::node* node = content_->ask(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<bool>();
  if (!value) refuse(ErrorCode::kConfigValue, key, "must be true or false");
  return value.value_or(fallback);
}

std::array<std::uint8_t, 32> TomlTable::key_bytes(std::string_view key) {
  const auto decoded = from_base64(text(key));
  const auto bytes = decoded ? to_array<32>(*decoded) : std::nullopt;
  if (!bytes) refuse(ErrorCode::kConfigValue, key, "must be 32 bytes in base64");
  return bytes.value_or(std::array<std::uint8_t, 32>{});
}

std::vector<std::string> TomlTable::texts_or_none(std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = content_->ask(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr || (!array->empty() && !array->is_homogeneous<std::string>())) {
    refuse(ErrorCode::kConfigValue, key, "must be a list of strings");
    return out;
  }
  for (const toml::node& element : *array) out.push_back(element.as_string()->get());
  return out;
}

std::vector<std::string> TomlTable::values(std::string_view key) {
  const toml::node* node = content_->ask(key);
  if (node == nullptr) {
    refuse(ErrorCode::kConfigMissing, key, "");
    return {};
  }
  if (const auto text = node->value_exact<std::string>()) return {*text};
  if (const auto flag = node->value_exact<bool>()) return {*flag ? "true" : "false"};
  return texts_or_none(key);
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  std::vector<TomlTable> out;
  const toml::node* node = content_->ask(key);
  if (node == nullptr) return out;
  const auto add = [&](const toml::table& table, std::string source) {
    auto content = std::make_unique<Content>();
    content->table = table;
    content->source = std::move(source);
    out.push_back(TomlTable(std::move(content)));
  };
  const toml::array* array = node->as_array();
  if (const toml::table* table = node->as_table()) {
    add(*table, content_->source + ": [" + std::string(key) + "]");
  } else if (array != nullptr && array->is_array_of_tables()) {
    for (const toml::node& element : *array) {
      add(*element.as_table(),
          content_->source + ": [[" + std::string(key) + "]] " + std::to_string(out.size() + 1));
    }
  } else {
    refuse(ErrorCode::kConfigValue, key, "must be a table");
  }
  return out;
}

void TomlTable::refuse(ErrorCode code, std::string_view key, std::string detail) {
  if (content_->first_error) return;
  const std::string line = content_->line_of(key);
  if (!line.empty()) detail = detail.empty() ? line : line + ": " + detail;
  content_->first_error = Error{code, content_->field(key), std::move(detail)};
}

Result<void> TomlTable::finish() {
  for (const auto& [key, node] : content_->table) {
    if (!content_->asked.contains(key.str())) {
      if (content_->first_error) break;
      const std::string_view name = Content::is_name(key) ? key.str() : "a key that is no setting";
      content_->first_error =
          Error{ErrorCode::kConfigUnknownKey, content_->field(name), content_->line_of(key.str())};
    }
  }
  if (content_->first_error) return *content_->first_error;
  return {};
}

}  // namespace rujukan
