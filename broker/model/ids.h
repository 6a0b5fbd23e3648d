// Identities. Each is a type of its own.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "broker/base/bytes.h"
#include "broker/base/named.h"

namespace rujukan {

using UnitId = NamedString<struct UnitIdTag>;          // "polri.bareskrim.siber"
using AgencyId = NamedString<struct AgencyIdTag>;      // "police"
using FunctionId = NamedString<struct FunctionIdTag>;  // "investigation.cyber"
using AreaCode = NamedString<struct AreaCodeTag>;      // "31.71", "31", "00", "XX"
using StationId = NamedString<struct StationIdTag>;    // the ZAP User-Id
using RuleId = NamedString<struct RuleIdTag>;          // "I3"

// A UUIDv7, 16 bytes, printed in the usual 8-4-4-4-12 form.
template <typename Tag>
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  friend bool operator==(const Uuid&, const Uuid&) = default;
};
using MessageId = Uuid<struct MessageIdTag>;
using CaseId = Uuid<struct CaseIdTag>;  // = message id of the opening referral

std::string uuid_to_string(const std::array<std::uint8_t, 16>& bytes);
// Errors: nullopt unless the text is the 36-character form.
std::optional<std::array<std::uint8_t, 16>> uuid_from_string(std::string_view text);
// Sets version 7 and the variant; `random` fills the rest. Source: RFC 9562 §5.7.
std::array<std::uint8_t, 16> make_uuid7(std::uint64_t unix_ms,
                                        const std::array<std::uint8_t, 10>& random);
bool is_uuid7(const std::array<std::uint8_t, 16>& bytes);

template <typename Tag>
std::string to_string(const Uuid<Tag>& id) {
  return uuid_to_string(id.bytes);
}
inline CaseId case_id_of(const MessageId& id) { return CaseId{id.bytes}; }

// Lower-case letters, digits, '.', '-', '_'; 1..kIdBytes bytes.
bool is_valid_id(std::string_view text);
// As is_valid_id, with upper-case letters: "I3".
bool is_valid_rule_id(std::string_view text);
// Whether it has so many digits in a row as identity numbers (NIK: 16), which no code may hold.
bool has_identity_number(std::string_view text);
// The form only: "XX", two digits, or two digits, '.', two digits.
bool is_valid_area_code(std::string_view text);

// Position of an entry in the log, from 0.
enum class LogIndex : std::uint64_t {};
inline std::uint64_t to_number(LogIndex index) { return static_cast<std::uint64_t>(index); }

// Version of a release, from 1; 0 is "not built".
enum class ReleaseVersion : std::uint32_t {};
inline std::uint32_t to_number(ReleaseVersion version) {
  return static_cast<std::uint32_t>(version);
}

}  // namespace rujukan

template <typename Tag>
struct std::hash<rujukan::Uuid<Tag>> {
  std::size_t operator()(const rujukan::Uuid<Tag>& id) const noexcept {
    // The last 8 bytes of a UUIDv7 are random.
    std::size_t value;
    std::memcpy(&value, id.bytes.data() + 8, sizeof value);
    return value;
  }
};
