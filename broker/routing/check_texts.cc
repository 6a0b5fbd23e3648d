// Dates and names, as far as a table is total whatever they are.
#include <algorithm>

#include "broker/routing/check_parts.h"
#include "broker/routing/hidden_text.h"

namespace rujukan::routing {
namespace {

constexpr auto kLifetime = std::chrono::days(20 * 365 + 5);
constexpr auto kYears = std::chrono::days(5 * 365 + 1);

// Of one file. What began long ago may be history.
struct Dated {
  TimeUs time;
  bool history;
  std::size_t owner;  // position in the release's list
  const char* column;
};

template <typename List>
std::vector<Dated> dates_of(const List& list, bool from_is_history, bool until_is_history) {
  std::vector<Dated> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Validity& validity = list[i].validity;
    if (validity.from) out.push_back({*validity.from, from_is_history, i, "valid_from"});
    if (validity.until) out.push_back({*validity.until, until_is_history, i, "valid_until"});
  }
  std::sort(out.begin(), out.end(), [](const Dated& a, const Dated& b) { return a.time < b.time; });
  return out;
}

// Calls add(owner, text) for each that is far.
template <typename Add>
void find_far(const std::vector<Dated>& sorted, TimeUs now, Add add) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Dated& date = sorted[i];
    const TimeUs before = std::max(now, i == 0 ? now : sorted[i - 1].time);
    const bool alone = date.time - before > kYears &&
                       (i + 1 == sorted.size() || sorted[i + 1].time - date.time > kYears);
    const bool past = now - date.time > kLifetime && !date.history;
    if (!alone && !past && date.time - now <= kLifetime) continue;
    add(date.owner, std::string(date.column) + " is " + to_rfc3339(date.time));
  }
}

}  // namespace

void check_dates(const Release& release, std::optional<TimeUs> now, CheckFindings& findings) {
  if (!now) return;
  find_far(dates_of(release.areas, true, false), *now, [&](std::size_t i, std::string text) {
    findings.at_area(release.areas[i].code, warning(ErrorCode::kTableDate, std::move(text)));
  });
  find_far(dates_of(release.units, false, false), *now, [&](std::size_t i, std::string text) {
    findings.at_unit(release.units[i].id, warning(ErrorCode::kTableDate, std::move(text)));
  });
  find_far(dates_of(release.legal_bases, true, true), *now, [&](std::size_t i, std::string text) {
    findings.at_file("legal_bases.toml", release.legal_bases[i].code,
                     warning(ErrorCode::kTableDate, std::move(text)));
  });
}

void check_names(const Release& release, CheckFindings& findings) {
  for (const Area& area : release.areas) {
    if (auto hidden = hidden_in(area.name)) {
      findings.at_area(area.code, warning(ErrorCode::kTableName, std::move(*hidden)));
    }
  }
  for (const LegalBasis& basis : release.legal_bases) {
    for (const std::string* text : {&basis.title, &basis.source}) {
      if (auto hidden = hidden_in(*text)) {
        findings.at_file("legal_bases.toml", basis.code,
                         warning(ErrorCode::kTableName, std::move(*hidden)));
      }
    }
  }
}

}  // namespace rujukan::routing
