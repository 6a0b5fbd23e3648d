// What of a release ends soon: administrators and stations are told in time.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "broker/model/release.h"

namespace rujukan::routing {

// So many days before an end it is said, each time louder.
inline constexpr std::array<int, 3> kExpiryDays = {60, 14, 3};

struct Expiry {
  TimeUs at;
  std::string what;  // "the release", "key sign-1 of polri.polda.aceh.siber"
  UnitId unit;       // empty: the release
  // 60, 14 or 3: the least of these that is not exceeded by the days left.
  int within_days = 0;
};

// The release itself, and keys of units that have not ended by then, unless they are compromised;
// what ends within 60 days after `now`, the earliest first.
std::vector<Expiry> expiring(const Release& release, TimeUs now);

// "in 13 days", "in 5 hours": what is left, rounded down.
std::string time_left(TimeUs at, TimeUs now);

}  // namespace rujukan::routing
