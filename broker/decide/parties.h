// Who has a part in a case; see decide.h for what is public.
#pragma once

#include <algorithm>

#include "broker/decide/decide.h"

namespace rujukan::decide {

inline bool contains(const std::vector<UnitId>& units, const UnitId& unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}
inline void add_unit(std::vector<UnitId>& units, const UnitId& unit) {
  if (!contains(units, unit)) units.push_back(unit);
}
inline void add_all(std::vector<UnitId>& units, const std::vector<UnitId>& more) {
  // The first time all are new.
  if (units.empty()) units.reserve(more.size() + 1);
  for (const UnitId& unit : more) add_unit(units, unit);
}

}  // namespace rujukan::decide
