// Error: a stable code, the field it concerns, and a text for people. The table of codes is
// error_table.inc; names are part of the wire protocol and never change their meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/value.h"

namespace rujukan {

// What happens to the sender of the failed thing (design: fates of an error).
enum class Fate : std::uint8_t {
  kRefuse,  // answered; sending the same again gives the same answer
  kRetry,   // the sender's side tries again, perhaps with a fresh message
  kFatal,   // this process stops
};

enum class ErrorCode : std::uint16_t {
#define RUJUKAN_ERROR(number, id, name, fate, text) id = number,
#include "broker/base/error_table.inc"
#undef RUJUKAN_ERROR
};

// The dotted stable name, for example "case.stale".
std::string_view name_of(ErrorCode code);
Fate fate_of(ErrorCode code);
// One English sentence without a full stop.
std::string_view text_of(ErrorCode code);
// Errors: nullopt for a number or name that the table does not hold.
std::optional<ErrorCode> error_code_from_number(std::uint16_t number);
std::optional<ErrorCode> error_code_from_name(std::string_view name);

// `field` and `detail` carry names, codes, sizes and positions; never payload, key or free text of
// a case.
struct Error {
  explicit Error(ErrorCode error);
  Error(ErrorCode error, std::string at, std::string why = {});
  DECLARE_COPIES(Error);

  ErrorCode code;
  std::string field;
  std::string detail;
};

// "case.stale: expected_version: the case has moved on (current version 4)".
std::string to_string(const Error& error);

}  // namespace rujukan
