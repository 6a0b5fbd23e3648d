// A case file in plain words: what each entry did, by whom and when.
#pragma once

#include <string>
#include <vector>

#include "broker/audit/case_file.h"

namespace rujukan::cli {

// One of Indonesia's three zones, which have no summer time.
struct Zone {
  const char* name;  // "WIB"
  int hours;         // ahead of UTC
};
inline constexpr Zone kWib{"WIB", 7};
// "wib", "wita" or "wit". Errors: nullopt for any other name.
std::optional<Zone> zone_from_name(std::string_view name);

// "2026-11-22 11:38:37 WIB".
std::string local_time(TimeUs time, const Zone& zone);
// "2026-11-22 04:38:37 UTC".
std::string utc_time(TimeUs time);
// The two largest units that are not zero: "3 days 4 h", "12 min", "5 s".
std::string duration_words(std::chrono::microseconds length);

// The unit that sent the message, or what else caused the entry.
std::string who_of(const audit::CaseStep& step);
// "refers the case", "did not answer in time".
std::string headline_of(const audit::CaseStep& step);
// One line per event.
std::vector<std::string> event_words(const audit::CaseStep& step, const Zone& zone);
// The payload's size and digest; empty without one. Never its content.
std::string payload_words(const audit::CaseStep& step);
// The rules that its events name, without repeats.
std::vector<std::string> rules_of(const audit::CaseStep& step);
// "investigation", "help 2 (medical)".
std::string part_words(Need need, std::uint32_t assist);
// "open", "closed".
std::string state_words(const audit::CaseFile& file, const Zone& zone);
// Until it was closed, or else until the log's newest entry.
std::chrono::microseconds age_of(const audit::CaseFile& file);

}  // namespace rujukan::cli
