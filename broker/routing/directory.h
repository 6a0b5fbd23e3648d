// Directory: the areas and units of a release as linked nodes, and who covers which area.
#pragma once

#include <optional>
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
  const AreaNode* parent = nullptr;     // nullptr for the nation and abroad
  const AreaNode* successor = nullptr;  // nullptr when none

  // Itself, or from its end on what replaced it, and so on.
  const AreaNode& in_force(TimeUs at) const {
    const AreaNode* node = this;
    while (node->successor != nullptr &&
           (!node->area->validity.until || at >= *node->area->validity.until)) {
      node = node->successor;
    }
    return *node;
  }
};

// Position of a function in the sorted list of those that the units have.
enum class FunctionIx : std::uint32_t {};

struct UnitNode {
  const Unit* unit = nullptr;
  FunctionIx function{};
  const UnitNode* successor = nullptr;  // nullptr when none
};

// Who covers an area, and by which listing.
struct Covering {
  const UnitNode* unit = nullptr;    // nullptr: nobody
  const UnitNode* listed = nullptr;  // the unit itself, or the ended one that it stands for
  const AreaNode* area = nullptr;    // the one that `listed` lists: the area or one around it
};

// Points into the release that it was built from, which must outlive it and stay where it is.
class Directory {
 public:
  // Errors: release.invalid: an id stands twice, a reference leads nowhere, a cycle, no nation, a
  // code that has not the form of one.
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

  // What `covering` answers, found by searching, and how.
  Covering search(FunctionIx function, Level level, const AreaNode& area, TimeUs at) const;
  // The units of the function at the level that list the area or one around it, active or not; the
  // nearest area first.
  std::vector<const UnitNode*> listing(FunctionIx function, Level level,
                                       const AreaNode& area) const;
  // How many units have the function and the level, active or not.
  std::size_t count(FunctionIx function, Level level) const;

  // The directory at one time. Valid as long as the directory and in its place.
  class Moment {
   public:
    const UnitNode* covering(FunctionIx function, Level level, const AreaNode& area) const {
      if (row_ == nullptr) return directory_->search(function, level, area, at_).unit;
      const auto position = static_cast<std::size_t>(&area - directory_->areas_.data());
      const std::uint16_t unit = row_[position * directory_->slots() + slot_of(function, level)];
      return unit == 0 ? nullptr : &directory_->units_[unit - 1];
    }

   private:
    friend class Directory;
    const Directory* directory_;
    const std::uint16_t* row_;  // nullptr: coverage is not laid out
    TimeUs at_;
  };
  Moment moment(TimeUs at) const;

  std::size_t memory_bytes() const;

 private:
  Directory() = default;
  Result<void> add_areas(const Release& release);
  Result<void> link_areas();
  Result<void> add_units(const Release& release);
  Result<void> link_units();
  void index_coverage();
  void lay_out_coverage();
  void lay_out(TimeUs at, const std::vector<std::size_t>& order, std::uint16_t* row) const;
  std::vector<std::size_t> outermost_first() const;

  // A function at a level, and a unit of it that lists the area.
  struct Listing {
    std::size_t slot;
    const UnitNode* unit;
  };
  std::span<const Listing> listings(const AreaNode& area) const;
  std::span<const Listing> listings(std::size_t slot, const AreaNode& area) const;
  static std::size_t slot_of(FunctionIx function, Level level) {
    return static_cast<std::size_t>(function) * 3 + static_cast<std::size_t>(level);
  }
  std::size_t slots() const { return functions_.size() * 3; }
  static Covering active_of(std::span<const Listing> listings, TimeUs at);

  std::vector<AreaNode> areas_;  // the last is abroad
  std::vector<UnitNode> units_;
  std::vector<std::string_view> functions_;  // sorted
  // By the number of the code (see directory.cc): 1 + position in areas_, 0 for a code without
  // area.
  std::vector<std::uint16_t> area_by_code_;
  std::unordered_map<std::string_view, const UnitNode*> unit_by_id_;
  const AreaNode* nation_ = nullptr;
  // Those of areas_[i] are listings_[starts_[i]] up to the next start, in the order of the slots;
  // within a slot the unit that ends last comes first.
  std::vector<std::size_t> starts_;
  std::vector<Listing> listings_;
  // The moments at which a unit begins or ends, sorted; between two of them coverage is the same.
  std::vector<TimeUs> changes_;
  // For each span of time between changes, for each area, for each slot: 1 + position in units_,
  // 0 for nobody. Empty when it would be over limits::kCoverageBytes; then coverage is searched.
  std::vector<std::uint16_t> coverage_;
};

}  // namespace rujukan::routing
