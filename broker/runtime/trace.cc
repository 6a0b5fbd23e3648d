#include "broker/runtime/trace.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace rujukan::trace {
namespace {

struct LevelName {
  std::string_view name;
  Level level;
  spdlog::level::level_enum spdlog_level;
};

constexpr LevelName kLevels[] = {
    {"debug", Level::kDebug, spdlog::level::debug},    {"info", Level::kInfo, spdlog::level::info},
    {"warning", Level::kWarning, spdlog::level::warn}, {"error", Level::kError, spdlog::level::err},
    {"off", Level::kOff, spdlog::level::off},
};

spdlog::level::level_enum to_spdlog(Level level) {
  for (const LevelName& row : kLevels) {
    if (row.level == level) return row.spdlog_level;
  }
  return spdlog::level::warn;
}

spdlog::logger& logger() {
  static const auto made = [] {
    auto fresh = spdlog::stderr_logger_mt("rujukan");
    fresh->set_level(spdlog::level::warn);
    fresh->flush_on(spdlog::level::debug);
    return fresh;
  }();
  return *made;
}

void append_value(std::string& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '\\') {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

}  // namespace

Result<Level> level_from_name(std::string_view name) {
  for (const LevelName& row : kLevels) {
    if (row.name == name) return row.level;
  }
  return Error{ErrorCode::kConfigValue, "trace_level", "one of debug, info, warning, error, off"};
}

void start(std::string_view program, Level level) {
  logger().set_pattern("%Y-%m-%dT%H:%M:%S.%eZ " + std::string(program) + " %l %v",
                       spdlog::pattern_time_type::utc);
  logger().set_level(to_spdlog(level));
}

void debug(std::string_view event, Fields fields) { write(Level::kDebug, event, fields); }
void info(std::string_view event, Fields fields) { write(Level::kInfo, event, fields); }
void warning(std::string_view event, Fields fields) { write(Level::kWarning, event, fields); }

void write(Level level, std::string_view event, Fields fields) {
  const auto wanted = to_spdlog(level);
  if (!logger().should_log(wanted)) return;
  logger().log(wanted, "{}", line_of(event, fields));
}

void error(std::string_view event, const Error& why, Fields fields) {
  if (!logger().should_log(spdlog::level::err)) return;
  std::string line = line_of(event, fields) + ": ";
  append_value(line, to_string(why));
  logger().log(spdlog::level::err, "{}", line);
}

std::string line_of(std::string_view event, Fields fields) {
  std::string out(event);
  for (const Field& field : fields) {
    out += ' ';
    out += field.name;
    out += '=';
    append_value(out, field.value);
  }
  return out;
}

}  // namespace rujukan::trace
