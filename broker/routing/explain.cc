#include "broker/routing/explain.h"

namespace rujukan::routing {
namespace {

AreaCode code_of(const AreaNode& node) {
  return node.area == nullptr ? AreaCode("XX") : node.area->code;
}

// Writes down what an evaluation does.
class Recorder {
 public:
  static constexpr bool kSeesAll = true;

  Recorder(const TableIndex& index, const Facts& facts, const CaseTraits& traits, TimeUs at,
           Explanation& out)
      : index_(index), facts_(facts), traits_(traits), at_(at), out_(out) {}

  void implied(const BoundImplied& implied, NeedBits added) {
    std::vector<Need> needs;
    for (const auto& [need, name] : code_names<Need>()) {
      if ((added >> static_cast<unsigned>(need) & 1U) != 0) needs.push_back(need);
    }
    const auto position = implied.rule - index_.release.implied.data();
    out_.implied.push_back({static_cast<std::size_t>(position), implied.rule, std::move(needs)});
  }

  void decides(Need need, const BoundRule* rule) {
    Explanation::NeedDecided& decided = out_.needs.emplace_back();
    decided.need = need;
    rule_ = rule;
    if (rule != nullptr) decided.rule = rule->rule;
    for (const Rule& earlier : index_.release.rules) {
      if (&earlier == decided.rule) break;
      if ((bits_of(earlier.needs) >> static_cast<unsigned>(need) & 1U) == 0) continue;
      const auto failed = BoundCondition(earlier.when).first_failing(traits_);
      INVARIANT(failed);
      decided.passed_over.push_back({&earlier, *failed});
    }
  }

  void anchors(const AnchorsFound& found) {
    Explanation::NeedDecided& decided = out_.needs.back();
    decided.list = found.list;
    decided.at_nation = found.places == nullptr;
    if (!found.list) return;
    for (const AreaCode& code : codes_of(facts_, *found.list)) {
      const AreaNode& named = *index_.directory->area(code.view());
      decided.places.push_back({code, code_of(named.in_force(at_))});
    }
  }

  void level(Level level) { out_.needs.back().levels.push_back({level, {}, nullptr}); }

  void covers(std::size_t position, const AreaNode& area, const UnitNode* unit) {
    Explanation::NeedDecided& decided = out_.needs.back();
    Explanation::LevelTried& tried = decided.levels.back();
    const AreaCode code = code_of(area);
    const bool nation = tried.level == Level::kNational;
    tried.sought.push_back(
        sought(nation ? Explanation::Place{code, code} : decided.places[position], tried.level,
               area, unit));
  }

  void settles(const UnitNode* unit) {
    out_.needs.back().levels.back().taken = unit == nullptr ? nullptr : unit->unit;
  }

  void informs(const RuleId& rule, const BoundInform& entry) {
    out_.informs.push_back({&rule, entry.entry, {}});
  }

  void informs(const AreaNode& area, const UnitNode* unit, InformResult result) {
    Explanation::InformEntry& entry = out_.informs.back();
    const AreaCode routed = code_of(area);
    // The areas of a list are told in its order.
    const AreaCode given =
        entry.inform->of ? codes_of(facts_, *entry.inform->of)[entry.sought.size()] : routed;
    entry.sought.push_back({{given, routed}, unit == nullptr ? nullptr : unit->unit, result});
  }

 private:
  Explanation::Sought sought(const Explanation::Place& place, Level level, const AreaNode& area,
                             const UnitNode* unit) const {
    Explanation::Sought out{place, nullptr, nullptr, nullptr, {}};
    const Covering found = index_.directory->search(rule_->function, level, area, at_);
    INVARIANT(found.unit == unit);
    if (unit != nullptr) {
      out.unit = unit->unit;
      out.listed = found.area->area;
      if (found.listed != unit) out.stands_for = found.listed->unit;
    }
    for (const UnitNode* listed : index_.directory->listing(rule_->function, level, area)) {
      if (listed == found.listed) break;
      const Validity& validity = listed->unit->validity;
      out.inactive.push_back({listed->unit, validity.until && at_ >= *validity.until});
    }
    return out;
  }

  const TableIndex& index_;
  const Facts& facts_;
  const CaseTraits& traits_;
  const TimeUs at_;
  Explanation& out_;
  const BoundRule* rule_ = nullptr;  // of the need that is decided
};

}  // namespace

std::string_view name_of(InformResult result) {
  switch (result) {
    case InformResult::kInformed:
      return "informed";
    case InformResult::kAlready:
      return "already_informed";
    case InformResult::kHolds:
      return "holds_assignment";
    case InformResult::kNobody:
      return "nobody";
    case InformResult::kNotDomestic:
      return "not_domestic";
  }
  INVARIANT(false);
}

Explanation RoutingTable::explain(const Facts& facts, TimeUs at) const {
  Explanation out;
  CodedFacts coded;
  if (auto read = read_facts(*index_->directory, facts, at, coded); !read) {
    out.error = read.error();
    return out;
  }
  Recorder recorder(*index_, facts, coded.traits, at, out);
  const auto done = Evaluation(*index_, coded, at, recorder).run(out.result);
  if (!done) out.error = done.error();
  return out;
}

}  // namespace rujukan::routing
