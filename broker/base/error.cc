#include "broker/base/error.h"

namespace rujukan {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  Fate fate;
  std::string_view text;
};

constexpr Row kRows[] = {
#define RUJUKAN_ERROR(number, id, name, fate, text) {ErrorCode::id, name, Fate::fate, text},
#include "broker/base/error_table.inc"
#undef RUJUKAN_ERROR
};

const Row& row_of(ErrorCode code) {
  for (const Row& row : kRows) {
    if (row.code == code) return row;
  }
  return kRows[0];  // unreachable: every enumerator comes from the table
}

}  // namespace

Error::Error(ErrorCode error) : code(error) {}
Error::Error(ErrorCode error, std::string at, std::string why)
    : code(error), field(std::move(at)), detail(std::move(why)) {}
DEFINE_COPIES(Error);

std::string_view name_of(ErrorCode code) { return row_of(code).name; }
Fate fate_of(ErrorCode code) { return row_of(code).fate; }
std::string_view text_of(ErrorCode code) { return row_of(code).text; }

std::optional<ErrorCode> error_code_from_number(std::uint16_t number) {
  for (const Row& row : kRows) {
    if (static_cast<std::uint16_t>(row.code) == number) return row.code;
  }
  return std::nullopt;
}

std::optional<ErrorCode> error_code_from_name(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.code;
  }
  return std::nullopt;
}

std::string to_string(const Error& error) {
  std::string out(name_of(error.code));
  if (!error.field.empty()) out += ": " + error.field;
  out += ": ";
  out += text_of(error.code);
  if (!error.detail.empty()) out += " (" + error.detail + ")";
  return out;
}

}  // namespace rujukan
