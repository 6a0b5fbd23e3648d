// Who has a part in a case; see decide.h for what is public.
#pragma once

#include <algorithm>

#include "broker/decide/decide.h"

namespace rujukan::decide {

inline bool contains(const std::vector<UnitId>& units, const UnitId& unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

// Is responsible for an assignment, or was before it moved on.
bool was_responsible(const CaseRecord& record, const UnitId& unit);

}  // namespace rujukan::decide
