// Evaluation: domain.md's policy, step by step, once for all that ask the table. Works on nodes.
#pragma once

#include <algorithm>
#include <bit>

#include "broker/routing/coded_facts.h"
#include "broker/routing/table_index.h"

namespace rujukan::routing {

// What became of a unit that a rule informs.
enum class InformResult : std::uint8_t {
  kInformed,
  kAlready,      // by an earlier entry
  kHolds,        // it holds an assignment
  kNobody,       // no unit of the function at the level covers the area
  kNotDomestic,  // the area is the nation or abroad
};

// Where a rule looks for its unit.
struct AnchorsFound {
  std::optional<Anchor> list;         // nullopt: the rule has none, or all of them are empty
  const PlaceList* places = nullptr;  // nullptr: at the nation
};

// A watch that sees nothing. A watch has these functions; they change nothing of the outcome.
struct Unwatched {
  // Whether areas are looked at beyond the one that settles a level.
  static constexpr bool kSeesAll = false;

  void implied(const BoundImplied&, NeedBits /*added*/) {}
  // nullptr: none matches.
  void decides(Need, const BoundRule*) {}
  void anchors(const AnchorsFound&) {}
  void level(Level) {}
  void covers(std::size_t /*position*/, const AreaNode&, const UnitNode*) {}
  // The unit of the level on which all agree; nullptr: none.
  void settles(const UnitNode*) {}
  void informs(const RuleId&, const BoundInform&) {}
  void informs(const AreaNode&, const UnitNode*, InformResult) {}
};

template <typename Watch>
class Evaluation {
 public:
  // All outlive the evaluation.
  Evaluation(const TableIndex& index, const CodedFacts& facts, TimeUs at, Watch& watch)
      : index_(index), facts_(facts), moment_(index.directory->moment(at)), watch_(watch) {}

  // Errors: facts.invalid, routing.no_rule, routing.no_unit.
  Result<void> run(Lookup& out) {
    out.assigned.clear();
    out.withheld.clear();
    out.informed.clear();
    for (NeedBits left = needs(); left != 0; left &= left - 1) {
      if (auto done = decide(static_cast<Need>(std::countr_zero(left)), out); !done) return done;
    }
    if (out.assigned.empty()) {
      return Error{ErrorCode::kFactsInvalid, "needs",
                   out.withheld.empty() ? "no need" : "every need is withheld"};
    }
    out.lead = out.assigned.front().need;
    out.accept_within_s = rujukan::accept_within_s(index_.release.deadlines, facts_.traits.urgency);
    inform(out);
    return {};
  }

 private:
  static Level wider(Level level) {
    return level == Level::kRegency ? Level::kProvince : Level::kNational;
  }

  NeedBits needs() {
    NeedBits all = facts_.needs;
    for (const BoundImplied& implied : index_.implied) {
      if (!implied.when.holds(facts_.traits)) continue;
      watch_.implied(implied, implied.needs & ~all);
      all |= implied.needs;
    }
    return all;
  }

  Result<void> decide(Need need, Lookup& out) {
    const auto match = index_.rule_index.first_match(need, facts_.traits);
    watch_.decides(need, match ? &index_.rules[*match] : nullptr);
    if (!match) return Error{ErrorCode::kRoutingNoRule, "needs", std::string(name_of(need))};
    const BoundRule& bound = index_.rules[*match];
    if (bound.withheld) {
      out.withheld.push_back({need, bound.rule});
      return {};
    }
    Lookup::Assigned assigned{need, bound.rule, {}};
    if (!resolve(bound, assigned)) {
      return Error{
          ErrorCode::kRoutingNoUnit, "needs",
          std::string(name_of(need)) + ": no national unit of " + bound.rule->function.str()};
    }
    out.assigned.push_back(assigned);
    return {};
  }

  // The unit on which all anchors agree at the rule's level or the narrowest wider one, and those
  // of every wider level on which they agree. False: there is no national unit.
  bool resolve(const BoundRule& rule, Lookup::Assigned& assigned) {
    const AnchorsFound found = anchors_of(rule);
    watch_.anchors(found);
    if (found.places != nullptr) {
      for (Level level = rule.level; level != Level::kNational; level = wider(level)) {
        const UnitNode* unit = agreed(rule.function, level, *found.places);
        if (unit != nullptr) assigned.chain.push_back(unit->unit);
      }
    }
    const AreaNode& nation = index_.directory->nation();
    const UnitNode* terminal = moment_.covering(rule.function, Level::kNational, nation);
    watch_.level(Level::kNational);
    watch_.covers(0, nation, terminal);
    watch_.settles(terminal);
    if (terminal == nullptr) return false;
    assigned.chain.push_back(terminal->unit);
    return true;
  }

  AnchorsFound anchors_of(const BoundRule& rule) const {
    for (const Anchor anchor : rule.anchors) {
      const PlaceList& places = facts_.of(anchor);
      if (!places.areas.empty()) return {anchor, places.domestic ? &places : nullptr};
    }
    return {};
  }

  const UnitNode* agreed(FunctionIx function, Level level, const PlaceList& places) {
    watch_.level(level);
    const UnitNode* first = nullptr;
    bool agree = true;
    for (std::size_t i = 0; i < places.areas.size(); ++i) {
      const UnitNode* unit = moment_.covering(function, level, *places.areas[i]);
      watch_.covers(i, *places.areas[i], unit);
      if (i == 0) first = unit;
      agree = agree && unit != nullptr && unit == first;
      if (!Watch::kSeesAll && !agree) break;
    }
    const UnitNode* unit = agree ? first : nullptr;
    watch_.settles(unit);
    return unit;
  }

  // Informs in the order of the rules that decided, each once, and then of the case as a whole.
  void inform(Lookup& out) {
    for (const Rule* next = next_rule(out, nullptr); next != nullptr; next = next_rule(out, next)) {
      for (const BoundInform& entry : index_.rules[position_of(next)].inform) {
        inform(next->id, entry, out);
      }
    }
    for (const BoundCaseInform& entry : index_.case_informs) {
      if (entry.when.holds(facts_.traits)) inform(entry.rule->id, entry.inform, out);
    }
  }

  std::size_t position_of(const Rule* rule) const {
    return static_cast<std::size_t>(rule - index_.release.rules.data());
  }

  // The first rule of the release after `after` that assigned; nullptr: none.
  static const Rule* next_rule(const Lookup& out, const Rule* after) {
    const Rule* next = nullptr;
    for (const Lookup::Assigned& assigned : out.assigned) {
      const bool later = after == nullptr || assigned.rule > after;
      if (later && (next == nullptr || assigned.rule < next)) next = assigned.rule;
    }
    return next;
  }

  void inform(const RuleId& rule, const BoundInform& entry, Lookup& out) {
    watch_.informs(rule, entry);
    if (!entry.of) {
      add(index_.directory->nation(), entry, out);
      return;
    }
    for (const AreaNode* area : facts_.of(*entry.of).areas) {
      if (area->kind == AreaNode::Kind::kDomestic) {
        add(*area, entry, out);
      } else {
        watch_.informs(*area, nullptr, InformResult::kNotDomestic);
      }
    }
  }

  // Adds the unit that covers the area unless it holds an assignment or is in the list.
  void add(const AreaNode& area, const BoundInform& entry, Lookup& out) {
    const UnitNode* unit = moment_.covering(entry.function, entry.level, area);
    const InformResult result = unit == nullptr ? InformResult::kNobody : judge(unit->unit, out);
    watch_.informs(area, unit, result);
    if (result == InformResult::kInformed) out.informed.push_back(unit->unit);
  }

  static InformResult judge(const Unit* unit, const Lookup& out) {
    const auto holds = [unit](const Lookup::Assigned& a) { return a.chain.front() == unit; };
    if (std::any_of(out.assigned.begin(), out.assigned.end(), holds)) return InformResult::kHolds;
    const bool already =
        std::find(out.informed.begin(), out.informed.end(), unit) != out.informed.end();
    return already ? InformResult::kAlready : InformResult::kInformed;
  }

  const TableIndex& index_;
  const CodedFacts& facts_;
  const Directory::Moment moment_;
  Watch& watch_;
};

}  // namespace rujukan::routing
