#include "broker/routing/directory.h"

#include <algorithm>

#include "broker/base/limits.h"
#include "broker/routing/cycles.h"

namespace rujukan::routing {
namespace {

constexpr std::string_view kNation = "00";
constexpr std::string_view kAbroad = "XX";

// Codes as numbers: "PP" and "PP.RR" without gaps, abroad after them.
constexpr std::size_t kPerProvince = 101;
constexpr std::size_t kAbroadNumber = 100 * kPerProvince;
constexpr std::size_t kNoNumber = kAbroadNumber + 1;

std::size_t number_of(std::string_view code) {
  const auto digit = [code](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(code[i])) - '0';
  };
  if (code == kAbroad) return kAbroadNumber;
  if (code.size() != 2 && (code.size() != 5 || code[2] != '.')) return kNoNumber;
  if (digit(0) > 9 || digit(1) > 9) return kNoNumber;
  const std::size_t province = (digit(0) * 10 + digit(1)) * kPerProvince;
  if (code.size() == 2) return province;
  if (digit(3) > 9 || digit(4) > 9) return kNoNumber;
  return province + 1 + digit(3) * 10 + digit(4);
}

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
  directory.lay_out_coverage();
  return directory;
}

Result<void> Directory::add_areas(const Release& release) {
  areas_.reserve(release.areas.size() + 1);
  area_by_code_.assign(kNoNumber, 0);
  const Area* listed_abroad = nullptr;
  for (const Area& area : release.areas) {
    if (area.code.view() == kAbroad) {
      listed_abroad = &area;
      continue;
    }
    const std::size_t number = number_of(area.code.view());
    if (number == kNoNumber) return invalid("areas.code", area.code.view(), "is not an area code");
    if (area_by_code_[number] != 0) return invalid("areas.code", area.code.view(), "stands twice");
    const bool nation = area.code.view() == kNation;
    areas_.push_back({&area, nation ? AreaNode::Kind::kNation : AreaNode::Kind::kDomestic});
    area_by_code_[number] = static_cast<std::uint16_t>(areas_.size());
    if (nation) nation_ = &areas_.back();
  }
  areas_.push_back({listed_abroad, AreaNode::Kind::kAbroad});
  area_by_code_[kAbroadNumber] = static_cast<std::uint16_t>(areas_.size());
  if (nation_ == nullptr) return invalid("areas", kNation, "is missing");
  return {};
}

Result<void> Directory::link_areas() {
  for (AreaNode& node : areas_) {
    if (node.kind != AreaNode::Kind::kDomestic) continue;
    node.parent = area(node.area->parent.view());
    if (node.parent == nullptr || node.parent->kind == AreaNode::Kind::kAbroad) {
      return invalid("areas.parent", node.area->code.view(), "has no parent in the release");
    }
    if (node.area->succeeded_by.empty()) continue;
    node.successor = area(node.area->succeeded_by.view());
    if (node.successor == nullptr) {
      return invalid("areas.succeeded_by", node.area->succeeded_by.view(), "is not an area");
    }
  }
  const AreaNode* cyclic = cyclic_node(areas_, [](const AreaNode& node) { return node.parent; });
  if (cyclic == nullptr) {
    cyclic = cyclic_node(areas_, [](const AreaNode& node) { return node.successor; });
  }
  if (cyclic != nullptr) return invalid("areas", cyclic->area->code.view(), "is part of a cycle");
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
  const std::size_t number = number_of(code);
  if (number == kNoNumber) return nullptr;
  const std::uint16_t at = area_by_code_[number];
  return at == 0 ? nullptr : &areas_[at - 1];
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

std::span<const Directory::Listing> Directory::listings(const AreaNode& area) const {
  const auto at = static_cast<std::size_t>(&area - areas_.data());
  return std::span(listings_).subspan(starts_[at], starts_[at + 1] - starts_[at]);
}

std::span<const Directory::Listing> Directory::listings(std::size_t slot,
                                                        const AreaNode& area) const {
  const std::span<const Listing> all = listings(area);
  const auto first =
      std::lower_bound(all.begin(), all.end(), slot,
                       [](const Listing& listing, std::size_t s) { return listing.slot < s; });
  auto last = first;
  while (last != all.end() && last->slot == slot) ++last;
  return {first, last};
}

Covering Directory::active_of(std::span<const Listing> listings, TimeUs at) {
  for (const Listing& listing : listings) {
    if (listing.unit->unit->validity.covers(at)) return {listing.unit, listing.unit};
  }
  for (const Listing& listing : listings) {
    const auto& until = listing.unit->unit->validity.until;
    if (!until || at < *until) continue;
    if (const UnitNode* successor = stand_in(*listing.unit, at)) return {successor, listing.unit};
  }
  return {};
}

Covering Directory::search(FunctionIx function, Level level, const AreaNode& area,
                           TimeUs at) const {
  const std::size_t slot = slot_of(function, level);
  for (const AreaNode* listed = &area; listed != nullptr; listed = listed->parent) {
    Covering found = active_of(listings(slot, *listed), at);
    found.area = listed;
    if (found.unit != nullptr) return found;
  }
  return {};
}

const UnitNode* Directory::covering(FunctionIx function, Level level, const AreaNode& area,
                                    TimeUs at) const {
  return moment(at).covering(function, level, area);
}

std::vector<const UnitNode*> Directory::listing(FunctionIx function, Level level,
                                                const AreaNode& area) const {
  std::vector<const UnitNode*> all;
  for (const AreaNode* listed = &area; listed != nullptr; listed = listed->parent) {
    for (const Listing& listing : listings(slot_of(function, level), *listed)) {
      all.push_back(listing.unit);
    }
  }
  return all;
}

std::size_t Directory::count(FunctionIx function, Level level) const {
  return static_cast<std::size_t>(
      std::count_if(units_.begin(), units_.end(), [&](const UnitNode& node) {
        return node.function == function && node.unit->level == level;
      }));
}

// ---- Coverage laid out.

Directory::Moment Directory::moment(TimeUs at) const {
  Moment moment;
  moment.directory_ = this;
  moment.row_ = nullptr;
  moment.at_ = at;
  if (coverage_.empty()) return moment;
  const auto span = std::upper_bound(changes_.begin(), changes_.end(), at) - changes_.begin();
  moment.row_ = coverage_.data() + static_cast<std::size_t>(span) * areas_.size() * slots();
  return moment;
}

void Directory::lay_out_coverage() {
  std::vector<TimeUs> changes;
  for (const UnitNode& node : units_) {
    if (node.unit->validity.from) changes.push_back(*node.unit->validity.from);
    if (node.unit->validity.until) changes.push_back(*node.unit->validity.until);
  }
  std::sort(changes.begin(), changes.end());
  changes.erase(std::unique(changes.begin(), changes.end()), changes.end());
  const std::size_t row = areas_.size() * slots();
  const std::size_t cells = (changes.size() + 1) * row;
  constexpr std::size_t kMostUnits = 0xFFFF;  // a cell has 16 bits
  if (units_.size() >= kMostUnits || cells > limits::kCoverageBytes / sizeof(coverage_[0])) return;
  changes_ = std::move(changes);
  coverage_.assign(cells, 0);
  const std::vector<std::size_t> order = outermost_first();
  for (std::size_t span = 0; span <= changes_.size(); ++span) {
    lay_out(span == 0 ? TimeUs::min() : changes_[span - 1], order, coverage_.data() + span * row);
  }
}

std::vector<std::size_t> Directory::outermost_first() const {
  std::vector<std::pair<std::size_t, std::size_t>> depths;  // and positions
  for (std::size_t i = 0; i < areas_.size(); ++i) {
    std::size_t depth = 0;
    for (const AreaNode* a = areas_[i].parent; a != nullptr; a = a->parent) ++depth;
    depths.emplace_back(depth, i);
  }
  std::sort(depths.begin(), depths.end());
  std::vector<std::size_t> order;
  order.reserve(depths.size());
  for (const auto& [depth, position] : depths) order.push_back(position);
  return order;
}

// `row`: of one span of time, in which `at` lies. What an area does not list itself is as around
// it.
void Directory::lay_out(TimeUs at, const std::vector<std::size_t>& order,
                        std::uint16_t* row) const {
  for (const std::size_t position : order) {
    const AreaNode& area = areas_[position];
    std::uint16_t* cells = row + position * slots();
    if (area.parent != nullptr) {
      const auto around = static_cast<std::size_t>(area.parent - areas_.data());
      std::copy_n(row + around * slots(), slots(), cells);
    }
    std::span<const Listing> rest = listings(area);
    while (!rest.empty()) {
      std::size_t same = 1;
      while (same < rest.size() && rest[same].slot == rest[0].slot) ++same;
      const UnitNode* unit = active_of(rest.first(same), at).unit;
      if (unit != nullptr) {
        cells[rest[0].slot] = static_cast<std::uint16_t>(unit - units_.data() + 1);
      }
      rest = rest.subspan(same);
    }
  }
}

std::size_t Directory::memory_bytes() const {
  const auto held = [](const auto& list) { return list.capacity() * sizeof(list[0]); };
  // A node of the map: the pair, its hash and a link; and a link per bucket.
  constexpr std::size_t kMapNode = sizeof(decltype(unit_by_id_)::value_type) + 2 * sizeof(void*);
  return held(areas_) + held(units_) + held(functions_) + held(area_by_code_) +
         unit_by_id_.size() * kMapNode + unit_by_id_.bucket_count() * sizeof(void*) +
         held(starts_) + held(listings_) + held(changes_) + held(coverage_);
}

}  // namespace rujukan::routing
