#include "broker/routing/expiry.h"

#include <algorithm>
#include <map>

namespace rujukan::routing {
namespace {

// 0: not soon, or over.
int step_of(TimeUs at, TimeUs now) {
  if (at <= now) return 0;
  int step = 0;
  for (const int days : kExpiryDays) {
    if (at - now <= std::chrono::days(days)) step = days;
  }
  return step;
}

}  // namespace

std::vector<Expiry> expiring(const Release& release, TimeUs now) {
  std::vector<Expiry> out;
  const auto add = [&](TimeUs at, std::string what, const UnitId& unit) {
    if (const int step = step_of(at, now)) out.push_back({at, std::move(what), unit, step});
  };
  if (release.validity.until) add(*release.validity.until, "the release", {});
  std::map<UnitId, std::optional<TimeUs>> ends;
  for (const Unit& unit : release.units) ends.emplace(unit.id, unit.validity.until);
  for (const UnitKey& key : release.keys) {
    if (!key.validity.until || key.compromised_since) continue;
    const auto unit = ends.find(key.unit);
    const bool outlives =
        unit != ends.end() && unit->second && *unit->second <= *key.validity.until;
    if (!outlives)
      add(*key.validity.until, "key " + key.key_id + " of " + key.unit.str(), key.unit);
  }
  std::ranges::stable_sort(out, {}, &Expiry::at);
  return out;
}

std::string time_left(TimeUs at, TimeUs now) {
  const auto days = std::chrono::duration_cast<std::chrono::days>(at - now).count();
  if (days > 1) return "in " + std::to_string(days) + " days";
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(at - now).count();
  return "in " + std::to_string(hours) + " hours";
}

}  // namespace rujukan::routing
