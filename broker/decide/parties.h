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

// As the record alone says it, whatever a guarantee may say now: opener, assigned and informed
// units, those that an offer or a transfer request concerns; without repeats.
std::vector<UnitId> named_parties(const CaseRecord& record);

// Whether the rules of the second edition hold: schemas/wire.md section 14.
inline bool on_present_facts(const routing::RoutingTable& table) {
  return table.release().edition >= Edition::kPresentFacts;
}

// What of the record a guarantee of the table forbids, by its present facts; nullopt: nothing, or
// the release is of the first edition, or the case is closed.
std::optional<std::string> broken_promise(const CaseRecord& record,
                                          const routing::RoutingTable& table);

// Whether all of the chain from the position on may have the part.
bool all_permitted(const std::vector<UnitId>& chain, std::size_t position,
                   routing::RoutingTable::Part part, const Facts& facts,
                   const routing::RoutingTable& table);

}  // namespace rujukan::decide
