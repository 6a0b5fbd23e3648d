#include "broker/routing/findings.h"

#include <algorithm>
#include <tuple>

#include "broker/base/limits.h"

namespace rujukan::routing {
namespace {

Place place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t last = before.rfind('\n');
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  return {lines + 1, offset - (last == std::string_view::npos ? 0 : last + 1) + 1};
}

std::size_t first_bad_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_sequence(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace

void Findings::add(std::string_view file, Place place, Error error) {
  if (found_.size() > kMost) return;
  if (found_.size() == kMost) {
    place = {};
    error = Error{ErrorCode::kConfigTooLarge, "", "more findings than are kept"};
  }
  found_.push_back({std::move(error), std::string(file), place.line, place.column, Severity::kError,
                    std::nullopt});
}

std::vector<Finding> Findings::take() {
  const auto place = [](const Finding& f) { return std::tie(f.file, f.line, f.column); };
  std::stable_sort(found_.begin(), found_.end(),
                   [&place](const Finding& a, const Finding& b) { return place(a) < place(b); });
  return std::move(found_);
}

std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto between = [&byte](std::size_t i, unsigned least, unsigned most) {
    return byte(i) >= least && byte(i) <= most;
  };
  const auto tail = [&between](std::size_t i) { return between(i, 0x80, 0xBF); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = between(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = between(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

std::string in_quotes(std::string_view value) {
  constexpr std::size_t kShown = 64;
  std::string out = "\"";
  for (const char c : value.substr(0, kShown)) out += c >= ' ' && c <= '~' ? c : '?';
  out += value.size() > kShown ? "...\"" : "\"";
  return out;
}

bool check_text(std::string_view text, FileFindings& findings) {
  if (text.size() > limits::kConfigFileBytes) {
    findings.add({}, ErrorCode::kConfigTooLarge, "",
                 std::to_string(text.size()) + " bytes, at most " +
                     std::to_string(limits::kConfigFileBytes));
    return false;
  }
  const auto refuse = [&](std::size_t offset, std::string why) {
    if (offset == std::string_view::npos) return false;
    findings.add(place_of(text, offset), ErrorCode::kConfigSyntax, "", std::move(why));
    return true;
  };
  if (refuse(text.starts_with("\xEF\xBB\xBF") ? 0 : std::string_view::npos,
             "starts with a byte order mark")) {
    return false;
  }
  const bool nul = refuse(text.find('\0'), "a NUL byte");
  const bool cr = refuse(text.find('\r'), "a carriage return; lines end with a line feed only");
  const bool utf8 = refuse(first_bad_utf8(text), "not UTF-8");
  return !nul && !cr && !utf8;
}

void check_identity_numbers(std::string_view text, FileFindings& findings) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    if (has_identity_number(text.substr(0, end + 1))) {
      findings.add({line, 0}, ErrorCode::kIdentityNumber, "", "");
    }
    text.remove_prefix(end + 1);
  }
}

}  // namespace rujukan::routing
