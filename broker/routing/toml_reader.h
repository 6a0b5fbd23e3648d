// Strict reading of one table of a TOML file: every key must be asked for, every value must fit,
// and all that is wrong is reported with its place.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/model/release.h"
#include "broker/routing/findings.h"

namespace rujukan::routing {

// nullopt, with a finding, when the text is not TOML. Requires: check_text passed.
std::optional<toml::table> parse_toml(std::string_view text, FileFindings& findings);

// The getters report a fault and then return an empty value, with which reading may go on.
class TomlReader {
 public:
  // `path` names the table in findings: "rule." or "".
  TomlReader(const toml::table& table, std::string path, FileFindings& findings)
      : table_(table), path_(std::move(path)), findings_(findings) {}

  bool has(std::string_view key) const { return table_.contains(key); }
  // Required.
  std::string text(std::string_view key);
  std::int64_t number(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<bool> optional_flag(std::string_view key);
  // Empty when the key is absent; a value may not stand twice.
  std::vector<std::string> texts(std::string_view key);
  // The tables of an array of tables or of an inline array; none when the key is absent.
  std::vector<TomlReader> tables(std::string_view key);
  // nullopt when the key is absent.
  std::optional<TomlReader> table(std::string_view key);

  // Required; nullopt only with a finding.
  template <typename E>
  std::optional<E> code(std::string_view key) {
    return to_code<E>(key, text(key));
  }
  template <typename E>
  std::vector<E> codes(std::string_view key) {
    std::vector<E> out;
    for (const std::string& name : texts(key)) {
      if (const auto value = to_code<E>(key, name)) out.push_back(*value);
    }
    return out;
  }

  // Counts the key as asked for.
  void ignore(std::string_view key) { asked_.emplace(key); }
  // Reports the keys that nobody asked for. Call once, last.
  void finish();
  // At the key's value, or at the table when the key is absent.
  void refuse(std::string_view key, ErrorCode code, std::string detail);
  Place place() const;

 private:
  const toml::node* ask(std::string_view key);
  template <typename E>
  std::optional<E> to_code(std::string_view key, const std::string& name) {
    const auto value = code_from_name<E>(name);
    if (!value && !name.empty()) {
      refuse(key, ErrorCode::kConfigValue, "not known: " + in_quotes(name));
    }
    return value;
  }

  const toml::table& table_;
  std::string path_;
  FileFindings& findings_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace rujukan::routing
