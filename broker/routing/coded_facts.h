// Facts as the evaluation reads them: areas as nodes, codes as bits.
#pragma once

#include <array>

#include "broker/base/fixed_list.h"
#include "broker/base/limits.h"
#include "broker/base/result.h"
#include "broker/routing/condition.h"
#include "broker/routing/directory.h"

namespace rujukan::routing {

// One list of areas of the facts in its order, as in force at a time.
struct PlaceList {
  FixedList<const AreaNode*, limits::kAreasPerList> areas;
  bool domestic = true;  // holds neither the nation nor abroad
};

// Bit n: the need with number n.
using NeedBits = std::uint32_t;
NeedBits bits_of(const std::vector<Need>& needs);

struct CodedFacts {
  std::array<PlaceList, 3> places;  // in the order of Anchor
  CaseTraits traits;
  NeedBits needs = 0;  // those that the sender names

  const PlaceList& of(Anchor anchor) const { return places[static_cast<std::size_t>(anchor)]; }
};

const std::vector<AreaCode>& codes_of(const Facts& facts, Anchor anchor);

// Errors: facts.invalid (field named).
Result<void> read_facts(const Directory& directory, const Facts& facts, TimeUs at, CodedFacts& out);

}  // namespace rujukan::routing
