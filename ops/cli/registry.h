// The registry: CSV files of public keys that `release build` reads beside the configuration.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/release.h"

namespace rujukan::cli {

// Values are ids, base64 and times: no cell holds a comma or a quote, and none is quoted.
class RegistryFile {
 public:
  using Row = std::vector<std::string>;

  // A file that does not exist has no rows; an empty path stands for none, and save() then does
  // nothing. Errors: file.unreadable, config.syntax (line named).
  static Result<RegistryFile> open(const std::filesystem::path& path,
                                   std::span<const std::string_view> columns);

  const std::vector<Row>& rows() const { return rows_; }
  // Whether a row begins with these cells.
  bool holds(std::span<const std::string> prefix) const;
  void remove(std::span<const std::string> prefix);
  // Requires: a cell per column.
  void add(Row row);
  // Errors: file.unwritable.
  Result<void> save() const;

 private:
  RegistryFile(std::filesystem::path path, std::span<const std::string_view> columns)
      : path_(std::move(path)), columns_(columns) {}

  std::filesystem::path path_;
  std::span<const std::string_view> columns_;
  std::vector<Row> rows_;
};

// An empty `registry` stands for none.
Result<RegistryFile> open_administrators(const std::filesystem::path& registry);
Result<RegistryFile> open_stations(const std::filesystem::path& registry);
Result<RegistryFile> open_keys(const std::filesystem::path& registry);

// The administrators of the registry. Errors: as open(), config.value.
Result<std::vector<Administrator>> read_administrators(const std::filesystem::path& registry);

}  // namespace rujukan::cli
