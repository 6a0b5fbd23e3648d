// The walk over all classes of facts.
#include <algorithm>
#include <bit>

#include "broker/routing/check_guarantees.h"

namespace rujukan::routing {
namespace {

// Which conditions of a list hold, found by the traits without trying every one.
class ConditionIndex {
 public:
  ConditionIndex(const std::vector<const Condition*>& conditions, const FactSpace& space)
      : by_traits_(space.traits().size()) {
    for (std::uint32_t i = 0; i < conditions.size(); ++i) {
      Condition when = *conditions[i];
      std::uint32_t bits = 0;
      for (const Category c : when.any_category) bits |= 1U << static_cast<unsigned>(c);
      when.any_category.clear();
      for (std::size_t t = 0; t < by_traits_.size(); ++t) {
        if (holds(when, space.traits()[t])) by_traits_[t].push_back({i, bits});
      }
    }
  }

  // Positions, in the order of the list.
  void find(std::size_t traits, std::uint32_t categories, std::vector<std::uint32_t>& out) const {
    out.clear();
    for (const auto& [position, bits] : by_traits_[traits]) {
      if (bits == 0 || (bits & categories) != 0) out.push_back(position);
    }
  }

 private:
  struct Held {
    std::uint32_t position;
    std::uint32_t categories;  // any of which it takes; 0: none
  };
  std::vector<std::vector<Held>> by_traits_;
};

template <typename List>
ConditionIndex index_of(const List& list, const FactSpace& space) {
  std::vector<const Condition*> conditions;
  conditions.reserve(list.size());
  for (const auto& item : list) conditions.push_back(&item.when);
  return {conditions, space};
}

// What some classes lack: how many, and the smallest facts.
struct Lack {
  std::uint64_t classes = 0;
  std::size_t size = 0;
  std::optional<DecidedClass> smallest;
  NeedSet named;

  void add(const DecidedClass& decided, NeedSet needs) {
    ++classes;
    const std::size_t found = static_cast<std::size_t>(std::popcount(decided.traits.categories)) +
                              (decided.traits.suspect_abroad ? 1 : 0) + needs.count();
    if (smallest && found >= size) return;
    size = found;
    smallest = decided;
    named = needs;
  }
  std::optional<FactsFile> example(const Release& release) const {
    return facts_of(release, smallest->traits, named, {}, instant_of(release.validity));
  }
};

class ClassWalk {
 public:
  explicit ClassWalk(const CheckedTable& table)
      : table_(table),
        implied_(index_of(table.release.implied, table.space)),
        informs_(index_of(table.release.case_informs, table.space)),
        guarantees_(index_of(table.release.guarantees, table.space)),
        proof_(table) {
    for (const ImpliedNeeds& implied : table.release.implied) {
      implied_needs_.push_back(to_need_set(implied.needs));
    }
  }

  void run() {
    for (const std::uint32_t categories : table_.space.category_sets()) {
      for (std::size_t t = 0; t < table_.space.traits().size(); ++t) visit(t, categories);
    }
  }

  void report(CheckFindings& findings, CheckReport& report) const {
    const std::uint64_t classes = table_.space.size();
    report.counts.classes = classes;
    report.counts.decisions = classes * NeedSet().size();
    report.counts.need_sets = classes << NeedSet().size();
    for (const auto& need : code_names<Need>()) {
      const Lack& lack = no_rule_[static_cast<std::size_t>(need.value)];
      if (lack.classes == 0) continue;
      findings.at_file("routing.toml", "need " + std::string(need.name),
                       {ErrorCode::kTableNoRule,
                        "in " + std::to_string(lack.classes) + " of " + std::to_string(classes) +
                            " classes of facts",
                        lack.example(table_.release)});
    }
    for (const auto& [rule, lack] : no_owner_) {
      findings.at_rule(table_.release.rules[rule].id,
                       {ErrorCode::kTableNoOwner,
                        "every need is withheld, in " + std::to_string(lack.classes) + " of " +
                            std::to_string(classes) + " classes of facts",
                        lack.example(table_.release)});
    }
    proof_.report(findings, report);
  }

 private:
  void visit(std::size_t traits, std::uint32_t categories) {
    const DecidedClass decided = decide(traits, categories);
    if (decided.unruled.any()) add_no_rule(decided);
    add_no_owner(decided);
    guarantees_.find(traits, categories, found_);
    if (found_.empty()) return;
    informs_.find(traits, categories, informed_);
    for (const std::uint32_t guarantee : found_) proof_.add(guarantee, decided, informed_);
  }

  DecidedClass decide(std::size_t traits, std::uint32_t categories) {
    DecidedClass decided;
    decided.traits = table_.space.traits()[traits];
    decided.traits.categories = categories;
    implied_.find(traits, categories, found_);
    for (const std::uint32_t i : found_) decided.implied |= implied_needs_[i];
    for (std::size_t n = 0; n < NeedSet().size(); ++n) {
      const auto rule = table_.decisions.deciding(traits, static_cast<Need>(n), categories);
      decided.rules[n] = rule.value_or(0);
      NeedSet& set = !rule                                  ? decided.unruled
                     : table_.release.rules[*rule].withheld ? decided.withheld
                                                            : decided.assigned;
      set.set(n);
    }
    return decided;
  }

  void add_no_rule(const DecidedClass& decided) {
    for (std::size_t n = 0; n < NeedSet().size(); ++n) {
      if (!decided.unruled.test(n)) continue;
      no_rule_[n].add(decided, NeedSet().set(n) & ~decided.implied);
    }
  }

  // All needs of some set are withheld: the implied ones, which every set has, and more.
  void add_no_owner(const DecidedClass& decided) {
    if ((decided.implied & ~decided.withheld).any() || decided.withheld.none()) return;
    const NeedSet first = decided.implied.any() ? decided.implied : decided.withheld;
    const auto need = static_cast<std::size_t>(std::countr_zero(first.to_ulong()));
    no_owner_[decided.rules[need]].add(decided, NeedSet().set(need) & ~decided.implied);
  }

  const CheckedTable& table_;
  ConditionIndex implied_;
  ConditionIndex informs_;
  ConditionIndex guarantees_;
  std::vector<NeedSet> implied_needs_;
  GuaranteeProof proof_;
  std::array<Lack, 10> no_rule_;            // by need
  std::map<std::uint32_t, Lack> no_owner_;  // by the rule that withholds
  std::vector<std::uint32_t> found_;        // reused, so that the walk does not allocate
  std::vector<std::uint32_t> informed_;
};

}  // namespace

void check_classes(const CheckedTable& table, CheckFindings& findings, CheckReport& report) {
  ClassWalk walk(table);
  walk.run();
  walk.report(findings, report);
}

}  // namespace rujukan::routing
