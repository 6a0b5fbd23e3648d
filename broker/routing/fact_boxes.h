// FactBoxes: sets of classes of facts, said in few conditions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/routing/fact_space.h"

namespace rujukan::routing {

// The need that leads under each of two releases; not set: the facts are refused.
struct LeadNeeds {
  std::optional<Need> before;
  std::optional<Need> after;
  friend auto operator<=>(const LeadNeeds&, const LeadNeeds&) = default;
};

// Facts for which every condition that is set holds; an empty list is no condition.
struct FactBox {
  std::vector<LeadNeeds> leads;
  std::vector<Mode> mode;
  std::vector<VictimAge> victim_age;
  std::vector<Consent> consent;
  std::vector<Urgency> urgency;
  std::optional<bool> suspect_abroad;
  std::vector<std::vector<Category>> with;  // at least one of each list
  std::vector<Category> without;            // none of these
  friend bool operator==(const FactBox&, const FactBox&) = default;
};

// Numbers the classes of a space, each once per pair of lead needs that its facts may have. Not to
// be used after the space has gone.
class FactBoxes {
 public:
  using Cell = std::uint32_t;

  explicit FactBoxes(const FactSpace& space);

  Cell cell(const LeadNeeds& leads, std::size_t class_index) const;
  // Facts of the cell exist. Cells that are never declared are filled as boxes need it.
  void declare(Cell cell) { exists_[cell] = true; }

  // Boxes that hold these cells and, of the others that exist, none. They may overlap. `domestic`:
  // the places say already that no suspect is abroad. Requires: declared cells, sorted.
  std::vector<FactBox> cover(const std::vector<Cell>& cells, bool domestic) const;

 private:
  class Covering;
  std::size_t number_of(const CaseTraits& traits) const;
  FactBox box_of(const std::vector<std::vector<std::size_t>>& values,
                 const std::vector<LeadNeeds>& leads) const;

  const FactSpace& space_;
  std::vector<std::size_t> sizes_;    // of the axes of a class, the last varies fastest
  std::vector<std::size_t> numbers_;  // of the classes, in the order of the space
  std::vector<bool> exists_;
};

}  // namespace rujukan::routing
