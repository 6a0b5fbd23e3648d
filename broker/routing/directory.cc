#include "broker/routing/directory.h"

#include <algorithm>

#include "broker/routing/cycles.h"

namespace rujukan::routing {
namespace {

constexpr std::string_view kNation = "00";
constexpr std::string_view kAbroad = "XX";

Error invalid(std::string field, std::string_view id, std::string_view why) {
  return Error{ErrorCode::kReleaseInvalid, std::move(field),
               std::string(id) + " " + std::string(why)};
}

// The first active unit of the chain of successors.
const UnitNode* stand_in(const UnitNode& ended, TimeUs at) {
  const UnitNode* unit = ended.successor;
  while (unit != nullptr && !unit->unit->validity.covers(at)) unit = unit->successor;
  const bool same =
      unit != nullptr && unit->function == ended.function && unit->unit->level == ended.unit->level;
  return same ? unit : nullptr;
}

bool ends_later(const UnitNode* a, const UnitNode* b) {
  const auto& left = a->unit->validity.until;
  const auto& right = b->unit->validity.until;
  return left != right && (!left || (right && *left > *right));
}

// The first node that lies on a cycle of next(node), a node of the same list or nullptr; nullptr
// when there is none.
template <typename Node, typename Next>
const Node* cyclic_node(const std::vector<Node>& nodes, Next next) {
  const auto position = [&](std::size_t i) -> std::optional<std::size_t> {
    const Node* following = next(nodes[i]);
    if (following == nullptr) return std::nullopt;
    return static_cast<std::size_t>(following - nodes.data());
  };
  const std::vector<bool> cyclic = in_cycles(nodes.size(), position);
  const auto first = std::find(cyclic.begin(), cyclic.end(), true);
  return first == cyclic.end() ? nullptr : &nodes[static_cast<std::size_t>(first - cyclic.begin())];
}

}  // namespace

Result<Directory> Directory::build(const Release& release) {
  Directory directory;
  if (auto added = directory.add_areas(release); !added) return added.error();
  if (auto linked = directory.link_areas(); !linked) return linked.error();
  if (auto added = directory.add_units(release); !added) return added.error();
  if (auto linked = directory.link_units(); !linked) return linked.error();
  directory.index_coverage();
  return directory;
}

Result<void> Directory::add_areas(const Release& release) {
  areas_.reserve(release.areas.size() + 1);
  const Area* listed_abroad = nullptr;
  for (const Area& area : release.areas) {
    if (area.code.view() == kAbroad) {
      listed_abroad = &area;
      continue;
    }
    const bool nation = area.code.view() == kNation;
    areas_.push_back({&area, nation ? AreaNode::Kind::kNation : AreaNode::Kind::kDomestic});
    if (!area_by_code_.emplace(area.code.view(), &areas_.back()).second) {
      return invalid("areas.code", area.code.view(), "stands twice");
    }
    if (nation) nation_ = &areas_.back();
  }
  areas_.push_back({listed_abroad, AreaNode::Kind::kAbroad});
  area_by_code_.emplace(kAbroad, &areas_.back());
  if (nation_ == nullptr) return invalid("areas", kNation, "is missing");
  return {};
}

Result<void> Directory::link_areas() {
  for (AreaNode& node : areas_) {
    node.resolved = &node;
    if (node.kind != AreaNode::Kind::kDomestic) continue;
    node.parent = area(node.area->parent.view());
    if (node.parent == nullptr || node.parent->kind == AreaNode::Kind::kAbroad) {
      return invalid("areas.parent", node.area->code.view(), "has no parent in the release");
    }
    if (node.area->succeeded_by.empty()) continue;
    node.resolved = area(node.area->succeeded_by.view());
    if (node.resolved == nullptr) {
      return invalid("areas.succeeded_by", node.area->succeeded_by.view(), "is not an area");
    }
  }
  const AreaNode* cyclic = cyclic_node(areas_, [](const AreaNode& node) { return node.parent; });
  if (cyclic == nullptr) {
    cyclic = cyclic_node(areas_, [](const AreaNode& node) {
      return node.resolved == &node ? nullptr : node.resolved;
    });
  }
  if (cyclic != nullptr) return invalid("areas", cyclic->area->code.view(), "is part of a cycle");
  for (AreaNode& node : areas_) {
    while (node.resolved != node.resolved->resolved) node.resolved = node.resolved->resolved;
  }
  return {};
}

Result<void> Directory::add_units(const Release& release) {
  for (const Unit& unit : release.units) functions_.push_back(unit.function.view());
  std::sort(functions_.begin(), functions_.end());
  functions_.erase(std::unique(functions_.begin(), functions_.end()), functions_.end());
  units_.reserve(release.units.size());
  for (const Unit& unit : release.units) {
    units_.push_back({&unit, *function(unit.function.view())});
    if (!unit_by_id_.emplace(unit.id.view(), &units_.back()).second) {
      return invalid("units.id", unit.id.view(), "stands twice");
    }
    for (const AreaCode& code : unit.areas) {
      const AreaNode* listed = area(code.view());
      if (listed == nullptr || listed->kind == AreaNode::Kind::kAbroad) {
        return invalid("units.areas", unit.id.view(), "lists an area that is not in the release");
      }
    }
  }
  return {};
}

Result<void> Directory::link_units() {
  for (UnitNode& node : units_) {
    if (node.unit->successor.empty()) continue;
    node.successor = unit(node.unit->successor.view());
    if (node.successor == nullptr) {
      return invalid("units.successor", node.unit->successor.view(), "is not a unit");
    }
  }
  const UnitNode* cyclic = cyclic_node(units_, [](const UnitNode& node) { return node.successor; });
  if (cyclic != nullptr) {
    return invalid("units.successor", cyclic->unit->id.view(), "is part of a cycle");
  }
  return {};
}

void Directory::index_coverage() {
  std::vector<std::vector<Listing>> by_area(areas_.size());
  for (const UnitNode& node : units_) {
    for (const AreaCode& code : node.unit->areas) {
      by_area[static_cast<std::size_t>(area(code.view()) - areas_.data())].push_back(
          {slot_of(node.function, node.unit->level), &node});
    }
  }
  const auto before = [](const Listing& a, const Listing& b) {
    return a.slot != b.slot ? a.slot < b.slot : ends_later(a.unit, b.unit);
  };
  starts_.push_back(0);
  for (std::vector<Listing>& listings : by_area) {
    std::stable_sort(listings.begin(), listings.end(), before);
    listings_.insert(listings_.end(), listings.begin(), listings.end());
    starts_.push_back(listings_.size());
  }
}

const AreaNode* Directory::area(std::string_view code) const {
  const auto at = area_by_code_.find(code);
  return at == area_by_code_.end() ? nullptr : at->second;
}

const UnitNode* Directory::unit(std::string_view id) const {
  const auto at = unit_by_id_.find(id);
  return at == unit_by_id_.end() ? nullptr : at->second;
}

std::optional<FunctionIx> Directory::function(std::string_view id) const {
  const auto at = std::lower_bound(functions_.begin(), functions_.end(), id);
  if (at == functions_.end() || *at != id) return std::nullopt;
  return static_cast<FunctionIx>(at - functions_.begin());
}

std::uint64_t Directory::slot_of(FunctionIx function, Level level) {
  return (static_cast<std::uint64_t>(function) << 8) | static_cast<std::uint64_t>(level);
}

std::span<const Directory::Listing> Directory::listings(std::uint64_t slot,
                                                        const AreaNode& area) const {
  const auto at = static_cast<std::size_t>(&area - areas_.data());
  const auto end = listings_.begin() + static_cast<std::ptrdiff_t>(starts_[at + 1]);
  const auto first =
      std::lower_bound(listings_.begin() + static_cast<std::ptrdiff_t>(starts_[at]), end, slot,
                       [](const Listing& listing, std::uint64_t s) { return listing.slot < s; });
  auto last = first;
  while (last != end && last->slot == slot) ++last;
  return {first, last};
}

const UnitNode* Directory::active_of(std::span<const Listing> listings, TimeUs at) {
  for (const Listing& listing : listings) {
    if (listing.unit->unit->validity.covers(at)) return listing.unit;
  }
  for (const Listing& listing : listings) {
    const auto& until = listing.unit->unit->validity.until;
    if (!until || at < *until) continue;
    if (const UnitNode* successor = stand_in(*listing.unit, at)) return successor;
  }
  return nullptr;
}

const UnitNode* Directory::covering(FunctionIx function, Level level, const AreaNode& area,
                                    TimeUs at) const {
  const std::uint64_t slot = slot_of(function, level);
  for (const AreaNode* listed = &area; listed != nullptr; listed = listed->parent) {
    if (const UnitNode* unit = active_of(listings(slot, *listed), at)) return unit;
  }
  return nullptr;
}

}  // namespace rujukan::routing
