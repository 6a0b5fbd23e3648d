// RoutingTable::route: domain.md's policy, step by step. Works on nodes; ids are copied into the
// answer only.
#include <algorithm>

#include "broker/base/limits.h"
#include "broker/routing/table_index.h"

namespace rujukan::routing {
namespace {

// One list of areas of the facts, successors resolved.
struct PlaceList {
  std::array<const AreaNode*, limits::kAreasPerList> areas{};
  std::size_t count = 0;
  bool domestic = true;  // holds neither the nation nor abroad

  std::span<const AreaNode* const> view() const { return {areas.data(), count}; }
};

struct CodedFacts {
  std::array<PlaceList, 3> places;  // in the order of Anchor
  CaseTraits traits;
  std::array<bool, 10> needs{};  // in the order of Need

  const PlaceList& of(Anchor anchor) const { return places[static_cast<std::size_t>(anchor)]; }
  void add(const std::vector<Need>& more) {
    for (const Need need : more) needs[static_cast<std::size_t>(need)] = true;
  }
};

Error invalid(std::string_view field, std::string detail) {
  return Error{ErrorCode::kFactsInvalid, std::string(field), std::move(detail)};
}

Result<void> read_places(const Directory& directory, const std::vector<AreaCode>& codes,
                         Anchor anchor, PlaceList& out) {
  const std::string_view field = name_of(anchor);
  if (codes.size() > limits::kAreasPerList) {
    return invalid(field, "more than " + std::to_string(limits::kAreasPerList) + " areas");
  }
  for (const AreaCode& code : codes) {
    const AreaNode* node = directory.area(code.view());
    if (node == nullptr) {
      // Only what has the form of a code is repeated: an error must not carry free text.
      return invalid(field, is_valid_area_code(code.view())
                                ? "unknown area " + code.str()
                                : "not an area code at position " + std::to_string(out.count));
    }
    out.areas[out.count++] = node->resolved;
    out.domestic = out.domestic && node->resolved->kind == AreaNode::Kind::kDomestic;
  }
  return {};
}

CaseTraits traits_of(const Facts& facts, const PlaceList& suspects) {
  CaseTraits traits{facts.mode, facts.victim_age, facts.consent, facts.urgency, false, 0};
  for (const Category category : facts.categories) {
    traits.categories |= 1U << static_cast<unsigned>(category);
  }
  for (const AreaNode* suspect : suspects.view()) {
    if (suspect->kind == AreaNode::Kind::kAbroad) traits.suspect_abroad = true;
  }
  return traits;
}

Result<CodedFacts> read_facts(const Directory& directory, const Release& release,
                              const Facts& facts) {
  CodedFacts coded;
  const std::pair<Anchor, const std::vector<AreaCode>*> lists[] = {
      {Anchor::kVictims, &facts.victims},
      {Anchor::kSuspects, &facts.suspects},
      {Anchor::kIncidents, &facts.incidents}};
  for (const auto& [anchor, codes] : lists) {
    PlaceList& out = coded.places[static_cast<std::size_t>(anchor)];
    if (auto read = read_places(directory, *codes, anchor, out); !read) return read.error();
  }
  if (facts.legal_bases.size() > limits::kLegalBases) {
    return invalid("legal_bases", "more than " + std::to_string(limits::kLegalBases));
  }
  for (const std::string& code : facts.legal_bases) {
    if (!is_valid_id(code)) return invalid("legal_bases", "not a code");
  }
  coded.traits = traits_of(facts, coded.of(Anchor::kSuspects));
  coded.add(facts.needs);
  for (const ImpliedNeeds& implied : release.implied) {
    if (holds(implied.when, coded.traits)) coded.add(implied.needs);
  }
  return coded;
}

// A unit has one level, so a chain holds at most one unit per level and never a unit twice.
struct Chain {
  std::array<const UnitNode*, 3> units{};
  std::size_t count = 0;

  std::span<const UnitNode* const> view() const { return {units.data(), count}; }
};

struct Decided {
  Need need;
  std::uint32_t rule;  // position
  Chain chain;
};

// One evaluation of the table.
class Evaluation {
 public:
  Evaluation(const Directory& directory, const CodedFacts& facts, TimeUs at)
      : directory_(directory), facts_(facts), at_(at) {}

  // The unit on which all anchors agree at the rule's level or the narrowest wider one, and those
  // of every wider level on which they agree. Errors: routing.no_unit.
  Result<Chain> resolve(const BoundRule& rule, Need need) const {
    const PlaceList* anchors = anchors_of(*rule.rule);
    Chain chain;
    if (anchors != nullptr) {
      for (Level level = rule.rule->level; level != Level::kNational; level = wider(level)) {
        const UnitNode* unit = agreed(rule.function, level, *anchors);
        if (unit != nullptr) chain.units[chain.count++] = unit;
      }
    }
    const UnitNode* terminal =
        directory_.covering(rule.function, Level::kNational, directory_.nation(), at_);
    if (terminal == nullptr) {
      return Error{
          ErrorCode::kRoutingNoUnit, "needs",
          std::string(name_of(need)) + ": no national unit of " + rule.rule->function.str()};
    }
    chain.units[chain.count++] = terminal;
    return chain;
  }

  // Adds the units to inform that hold no assignment and are not in the list yet.
  void inform(const BoundInform& inform, std::span<const Decided> decided,
              std::vector<const UnitNode*>& out) const {
    if (!inform.of) {
      add(directory_.covering(inform.function, inform.level, directory_.nation(), at_), decided,
          out);
      return;
    }
    for (const AreaNode* area : facts_.of(*inform.of).view()) {
      if (area->kind != AreaNode::Kind::kDomestic) continue;
      add(directory_.covering(inform.function, inform.level, *area, at_), decided, out);
    }
  }

 private:
  static Level wider(Level level) {
    return level == Level::kRegency ? Level::kProvince : Level::kNational;
  }

  // nullptr when the anchor is the nation.
  const PlaceList* anchors_of(const Rule& rule) const {
    for (const Anchor anchor : rule.anchors) {
      const PlaceList& places = facts_.of(anchor);
      if (places.count != 0) return places.domestic ? &places : nullptr;
    }
    return nullptr;
  }

  const UnitNode* agreed(FunctionIx function, Level level, const PlaceList& anchors) const {
    const UnitNode* first = nullptr;
    for (const AreaNode* area : anchors.view()) {
      const UnitNode* unit = directory_.covering(function, level, *area, at_);
      if (unit == nullptr || (first != nullptr && unit != first)) return nullptr;
      first = unit;
    }
    return first;
  }

  static void add(const UnitNode* unit, std::span<const Decided> decided,
                  std::vector<const UnitNode*>& out) {
    if (unit == nullptr || std::find(out.begin(), out.end(), unit) != out.end()) return;
    const auto is_holder = [unit](const Decided& d) { return d.chain.units[0] == unit; };
    if (std::none_of(decided.begin(), decided.end(), is_holder)) out.push_back(unit);
  }

  const Directory& directory_;
  const CodedFacts& facts_;
  TimeUs at_;
};

std::vector<UnitId> ids_of(std::span<const UnitNode* const> units) {
  std::vector<UnitId> ids;
  ids.reserve(units.size());
  for (const UnitNode* unit : units) ids.push_back(unit->unit->id);
  return ids;
}

// The units that are informed, in the order of the rules that decided.
std::vector<UnitId> informed_by(const std::vector<BoundRule>& rules,
                                const std::vector<BoundCaseInform>& case_informs,
                                const CodedFacts& facts, const Evaluation& evaluation,
                                std::span<const Decided> decided) {
  std::vector<std::uint32_t> positions;
  for (const Decided& d : decided) positions.push_back(d.rule);
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  std::vector<const UnitNode*> informed;
  for (const std::uint32_t position : positions) {
    for (const BoundInform& entry : rules[position].inform) {
      evaluation.inform(entry, decided, informed);
    }
  }
  for (const BoundCaseInform& entry : case_informs) {
    if (holds(entry.rule->when, facts.traits)) evaluation.inform(entry.inform, decided, informed);
  }
  return ids_of(informed);
}

}  // namespace

Result<Route> RoutingTable::route(const Facts& facts, TimeUs at) const {
  const auto coded = read_facts(*index_->directory, index_->release, facts);
  if (!coded) return coded.error();
  const Evaluation evaluation(*index_->directory, *coded, at);
  Route route;
  std::vector<Decided> decided;
  decided.reserve(coded->needs.size());
  for (const auto& [need, name] : code_names<Need>()) {
    if (!coded->needs[static_cast<std::size_t>(need)]) continue;
    const auto match = index_->rule_index.first_match(need, coded->traits);
    if (!match) return Error{ErrorCode::kRoutingNoRule, "needs", std::string(name)};
    const BoundRule& bound = index_->rules[*match];
    if (bound.rule->withheld) {
      route.withheld.push_back(need);
      route.withheld_rules.push_back(bound.rule->id);
      continue;
    }
    const auto chain = evaluation.resolve(bound, need);
    if (!chain) return chain.error();
    decided.push_back({need, *match, *chain});
    route.assignments.push_back(
        {need, bound.rule->function, bound.rule->id, ids_of(chain->view())});
  }
  if (decided.empty()) {
    return invalid("needs", route.withheld.empty() ? "no need" : "every need is withheld");
  }
  route.lead = decided.front().need;
  route.informed = informed_by(index_->rules, index_->case_informs, *coded, evaluation, decided);
  route.accept_within_s = rujukan::accept_within_s(index_->release.deadlines, facts.urgency);
  return route;
}

std::vector<UnitId> Route::recipients() const {
  std::vector<UnitId> all;
  for (const RoutedAssignment& assignment : assignments) {
    for (const UnitId& unit : assignment.chain) {
      if (std::find(all.begin(), all.end(), unit) == all.end()) all.push_back(unit);
    }
  }
  return all;
}

}  // namespace rujukan::routing
