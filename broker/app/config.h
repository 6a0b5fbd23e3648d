// The settings of rujukand: config/broker.toml documents every key.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "broker/admin/http_server.h"
#include "broker/base/result.h"
#include "broker/runtime/trace.h"

namespace rujukan::app {

// The log's files over HTTP.
struct LogListener {
  admin::HttpServer::Config http;
  std::vector<Digest> tokens;  // SHA-256 of each
  friend bool operator==(const LogListener&, const LogListener&) = default;
};

struct Witnesses {
  std::filesystem::path policy_file;
  std::chrono::seconds every{};
  std::chrono::seconds stop_after_lag{};  // 0: never
  friend bool operator==(const Witnesses&, const Witnesses&) = default;
};

struct Config {
  std::filesystem::path data_dir;
  std::string listen;
  std::filesystem::path key_file;
  std::filesystem::path release_file;  // empty: the one in the log
  std::filesystem::path order_folder;  // empty: none
  std::filesystem::path ready_file;    // empty: none
  std::size_t verify_threads = 1;
  std::chrono::seconds redeliver_after{};
  std::uint64_t state_every = 0;       // entries; 0: never
  std::chrono::minutes clock_ahead{};  // of the log's last sign of life, at most; 0: not looked at
  bool clock_confirmed = false;        // of the command line
  std::chrono::seconds settle{};       // without deadlines, after an interruption
  trace::Level trace_level = trace::Level::kInfo;
  std::optional<LogListener> log;
  std::optional<Witnesses> witness;
};

// Paths in the file are relative to its folder. Errors: file.unreadable, config.* (key named).
Result<Config> read_config(const std::filesystem::path& path);

// The keys that the two have different values for, and that hold from a start to the next; in the
// order of the file.
std::vector<std::string> needs_restart(const Config& running, const Config& read);

}  // namespace rujukan::app
