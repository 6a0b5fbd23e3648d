// The settings of rujukan-gateway: adapters/gateway/gateway.toml documents every key.
#pragma once

#include <chrono>
#include <filesystem>
#include <set>

#include "adapters/sdk/backoff.h"
#include "broker/model/ids.h"
#include "broker/runtime/trace.h"

namespace rujukan::gateway {

struct Config {
  std::filesystem::path folder;
  std::filesystem::path database;
  std::filesystem::path anchor;
  std::filesystem::path station_key_file;
  std::filesystem::path unit_keys_file;
  std::filesystem::path mapping;  // empty: answers only
  bool auto_accept = false;
  std::set<UnitId> silent_units;
  std::chrono::milliseconds poll{};
  sdk::RetryTimes retry;
  sdk::RetryTimes reconnect;
  std::chrono::seconds outcome_within{};
  trace::Level trace_level = trace::Level::kInfo;
};

// Paths in the file are relative to its folder. Errors: file.unreadable, config.* (key named).
Result<Config> read_config(const std::filesystem::path& path);

}  // namespace rujukan::gateway
