// RoutingTable's answers about single units: who stands in, who is wider, who may.
#include <algorithm>

#include "broker/routing/table_index.h"

namespace rujukan::routing {
namespace {

bool contains(const std::vector<AgencyId>& agencies, const AgencyId& agency) {
  return std::find(agencies.begin(), agencies.end(), agency) != agencies.end();
}

bool forbids(const Guarantee& guarantee, const Unit& unit, RoutingTable::Part part) {
  if (contains(guarantee.excluded_agency, unit.agency)) return true;
  if (part == RoutingTable::Part::kInformed) return false;
  if (contains(guarantee.unassigned_agency, unit.agency)) return true;
  return part == RoutingTable::Part::kOwner && !guarantee.owner_agency.empty() &&
         !contains(guarantee.owner_agency, unit.agency);
}

}  // namespace

const Unit* RoutingTable::stand_in(const UnitId& unit, TimeUs at) const {
  const UnitNode* ended = index_->directory->unit(unit.view());
  const UnitNode* node = ended;
  while (node != nullptr && !node->unit->validity.covers(at)) node = node->successor;
  return node != nullptr && node->function == ended->function ? node->unit : nullptr;
}

const Unit* RoutingTable::terminal(const FunctionId& function, TimeUs at) const {
  const Directory& directory = *index_->directory;
  const auto known = directory.function(function.view());
  if (!known) return nullptr;
  const UnitNode* node = directory.covering(*known, Level::kNational, directory.nation(), at);
  return node == nullptr ? nullptr : node->unit;
}

std::vector<UnitId> RoutingTable::chain_from(const UnitId& unit, TimeUs at) const {
  const Directory& directory = *index_->directory;
  const UnitNode* first = directory.unit(unit.view());
  if (first == nullptr || !first->unit->validity.covers(at)) return {};
  std::vector<UnitId> chain{unit};
  if (first->unit->level == Level::kNational) return chain;
  if (first->unit->level == Level::kRegency) {
    const UnitNode* agreed = nullptr;
    bool agree = true;
    for (const AreaCode& code : first->unit->areas) {
      const AreaNode& area = directory.area(code.view())->in_force(at);
      const UnitNode* wider = directory.covering(first->function, Level::kProvince, area, at);
      agree = agree && wider != nullptr && (agreed == nullptr || agreed == wider);
      agreed = wider;
    }
    if (agree && agreed != nullptr) chain.push_back(agreed->unit->id);
  }
  const Unit* last = terminal(first->unit->function, at);
  if (last == nullptr) return {};
  chain.push_back(last->id);
  return chain;
}

bool RoutingTable::competent(const Unit& unit, const Facts& facts, TimeUs at) const {
  if (!unit.validity.covers(at)) return false;
  if (unit.level == Level::kNational) return true;
  const Directory& directory = *index_->directory;
  const FunctionIx function = *directory.function(unit.function.view());
  for (const auto* places : {&facts.victims, &facts.suspects, &facts.incidents}) {
    for (const AreaCode& code : *places) {
      const AreaNode* area = directory.area(code.view());
      if (area == nullptr || area->kind != AreaNode::Kind::kDomestic) continue;
      const UnitNode* named = directory.covering(function, unit.level, area->in_force(at), at);
      if (named != nullptr && named->unit == &unit) return true;
    }
  }
  return false;
}

bool RoutingTable::assigns(const FunctionId& function, Need need) const {
  const auto& rules = index_->release.rules;
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return !rule.withheld && rule.function == function &&
           std::find(rule.needs.begin(), rule.needs.end(), need) != rule.needs.end();
  });
}

bool RoutingTable::permits(const Unit& unit, Part part, const Facts& facts) const {
  const auto at = index_->permissions.find(unit.agency.view());
  const bool owns = at != index_->permissions.end() && at->second->may_own;
  if (part != Part::kInformed && !owns) return false;
  std::optional<CodedFacts> coded;
  for (const Guarantee& guarantee : index_->release.guarantees) {
    if (!forbids(guarantee, unit, part)) continue;
    // Facts that cannot be read may be any. Whether a place is abroad does not depend on the time.
    if (!coded && !read_facts(*index_->directory, facts, TimeUs(), coded.emplace())) return false;
    if (holds(guarantee.when, coded->traits)) return false;
  }
  return true;
}

bool RoutingTable::any_inactive(TimeUs at) const {
  return (index_->first_end && at >= *index_->first_end) ||
         (index_->last_begin && at < *index_->last_begin);
}

std::optional<TimeUs> RoutingTable::next_change(TimeUs after) const {
  std::optional<TimeUs> next;
  for (const Unit& unit : index_->release.units) {
    for (const auto& at : {unit.validity.from, unit.validity.until}) {
      if (at && *at > after && (!next || *at < *next)) next = at;
    }
  }
  return next;
}

}  // namespace rujukan::routing
