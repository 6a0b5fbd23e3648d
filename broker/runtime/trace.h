// Diagnostics to standard error, called trace; the log is something else. Values are ids, sizes and
// codes: never payload, key, or text of a case.
#pragma once

#include <concepts>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/error.h"
#include "broker/base/result.h"

namespace rujukan::trace {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };

// "debug", "info", "warning", "error", "off". Errors: config.value.
Result<Level> level_from_name(std::string_view name);

// Call once before other threads start; until then warnings and errors are shown.
void start(std::string_view program, Level level);

// One "name=value" of a line.
struct Field {
  Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  template <std::integral T>
  Field(std::string_view field_name, T number) : name(field_name), value(std::to_string(number)) {}

  std::string_view name;
  std::string value;
};
// From a list in braces, or any other in one piece.
class Fields {
 public:
  Fields() = default;
  Fields(std::initializer_list<Field> fields) : fields_(fields.begin(), fields.size()) {}
  Fields(const std::vector<Field>& fields) : fields_(fields) {}
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::span<const Field> fields_;
};

// Thread: any.
void debug(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void warning(std::string_view event, Fields fields = {});
void error(std::string_view event, const Error& why, Fields fields = {});

void write(Level level, std::string_view event, Fields fields);

// "event name=value ..."; what is not printable is escaped, so that no value can forge a line.
std::string line_of(std::string_view event, Fields fields);

}  // namespace rujukan::trace
