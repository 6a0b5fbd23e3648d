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

Result<LogListener> read_listener(TomlTable& table, const std::filesystem::path& folder) {
  const auto optional_path = [&](std::string_view key) {
    const std::string value = table.text_or(key, "");
    return value.empty() ? std::filesystem::path() : folder / value;
  };
  LogListener log;
  log.http.listen = table.text("listen");
  log.http.certificate = optional_path("tls_certificate");
  log.http.key = optional_path("tls_key");
  log.http.client_ca = optional_path("client_ca");
  log.http.client_crl = optional_path("client_crl");
  log.http.insecure = table.flag_or("insecure", false);
  for (const std::string& text : table.texts_or_none("token_sha256")) {
    const auto bytes = from_hex(text);
    const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!digest) table.refuse(ErrorCode::kConfigValue, "token_sha256", "must be 64 hex digits");
    log.tokens.push_back(digest.value_or(Digest{}));
  }
  if (log.http.certificate.empty() != log.http.key.empty()) {
    table.refuse(ErrorCode::kConfigMissing, "tls_key", "certificate and key go together");
  }
  if (log.http.certificate.empty() && !log.http.client_ca.empty()) {
    table.refuse(ErrorCode::kConfigValue, "client_ca", "needs a certificate of the server");
  }
  if (log.http.client_ca.empty() && !log.http.client_crl.empty()) {
    table.refuse(ErrorCode::kConfigValue, "client_crl", "needs client_ca");
  }
  if (const auto end = table.finish(); !end) return end.error();
  return log;
}

Result<Witnesses> read_witnesses(TomlTable& table, const std::filesystem::path& folder) {
  Witnesses witness;
  witness.policy_file = folder / table.text("policy");
  witness.every = std::chrono::seconds(table.number_or("every_s", 10, 1, kDaySeconds));
  witness.stop_after_lag =
      std::chrono::seconds(table.number_or("stop_after_lag_s", 0, 0, kDaySeconds));
  if (const auto end = table.finish(); !end) return end.error();
  return witness;
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
  config.clock_ahead = std::chrono::minutes(table->number_or(
      "clock_ahead_min", 60, 0, std::chrono::minutes(std::chrono::days(366)).count()));
  config.settle = std::chrono::seconds(table->number_or("settle_s", 60, 0, kDaySeconds));
  const auto level = trace::level_from_name(table->text_or("trace_level", "info"));
  if (level) {
    config.trace_level = *level;
  } else {
    table->refuse(level.error().code, "trace_level", level.error().detail);
  }
  for (TomlTable& log : table->tables("log")) {
    auto read = read_listener(log, folder);
    if (!read) return read.error();
    if (config.log) table->refuse(ErrorCode::kConfigDuplicate, "log", "");
    config.log = *std::move(read);
  }
  for (TomlTable& witness : table->tables("witness")) {
    auto read = read_witnesses(witness, folder);
    if (!read) return read.error();
    if (config.witness) table->refuse(ErrorCode::kConfigDuplicate, "witness", "");
    config.witness = *read;
  }
  if (const auto end = table->finish(); !end) return end.error();
  return config;
}

std::vector<std::string> needs_restart(const Config& running, const Config& read) {
  std::vector<std::string> keys;
  const auto compare = [&](const char* key, const auto& was, const auto& is) {
    if (!(was == is)) keys.emplace_back(key);
  };
  compare("data_dir", running.data_dir, read.data_dir);
  compare("listen", running.listen, read.listen);
  compare("key_file", running.key_file, read.key_file);
  compare("ready_file", running.ready_file, read.ready_file);
  compare("verify_threads", running.verify_threads, read.verify_threads);
  compare("redeliver_after_s", running.redeliver_after, read.redeliver_after);
  compare("state_every", running.state_every, read.state_every);
  compare("clock_ahead_min", running.clock_ahead, read.clock_ahead);
  compare("settle_s", running.settle, read.settle);
  compare("trace_level", running.trace_level, read.trace_level);
  compare("log", running.log, read.log);
  compare("witness", running.witness, read.witness);
  return keys;
}

}  // namespace rujukan::app
