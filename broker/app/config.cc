#include "broker/app/config.h"

#include <algorithm>
#include <thread>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/runtime/toml_table.h"

namespace rujukan::app {
namespace {

constexpr std::int64_t kMostThreads = 64;
constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::int64_t kMostEntries = 1'000'000'000;

std::int64_t cores() {
  return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
}

}  // namespace

Result<Config> read_config(const std::filesystem::path& path) {
  const auto text = read_file(path, limits::kConfigFileBytes);
  if (!text) return text.error();
  auto table = TomlTable::parse(*text, path.string());
  if (!table) return table.error();

  const auto folder = path.parent_path();
  const auto optional_path = [&](std::string_view key) {
    const std::string value = table->text_or(key, "");
    return value.empty() ? std::filesystem::path() : folder / value;
  };
  Config config;
  config.data_dir = folder / table->text("data_dir");
  config.listen = table->text("listen");
  config.key_file = folder / table->text("key_file");
  config.release_file = optional_path("release_file");
  config.order_folder = optional_path("order_folder");
  config.ready_file = optional_path("ready_file");
  config.verify_threads =
      static_cast<std::size_t>(table->number_or("verify_threads", cores(), 1, kMostThreads));
  config.redeliver_after =
      std::chrono::seconds(table->number_or("redeliver_after_s", 10, 1, kDaySeconds));
  config.state_every =
      static_cast<std::uint64_t>(table->number_or("state_every", 10'000, 0, kMostEntries));
  const auto level = trace::level_from_name(table->text_or("trace_level", "info"));
  if (level) {
    config.trace_level = *level;
  } else {
    table->refuse(level.error().code, "trace_level", level.error().detail);
  }
  if (const auto end = table->finish(); !end) return end.error();
  return config;
}

}  // namespace rujukan::app
