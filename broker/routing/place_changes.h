// For which areas two releases name different units.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/routing/directory.h"

namespace rujukan::routing {

using AreaNumber = std::uint32_t;  // position in ComparedPlaces::areas
using UnitNumber = std::int32_t;   // position in ComparedPlaces::units
constexpr UnitNumber kNoUnit = -1;

// The unit of a regency, of a province and of the nation, kNoUnit where there is none: a chain. All
// kNoUnit: nobody.
using UnitChain = std::array<UnitNumber, 3>;
constexpr UnitChain kNobody{kNoUnit, kNoUnit, kNoUnit};

// Which units of one function cover each area, from one level on, under one release at one time.
struct Coverage {
  struct Cover {
    bool known = true;  // the release holds the area; else facts that name it are refused
    UnitNumber regency = kNoUnit;
    UnitNumber province = kNoUnit;
    friend bool operator==(const Cover&, const Cover&) = default;
  };
  std::vector<Cover> areas;
  UnitNumber terminal = kNoUnit;  // kNoUnit: nobody is named wherever it is

  // Of a list of these two areas, or of one area given twice.
  UnitChain chain_of(AreaNumber a, AreaNumber b) const;
  // Of a list that is empty.
  UnitChain chain_of_nation() const { return {kNoUnit, kNoUnit, terminal}; }
};

// The areas that facts may name and the units that may be named under either of two releases.
class ComparedPlaces {
 public:
  ComparedPlaces(const Release& before, const Release& after);

  const std::vector<AreaCode>& areas() const { return areas_; }  // with the nation and abroad
  const std::vector<UnitId>& units() const { return units_; }
  UnitNumber number_of(const UnitNode* unit) const;
  AreaNumber abroad() const { return abroad_; }

  Coverage coverage(const Directory& directory, FunctionIx function, Level level, TimeUs at) const;
  // Of a rule that looks at no area, or, with kNoUnit, of none.
  Coverage everywhere(UnitNumber terminal) const;

 private:
  std::vector<AreaCode> areas_;  // sorted
  std::vector<UnitId> units_;    // sorted
  AreaNumber abroad_ = 0;
};

// A list of areas that goes from one unit, or chain of units, to another: when all its areas are of
// `areas`, or when it has two areas, of different members of `parts`. A list of more areas goes, in
// each release, where the pair of its areas goes that rises highest.
struct AreaChange {
  UnitChain before{};
  UnitChain after{};
  std::vector<AreaNumber> areas;
  std::vector<std::vector<AreaNumber>> parts;
};

// What of a chain is compared.
enum class Compared { kFirst, kWhole };

// Every list of one area, and of two unless that follows from its areas. `left_out` is in no list.
std::vector<AreaChange> area_changes(const Coverage& before, const Coverage& after,
                                     std::optional<AreaNumber> left_out, Compared compared);

// The first unit alone, for kFirst.
UnitChain compared_part(UnitChain chain, Compared compared);

}  // namespace rujukan::routing
