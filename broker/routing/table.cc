#include "broker/routing/table.h"

#include <algorithm>
#include <bit>
#include <set>

#include "broker/routing/table_index.h"

namespace rujukan::routing {
namespace {

Error invalid(std::string field, std::string_view id, std::string_view why) {
  return Error{ErrorCode::kReleaseInvalid, std::move(field),
               std::string(id) + " " + std::string(why)};
}

bool usable(const UnitKey& key, KeyPurpose purpose, TimeUs at) {
  const bool compromised = key.compromised_since && at >= *key.compromised_since;
  return key.purpose == purpose && key.validity.covers(at) && !compromised;
}

std::vector<const UnitKey*> sealing_keys(const TableIndex& index, std::string_view unit) {
  const auto keys = index.keys.find(unit);
  if (keys == index.keys.end()) return {};
  std::vector<const UnitKey*> out = keys->second;
  std::erase_if(out, [](const UnitKey* key) { return key->purpose != KeyPurpose::kSeal; });
  return out;
}

bool same_to_seal_for(const Unit& unit, const TableIndex& now, const TableIndex& before) {
  const UnitNode* earlier = before.directory->unit(unit.id.view());
  if (earlier == nullptr || *earlier->unit != unit) return false;
  const auto same_key = [](const UnitKey* a, const UnitKey* b) { return *a == *b; };
  return std::ranges::equal(sealing_keys(now, unit.id.view()), sealing_keys(before, unit.id.view()),
                            same_key);
}

}  // namespace

Result<BoundInform> TableIndex::bind_inform(const Inform& inform) const {
  const auto function = directory->function(inform.function.view());
  if (!function) return invalid("rules.inform", inform.function.view(), "is no unit's function");
  if (!inform.of && inform.level != Level::kNational) {
    return invalid("rules.inform", inform.function.view(), "has no list of areas for its level");
  }
  return BoundInform{*function, inform.level, inform.of, &inform};
}

Result<BoundRule> TableIndex::bind_rule(const Rule& rule) {
  BoundRule bound;
  bound.rule = &rule;
  bound.level = rule.level;
  bound.withheld = rule.withheld;
  if (!rule.withheld) {
    const auto function = directory->function(rule.function.view());
    if (!function) return invalid("rules.function", rule.function.view(), "is no unit's function");
    bound.function = *function;
  }
  for (const Anchor anchor : rule.anchors) {
    const bool repeated =
        std::find(bound.anchors.begin(), bound.anchors.end(), anchor) != bound.anchors.end();
    if (!repeated) bound.anchors.push_back(anchor);
  }
  const std::size_t first = informs.size();
  for (const Inform& inform : rule.inform) {
    auto entry = bind_inform(inform);
    if (!entry) return entry.error();
    informs.push_back(*entry);
  }
  bound.inform = {informs.data() + first, rule.inform.size()};
  return bound;
}

Result<void> TableIndex::bind_rules() {
  std::size_t entries = 0;
  for (const Rule& rule : release.rules) entries += rule.inform.size();
  informs.reserve(entries);  // the rules point into it
  rules.reserve(release.rules.size());
  for (const Rule& rule : release.rules) {
    auto bound = bind_rule(rule);
    if (!bound) return bound.error();
    rules.push_back(*bound);
  }
  for (const ImpliedNeeds& rule : release.implied) {
    implied.push_back({BoundCondition(rule.when), bits_of(rule.needs), &rule});
  }
  for (const CaseInform& rule : release.case_informs) {
    auto entry = bind_inform(rule.inform);
    if (!entry) return entry.error();
    case_informs.push_back({&rule, BoundCondition(rule.when), *entry});
  }
  return check_informed();
}

Result<void> TableIndex::check_informed() const {
  // For each function and level, the lists of areas whose units are informed; kNation: none.
  constexpr unsigned kNation = 3;
  std::map<std::pair<FunctionIx, Level>, unsigned> lists;
  const auto note = [&lists](const BoundInform& entry) {
    const unsigned list = entry.of ? static_cast<unsigned>(*entry.of) : kNation;
    lists[{entry.function, entry.level}] |= 1U << list;
  };
  for (const BoundInform& entry : informs) note(entry);
  for (const BoundCaseInform& entry : case_informs) note(entry.inform);
  std::size_t most = 0;
  for (const auto& [slot, bits] : lists) {
    const auto areas = static_cast<std::size_t>(std::popcount(bits & ~(1U << kNation)));
    const std::size_t wanted = areas * limits::kAreasPerList + ((bits >> kNation) & 1U);
    most += std::min(wanted, directory->count(slot.first, slot.second));
  }
  if (most <= limits::kInformed) return {};
  return invalid(
      "rules.inform", std::to_string(most),
      "units could be informed of one case, more than " + std::to_string(limits::kInformed));
}

Result<void> TableIndex::bind_registry() {
  for (const Permission& permission : release.permissions) {
    if (!permissions.emplace(permission.agency.view(), &permission).second) {
      return invalid("permissions.agency", permission.agency.view(), "stands twice");
    }
  }
  std::set<std::pair<std::string_view, std::string_view>> key_ids;
  for (const UnitKey& key : release.keys) {
    if (directory->unit(key.unit.view()) == nullptr) {
      return invalid("keys.unit", key.unit.view(), "is not a unit");
    }
    if (!key_ids.emplace(key.unit.view(), key.key_id).second) {
      return invalid("keys.key_id", key.unit.view(), "has a key id twice");
    }
    keys[key.unit.view()].push_back(&key);
  }
  for (const Station& listed : release.stations) {
    BoundStation bound{&listed, {}};
    for (const UnitId& served : listed.units) {
      if (directory->unit(served.view()) == nullptr) {
        return invalid("stations.units", served.view(), "is not a unit");
      }
      bound.units.push_back(served.view());
    }
    std::sort(bound.units.begin(), bound.units.end());
    if (!stations.emplace(listed.id.view(), std::move(bound)).second) {
      return invalid("stations.id", listed.id.view(), "stands twice");
    }
  }
  return {};
}

Result<void> TableIndex::bind() {
  auto built = Directory::build(release);
  if (!built) return built.error();
  directory.emplace(std::move(*built));
  for (const Unit& unit : release.units) {
    const auto& [from, until] = unit.validity;
    if (until && (!first_end || *until < *first_end)) first_end = until;
    if (from && (!last_begin || *from > *last_begin)) last_begin = from;
  }
  if (auto bound = bind_rules(); !bound) return bound;
  return bind_registry();
}

void TableIndex::find_changes(const TableIndex* before) {
  for (const Unit& unit : release.units) {
    const bool same = before != nullptr && same_to_seal_for(unit, *this, *before);
    changed_in[unit.id.view()] = same ? before->changed_in.at(unit.id.view()) : release.version;
  }
}

RoutingTable::RoutingTable(std::unique_ptr<const TableIndex> index) : index_(std::move(index)) {}
RoutingTable::~RoutingTable() = default;

Result<std::shared_ptr<const RoutingTable>> RoutingTable::build(Release release,
                                                                const RoutingTable* before) {
  auto index = std::make_unique<TableIndex>(std::move(release));
  if (auto bound = index->bind(); !bound) return bound.error();
  index->find_changes(before == nullptr ? nullptr : before->index_.get());
  return std::shared_ptr<const RoutingTable>(new RoutingTable(std::move(index)));
}

const Release& RoutingTable::release() const { return index_->release; }

const Unit* RoutingTable::unit(const UnitId& id) const {
  const UnitNode* node = index_->directory->unit(id.view());
  return node == nullptr ? nullptr : node->unit;
}

const Area* RoutingTable::area(const AreaCode& code) const {
  const AreaNode* node = index_->directory->area(code.view());
  return node == nullptr ? nullptr : node->area;
}

const Station* RoutingTable::station(const StationId& id) const {
  const auto at = index_->stations.find(id.view());
  return at == index_->stations.end() ? nullptr : at->second.station;
}

bool RoutingTable::station_serves(const StationId& id, const UnitId& unit) const {
  const auto at = index_->stations.find(id.view());
  if (at == index_->stations.end()) return false;
  const auto& units = at->second.units;
  return std::binary_search(units.begin(), units.end(), unit.view());
}

const UnitKey* RoutingTable::key(const UnitId& unit, std::string_view key_id, KeyPurpose purpose,
                                 TimeUs at) const {
  const auto keys = index_->keys.find(unit.view());
  if (keys == index_->keys.end()) return nullptr;
  for (const UnitKey* key : keys->second) {
    if (key->key_id == key_id && usable(*key, purpose, at)) return key;
  }
  return nullptr;
}

ReleaseVersion RoutingTable::changed_in(const UnitId& unit) const {
  const auto at = index_->changed_in.find(unit.view());
  return at == index_->changed_in.end() ? release().version : at->second;
}

const UnitKey* RoutingTable::sealing_key(const UnitId& unit, TimeUs at) const {
  const auto keys = index_->keys.find(unit.view());
  if (keys == index_->keys.end()) return nullptr;
  const UnitKey* latest = nullptr;
  for (const UnitKey* key : keys->second) {
    if (!usable(*key, KeyPurpose::kSeal, at)) continue;
    // A start that is not set is before every other.
    if (latest == nullptr || key->validity.from > latest->validity.from) latest = key;
  }
  return latest;
}

const Unit* RoutingTable::covering_unit(const FunctionId& function, Level level,
                                        const AreaCode& area, TimeUs at) const {
  const auto known = index_->directory->function(function.view());
  const AreaNode* node = index_->directory->area(area.view());
  if (!known || node == nullptr) return nullptr;
  const UnitNode* found = index_->directory->covering(*known, level, node->in_force(at), at);
  return found == nullptr ? nullptr : found->unit;
}

Result<void> RoutingTable::may_open(const AgencyId& agency, const Facts& facts) const {
  const auto denied = [](std::string field, std::string_view what) {
    return Error{ErrorCode::kPermissionDenied, std::move(field), std::string(what)};
  };
  const auto at = index_->permissions.find(agency.view());
  if (at == index_->permissions.end() || at->second->open_categories.empty()) {
    return denied("origin", agency.view());
  }
  const Permission& permission = *at->second;
  const auto holds = [](const auto& list, auto value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  for (const Category category : facts.categories) {
    if (!holds(permission.open_categories, category)) {
      return denied("categories", name_of(category));
    }
  }
  for (const Need need : facts.needs) {
    if (!holds(permission.request_needs, need)) return denied("needs", name_of(need));
  }
  return {};
}

}  // namespace rujukan::routing
