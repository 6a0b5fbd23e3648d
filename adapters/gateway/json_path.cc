#include "adapters/gateway/json_path.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace rujukan::gateway {
namespace {

using nlohmann::json;

constexpr std::string_view kWildcard = "*";

// "~0" is '~' and "~1" is '/'. Errors: nullopt for any other use of '~'.
std::optional<std::string> unescape(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (i + 1 == token.size() || (token[i + 1] != '0' && token[i + 1] != '1')) return std::nullopt;
    out += token[++i] == '0' ? '~' : '/';
  }
  return out;
}

std::string escape(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

// nullptr when `value` has no such member or element.
const json* step(const json& value, const std::string& token) {
  if (value.is_object()) {
    const auto member = value.find(token);
    return member == value.end() ? nullptr : &*member;
  }
  if (!value.is_array()) return nullptr;
  std::size_t index = 0;
  const auto [end, fault] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool whole = fault == std::errc() && end == token.data() + token.size();
  return whole && index < value.size() ? &value[index] : nullptr;
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  JsonPath path;
  if (text.empty() || text[0] != '/') {
    return Error{ErrorCode::kConfigValue, "", "a JSON pointer starts with '/'"};
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/', 1), text.size());
    const auto token = unescape(text.substr(1, end - 1));
    if (!token) return Error{ErrorCode::kConfigValue, "", "'~' stands before 0 or 1 only"};
    path.tokens_.push_back(*token);
    text.remove_prefix(end);
  }
  return path;
}

bool JsonPath::has_wildcard() const {
  return std::find(tokens_.begin(), tokens_.end(), kWildcard) != tokens_.end();
}

FoundValues JsonPath::find(const json& document) const {
  FoundValues out;
  out.values.push_back({"", &document});
  for (const std::string& token : tokens_) {
    std::vector<FoundValue> next;
    for (const FoundValue& from : out.values) {
      const auto found = [&out, &next](std::string at, const json* value) {
        if (value == nullptr || value->is_null()) {
          out.missing.push_back(std::move(at));
        } else {
          next.push_back({std::move(at), value});
        }
      };
      if (token != kWildcard) {
        found(from.at + "/" + escape(token), step(*from.value, token));
      } else if (!from.value->is_array()) {
        found(from.at + "/*", nullptr);
      } else {
        for (std::size_t i = 0; i < from.value->size(); ++i) {
          found(from.at + "/" + std::to_string(i), &(*from.value)[i]);
        }
      }
    }
    out.values = std::move(next);
  }
  return out;
}

}  // namespace rujukan::gateway
