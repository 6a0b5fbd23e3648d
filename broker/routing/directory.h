// Directory: the areas and units of a release as linked nodes, and who covers which area.
#pragma once

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/release.h"

namespace rujukan::routing {

struct AreaNode {
  enum class Kind { kDomestic, kNation, kAbroad };

  const Area* area = nullptr;  // nullptr for an abroad that the release does not list
  Kind kind = Kind::kDomestic;
  const AreaNode* parent = nullptr;    // nullptr for the nation and abroad
  const AreaNode* resolved = nullptr;  // the end of the chain of successors; itself when none
};

// Position of a function in the sorted list of those that the units have.
enum class FunctionIx : std::uint32_t {};

struct UnitNode {
  const Unit* unit = nullptr;
  FunctionIx function{};
  const UnitNode* successor = nullptr;  // nullptr when none
};

// Points into the release that it was built from, which must outlive it and stay where it is.
class Directory {
 public:
  // Errors: release.invalid: an id stands twice, a reference leads nowhere, a cycle, no nation.
  static Result<Directory> build(const Release& release);
  Directory(Directory&&) = default;
  Directory& operator=(Directory&&) = default;

  // nullptr when the release does not hold it; abroad is always held.
  const AreaNode* area(std::string_view code) const;
  const UnitNode* unit(std::string_view id) const;
  std::optional<FunctionIx> function(std::string_view id) const;
  const AreaNode& nation() const { return *nation_; }

  // The active unit of the function at the level that covers the area most specifically: the first
  // found from the area through its parents to the nation. A unit that has ended is stood for by
  // its active successor if that has the same function and level. nullptr when there is none.
  const UnitNode* covering(FunctionIx function, Level level, const AreaNode& area, TimeUs at) const;

 private:
  Directory() = default;
  Result<void> add_areas(const Release& release);
  Result<void> link_areas();
  Result<void> add_units(const Release& release);
  Result<void> link_units();
  void index_coverage();

  // A function at a level, and a unit of it that lists the area.
  struct Listing {
    std::uint64_t slot;
    const UnitNode* unit;
  };
  std::span<const Listing> listings(std::uint64_t slot, const AreaNode& area) const;
  static std::uint64_t slot_of(FunctionIx function, Level level);
  static const UnitNode* active_of(std::span<const Listing> listings, TimeUs at);

  std::vector<AreaNode> areas_;  // the last is abroad
  std::vector<UnitNode> units_;
  std::vector<std::string_view> functions_;  // sorted
  std::unordered_map<std::string_view, const AreaNode*> area_by_code_;
  std::unordered_map<std::string_view, const UnitNode*> unit_by_id_;
  const AreaNode* nation_ = nullptr;
  // Those of areas_[i] are listings_[starts_[i]] up to the next start, in the order of the slots;
  // within a slot the unit that ends last comes first.
  std::vector<std::size_t> starts_;
  std::vector<Listing> listings_;
};

}  // namespace rujukan::routing
