#include "adapters/gateway/config.h"

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/runtime/toml_table.h"

namespace rujukan::gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kHourMs = 3600 * 1000;

sdk::RetryTimes read_times(TomlTable& table, const std::string& first, const std::string& most,
                           sdk::RetryTimes fallback) {
  sdk::RetryTimes times{milliseconds(table.number_or(first, fallback.first.count(), 10, kHourMs)),
                        milliseconds(table.number_or(most, fallback.most.count(), 10, kHourMs))};
  if (times.most < times.first) {
    table.refuse(ErrorCode::kConfigValue, most, "must not be less than " + first);
  }
  return times;
}

std::set<UnitId> read_units(TomlTable& table, const std::string& key) {
  std::set<UnitId> out;
  for (const std::string& unit : table.texts_or_none(key)) {
    if (!is_valid_id(unit)) table.refuse(ErrorCode::kConfigValue, key, "holds no valid id");
    out.emplace(unit);
  }
  return out;
}

}  // namespace

Result<Config> read_config(const std::filesystem::path& path) {
  const auto text = read_file(path, limits::kConfigFileBytes);
  if (!text) return text.error();
  auto table = TomlTable::parse(*text, path.string());
  if (!table) return table.error();

  const auto home = path.parent_path();
  Config config;
  config.folder = home / table->text("folder");
  config.database = config.folder / "station.db";
  if (table->has("database")) config.database = home / table->text("database");
  config.anchor = home / table->text("anchor");
  config.station_key_file = home / table->text("station_key_file");
  config.unit_keys_file = home / table->text("unit_keys_file");
  if (table->has("mapping")) config.mapping = home / table->text("mapping");
  config.auto_accept = table->flag_or("auto_accept", false);
  config.silent_units = read_units(*table, "silent_units");
  config.poll = milliseconds(table->number_or("poll_ms", 500, 10, 60'000));
  config.retry = read_times(*table, "retry_first_ms", "retry_most_ms", {});
  config.reconnect = read_times(*table, "reconnect_first_ms", "reconnect_most_ms", {});
  config.outcome_within = std::chrono::seconds(table->number_or("outcome_within_s", 30, 1, 3600));
  const auto level = trace::level_from_name(table->text_or("trace_level", "info"));
  if (level) {
    config.trace_level = *level;
  } else {
    table->refuse(level.error().code, "trace_level", level.error().detail);
  }
  if (const auto end = table->finish(); !end) return end.error();
  return config;
}

}  // namespace rujukan::gateway
