#include "ops/cli/registry.h"

#include <algorithm>

#include "broker/base/invariant.h"
#include "broker/base/limits.h"
#include "broker/runtime/file.h"

namespace rujukan::cli {
namespace {

constexpr std::string_view kAdministratorColumns[] = {"name", "key"};
constexpr std::string_view kStationColumns[] = {"station", "curve_key", "units"};
constexpr std::string_view kKeyColumns[] = {"unit",       "key_id",      "purpose",          "key",
                                            "valid_from", "valid_until", "compromised_since"};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

template <typename Cells>
std::string join(const Cells& cells) {
  std::string line;
  for (const auto& cell : cells) {
    line += cell;
    line += ',';
  }
  line.back() = '\n';
  return line;
}

bool begins_with(const RegistryFile::Row& row, std::span<const std::string> prefix) {
  return prefix.size() <= row.size() && std::equal(prefix.begin(), prefix.end(), row.begin());
}

std::filesystem::path file_in(const std::filesystem::path& registry, const char* name) {
  return registry.empty() ? std::filesystem::path() : registry / name;
}

}  // namespace

Result<RegistryFile> RegistryFile::open(const std::filesystem::path& path,
                                        std::span<const std::string_view> columns) {
  RegistryFile file(path, columns);
  if (!std::filesystem::exists(path)) return file;
  const auto text = read_file(path, limits::kConfigFileBytes);
  if (!text) return text.error();
  std::size_t number = 0;
  for (const std::string& line : split(*text, '\n')) {
    ++number;
    if (line.empty()) continue;
    if (number == 1) {
      if (line + "\n" != join(columns)) {
        return Error{ErrorCode::kConfigSyntax, path.string(), "line 1: other columns"};
      }
      continue;
    }
    Row row = split(line, ',');
    if (row.size() != columns.size() || line.find('"') != std::string::npos) {
      return Error{ErrorCode::kConfigSyntax, path.string(), "line " + std::to_string(number)};
    }
    file.rows_.push_back(std::move(row));
  }
  return file;
}

bool RegistryFile::holds(std::span<const std::string> prefix) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [prefix](const Row& row) { return begins_with(row, prefix); });
}

void RegistryFile::remove(std::span<const std::string> prefix) {
  std::erase_if(rows_, [prefix](const Row& row) { return begins_with(row, prefix); });
}

void RegistryFile::add(Row row) {
  INVARIANT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

Result<void> RegistryFile::save() const {
  if (path_.empty()) return {};
  std::string text = join(columns_);
  for (const Row& row : rows_) text += join(row);
  return write_file_durably(path_, as_bytes(text), kForAnyone);
}

Result<RegistryFile> open_administrators(const std::filesystem::path& registry) {
  return RegistryFile::open(file_in(registry, "administrators.csv"), kAdministratorColumns);
}
Result<RegistryFile> open_stations(const std::filesystem::path& registry) {
  return RegistryFile::open(file_in(registry, "stations.csv"), kStationColumns);
}
Result<RegistryFile> open_keys(const std::filesystem::path& registry) {
  return RegistryFile::open(file_in(registry, "keys.csv"), kKeyColumns);
}

Result<std::vector<Administrator>> read_administrators(const std::filesystem::path& registry) {
  const auto file = open_administrators(registry);
  if (!file) return file.error();
  std::vector<Administrator> out;
  for (const RegistryFile::Row& row : file->rows()) {
    const auto bytes = from_base64(row[1]);
    const auto key = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!key) return Error{ErrorCode::kConfigValue, "administrators.csv", row[0] + ": key"};
    out.push_back({row[0], *key});
  }
  return out;
}

}  // namespace rujukan::cli
