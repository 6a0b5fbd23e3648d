#include <cstdio>
#include <nlohmann/json.hpp>

#include "ops/cli/describe.h"

namespace rujukan::cli {
namespace {

std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

bool is_flat(const Json& value) {
  if (!value.is_structured()) return true;
  if (!value.is_array()) return false;
  for (const Json& item : value) {
    if (item.is_structured()) return false;
  }
  return true;
}

std::string flat(const Json& value) {
  if (!value.is_array()) return plain(value);
  std::string line;
  for (const Json& item : value) line += (line.empty() ? "" : " ") + plain(item);
  return line.empty() ? "-" : line;
}

void append(std::string& out, const Json& json, std::size_t depth, bool first_inline);

void append_field(std::string& out, const std::string& key, const Json& value, std::size_t depth,
                  bool indented) {
  if (indented) out.append(depth * 2, ' ');
  out += key + ":";
  if (is_flat(value)) {
    out += " " + flat(value) + "\n";
  } else {
    out += "\n";
    append(out, value, depth + 1, false);
  }
}

// Requires: json is an object or an array of structures. `first_inline`: the first line continues
// one that is begun.
void append(std::string& out, const Json& json, std::size_t depth, bool first_inline) {
  bool indented = !first_inline;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      append_field(out, key, value, depth, indented);
      indented = true;
    }
    return;
  }
  for (const Json& item : json) {
    out.append(depth * 2, ' ');
    out += "- ";
    if (is_flat(item)) {
      out += flat(item) + "\n";
    } else {
      append(out, item, depth + 1, true);
    }
  }
}

}  // namespace

std::string to_outline(const Json& json) {
  if (is_flat(json)) return flat(json) + "\n";
  std::string out;
  append(out, json, 0, false);
  return out;
}

void print(const Json& json, bool as_json) {
  const std::string text = as_json ? json.dump(2) + "\n" : to_outline(json);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace rujukan::cli
