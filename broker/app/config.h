// The settings of rujukand: config/broker.toml documents every key.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "broker/base/result.h"
#include "broker/runtime/trace.h"

namespace rujukan::app {

struct Config {
  std::filesystem::path data_dir;
  std::string listen;
  std::filesystem::path key_file;
  std::filesystem::path release_file;  // empty: the one in the log
  std::filesystem::path order_folder;  // empty: none
  std::filesystem::path ready_file;    // empty: none
  std::size_t verify_threads = 1;
  std::chrono::seconds redeliver_after{};
  std::uint64_t state_every = 0;  // entries; 0: never
  trace::Level trace_level = trace::Level::kInfo;
};

// Paths in the file are relative to its folder. Errors: file.unreadable, config.* (key named).
Result<Config> read_config(const std::filesystem::path& path);

}  // namespace rujukan::app
