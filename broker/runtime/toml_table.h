// Reads one table of a TOML file strictly: every key must be asked for, every value must fit.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/bytes.h"
#include "broker/base/result.h"

namespace rujukan {

// Getters never fail one by one: the first error is kept and returned by finish(), which must be
// called once after the last getter. One thread.
class TomlTable {
 public:
  // `source` names the file in errors. Errors: config.syntax (line and column in the detail).
  static Result<TomlTable> parse(std::string_view text, std::string source);
  TomlTable(TomlTable&&) noexcept;
  TomlTable& operator=(TomlTable&&) noexcept;
  ~TomlTable();

  bool has(std::string_view key) const;
  // Of tables whose keys are data; in the order of the alphabet.
  std::vector<std::string> keys() const;
  // Whether the key holds a string.
  bool is_text(std::string_view key) const;
  // Required and not empty.
  std::string text(std::string_view key);
  std::string text_or(std::string_view key, std::string_view fallback);
  // [least, most], in the unit of the key's name.
  std::int64_t number_or(std::string_view key, std::int64_t fallback, std::int64_t least,
                         std::int64_t most);
  bool flag_or(std::string_view key, bool fallback);
  // Required: canonical base64 of 32 bytes.
  std::array<std::uint8_t, 32> key_bytes(std::string_view key);
  std::vector<std::string> texts_or_none(std::string_view key);
  // Required: a list of strings, or one string or flag as a list of one.
  std::vector<std::string> values(std::string_view key);
  // The tables of [[key]], or of [key]; none when the key is absent. Each has its own finish().
  std::vector<TomlTable> tables(std::string_view key);

  // For checks by the caller; the first error wins. The line of a present key is put before the
  // detail.
  void refuse(ErrorCode code, std::string_view key, std::string detail);
  // Errors: config.missing, config.value, config.unknown_key; the field is "source: key", without
  // the key when it is no setting's name: secrets get pasted into the wrong place.
  Result<void> finish();

 private:
  struct Content;
  explicit TomlTable(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace rujukan
